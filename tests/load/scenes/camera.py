"""An attack by frames of a camera, as many and as large as are taken."""

import base64
import itertools
import json
import random

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.load.client import Client
from tests.load.scenes.attack import Attack
from tests.load.scenes.scene import Scene

SESSIONS = 8
SIDE = 224  # pixels of the largest frame that is taken
LIVE = "-live camera"  # how the ID of the control ends that sends frames


def camera_frames(attack: Attack) -> None:
    """Eight sessions on the page Camera, each with one frame after the other, a new one as soon as the last is answered."""
    numbers = itertools.count(1)
    picture = random.Random(1).randbytes(3 * SIDE * SIDE)

    def send(client: Client) -> None:
        (live,) = (name for name in client.parts if name.endswith(LIVE))
        frame = {"number": next(numbers), "side": SIDE, "rgb": base64.b64encode(picture).decode()}
        client.states[live] = WidgetState(id=live, json_value=json.dumps({"frame": frame}))
        message = BackMsg()
        message.rerun_script.fragment_id = client.parts[live]
        client.rerun(message)

    with attack.clients(SESSIONS) as clients:
        for client in clients:
            client.open("Camera")
        attack.repeat(send, clients)


SCENES = (Scene("camera frames", camera_frames),)
