"""The page of the camera in a Chromium that has a camera of its own making: a green picture with a moving spot."""

from playwright.sync_api import Page

from tests.browser.app import PATIENCE

FAKE_CAMERA = ["--use-fake-device-for-media-stream"]
LIVE = (
    "Array.from(document.querySelectorAll('.st-key-live-camera, .st-key-live-camera *'), "
    "each => each.shadowRoot?.querySelector('.live')).find(Boolean)?.live"
)


def open_camera(page: Page, url: str = "", link: str = "") -> None:
    """Opens the page, which is allowed to use the camera, and waits for its button."""
    page.context.grant_permissions(["camera"])
    page.goto(f"{url}/camera{link}")
    page.get_by_role("button", name="Start the camera").wait_for(timeout=PATIENCE)


def start_camera(page: Page) -> None:
    page.get_by_role("button", name="Start the camera").click()


def wait_for_frames(page: Page, count: int) -> None:
    """Waits until the maps of so many frames were drawn."""
    page.wait_for_function(f"count => {LIVE}.times.length && {LIVE}.number > count", arg=count, timeout=PATIENCE)
