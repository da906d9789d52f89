"""A visitor brings a fine-tuned network, and gets its maps, its report and a link that asks for its file."""

import io
import re
from pathlib import Path

import torch
from playwright.sync_api import expect

from tests.browser.app import (
    choose,
    expect_sentence,
    headline,
    map_of,
    network_menu,
    open_app,
    press_network_menu,
    wait_for_change,
    wait_for_maps,
)
from tests.browser.comparing import QUICK, download, open_methods, open_settings
from tests.browser.conftest import Visit
from tests.networks import random_resnet


def checkpoint() -> bytes:
    """A ResNet-18 of three classes, as a training program saves it."""
    network, file = random_resnet(18, (8, 8, 16, 16), 3, torch.float32), io.BytesIO()
    torch.save({"epoch": 9, "model_state_dict": {f"module.{key}": each for key, each in network.state_dict().items()}}, file)
    return file.getvalue()


def test_a_fine_tuned_network_is_brought_and_explained(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    open_app(page, QUICK)
    sample = map_of(page, 2)
    press_network_menu(page)
    page.get_by_role("button", name="Bring your own network").click()
    form = page.get_by_role("dialog")
    names, best = form.get_by_label("Class names"), form.get_by_label("Checkpoint")
    for control, name, data in ((names, "names.txt", b"dog\ncat\nelk\n"), (best, "best.pth", checkpoint())):
        box = control.locator("xpath=ancestor-or-self::*[@data-testid='stFileUploader'][1]")
        box.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": data})
        expect(form.get_by_text(name)).to_be_visible()
    form.get_by_role("button", name="Read the network").click()
    expect(form.get_by_text("3 classes, 3 channels.")).to_be_visible()
    expect(form.get_by_text("For the picture on show: best (ResNet-18) sees")).to_be_visible()
    form.get_by_role("button", name="Use this network").click()
    wait_for_change(page, 2, sample)
    wait_for_maps(page)
    expect(headline(page)).to_contain_text("best (ResNet-18) sees")
    with network_menu(page):
        expect(page.get_by_text("The link has its name, not its file.")).to_be_visible()
    expect(page).to_have_url(re.compile("network=best.pth"))
    report = download(page, "Report (HTML)", tmp_path).read_text()
    assert "best (ResNet-18) sees" in report
    assert any(name in report for name in ("dog", "cat", "elk"))


def test_a_link_with_a_network_that_is_not_here_asks_for_its_file(visit: Visit) -> None:
    page = visit()
    page.goto(f"{QUICK}&network=best.pth")
    expect(page.get_by_role("heading", name="Bring the network of this link")).to_be_visible()
    expect_sentence(page, "This link was made with the network best.pth")
    page.get_by_role("button", name="Go on without it").click()
    expect(headline(page)).to_contain_text("ResNet-18 sees")


def test_a_map_gets_a_network_of_its_own_all_others_another_family_and_the_link_both(visit: Visit) -> None:
    page = visit()
    open_app(page, QUICK)
    before = map_of(page, 2)
    open_methods(page)
    open_settings(page, "second")
    choose(page, "b_network", "ResNet-34 (demo)")
    wait_for_change(page, 2, before)
    wait_for_maps(page)
    expect(page.get_by_text("ResNet-34 (demo) sees").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"b_network=ResNet-34"))
    with network_menu(page):
        choose(page, "family", "EfficientNet (12 sizes)")
    expect(headline(page)).to_contain_text("EfficientNet-Lite0 sees")
    expect(page).to_have_url(re.compile(r"depth=EfficientNet-Lite0"))
