"""A network that is not published, as a checkpoint, and how a visitor sends it."""

import io

import torch
from streamlit.testing.v1 import AppTest

import lrp
from pages.parts.choose.network_reading import READING
from tests.networks import random_resnet
from tests.visitor import Visitor

METHODS = (lrp.UniformEpsilon(), lrp.EpsilonPlusFlat(), lrp.IntegratedGradients())
NETWORK = random_resnet(18, (8, 8, 16, 16), 3, torch.float32)


def checkpoint(contents: object = None) -> bytes:
    file = io.BytesIO()
    torch.save({"state_dict": NETWORK.state_dict()} if contents is None else contents, file)
    return file.getvalue()


def warnings_of(at: AppTest) -> str:
    return "\n".join(each.value for each in at.warning)


def sent(visitor: Visitor, data: bytes, name: str = "best.pth") -> Visitor:
    """Sends a checkpoint with the form, and waits until it has been read."""
    visitor.at.file_uploader(key="checkpoint").set_value((name, data, "application/octet-stream"))
    next(button for button in visitor.at.get("button") if button.label == "Read the network").click()
    visitor.run()
    if READING.key in visitor.at.session_state:
        visitor.at.session_state[READING.key].future.exception(60)
        visitor.run()
    return visitor
