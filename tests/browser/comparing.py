"""What a browser test of the comparison does: upload, fetch, download, and where a panel is."""

import io
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, TimeoutError

from tests.browser.app import PATIENCE, link_box, map_of, wait_for_maps

QUICK = "/?c=LRP-ε-z⁺"  # without Integrated Gradients, which take a while


def encoded(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def picture(seed: int = 0) -> bytes:
    """A PNG that no sample is like."""
    pixels = np.random.default_rng(seed).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    return encoded(Image.fromarray(pixels).resize((240, 180), Image.Resampling.BICUBIC), "PNG")


def upload(page: Page, name: str, data: bytes, mime: str = "image/png") -> None:
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files({"name": name, "mimeType": mime, "buffer": data})


def open_methods(page: Page) -> None:
    """Opens the drawer of methods, settings and presets."""
    page.get_by_text("Methods, their settings, and presets").click()


def open_settings(page: Page, place: str) -> None:
    """Opens the settings of a map, such as "second", in the open drawer."""
    inside = page.get_by_test_id("stPopoverBody")
    for _ in range(5):
        page.get_by_role("button", name=f"Settings, {place} map").click()
        with suppress(TimeoutError):  # as for `choose`
            return inside.wait_for(timeout=5000)
    raise AssertionError(f"the settings of the {place} map do not open")


def open_display(page: Page) -> None:
    """Opens what says how maps are drawn."""
    page.locator(".display summary").click()


def fetch(page: Page, link: str) -> None:
    link_box(page).fill(link)
    page.get_by_role("button", name="Fetch picture").click()


def download(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download(timeout=PATIENCE) as waiting:
        page.get_by_role("button", name=button).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def expect_maps(page: Page) -> None:
    """All three maps are there, with something in each."""
    wait_for_maps(page)
    for panel in (1, 2, 3):
        values = map_of(page, panel)
        assert len(values) == 160 * 160
        assert len(set(values)) > 100


def place(page: Page, panel: int, x: float, y: float) -> tuple[float, float]:
    """The point of the window at these shares of a panel's width and height."""
    box = page.locator(".panel canvas").nth(panel).bounding_box()
    assert box
    return box["x"] + x * box["width"], box["y"] + y * box["height"]
