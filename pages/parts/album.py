"""A visitor's own pictures, kept for the visit, and what was asked for until it is done."""

from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from lrp import InputError

TRAY = 4  # own pictures that are kept to switch between


@dataclass(frozen=True)
class Picture:
    """A decoded picture. `key` is what results are cached under: the SHA-256 of the bytes, or the sample's name."""

    key: str
    image: Image.Image
    name: str
    shared: bool  # a sample, whose results every visitor may see


@dataclass
class Album:
    """The visitor's own picture on show, the last few of them, why the newest could not be taken, and what is yet to be done.

    Callbacks only note what was asked for: Streamlit ends a callback at its first touch of the session's state when another
    message has come from the browser, as it does all the time while maps are computed, and does not call it again.
    """

    picture: Picture | None = None
    tray: list[Picture] = field(default_factory=list)
    trouble: str | None = None
    wanted: Callable[[], None] | None = None

    def ask(self, action: Callable[[], None]) -> None:
        self.wanted = action

    def do(self) -> None:
        """What was asked for last; if the page is drawn anew before it is done, it is done then."""
        try:
            if self.wanted:
                self.wanted()
        except Exception:
            self.wanted = None
            raise
        self.wanted = None

    def close(self) -> None:
        """Back to the samples."""
        self.picture = self.trouble = None

    def open(self, picture: Picture) -> None:
        self.picture, self.trouble = picture, None

    def take(self, make: Callable[[], Picture]) -> None:
        """Shows the new picture, or keeps the one on show and says in one sentence why."""
        try:
            picture = make()
        except InputError as error:
            self.trouble = str(error)
            return
        self.tray = [picture, *(kept for kept in self.tray if kept.key != picture.key)][:TRAY]
        self.open(picture)
