"""A visitor's own pictures, kept for the visit, and what was asked for until it is done."""

from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from lrp import InputError
from pages.parts.frame.file_names import name_as_markdown

MAX_TRAY = 4  # own pictures that are kept to switch between
FINGERPRINT_LENGTH = 12  # hexadecimal digits of a picture's SHA-256: enough to know it again
DIFFERENT_PICTURE = (
    "This is not the picture that the link was made from: the question, the marked region and the settings are the link's, "
    "the picture is yours."
)


@dataclass(frozen=True)
class Picture:
    """A decoded picture. `key` is what results are cached under: the SHA-256 of the bytes, or the sample's name."""

    key: str
    image: Image.Image
    name: str
    shared: bool  # a sample, whose results every visitor may see
    link: str = ""  # the public address that it was fetched from

    @property
    def fingerprint(self) -> str:
        """What the page's link says of a picture that cannot be part of it; empty for a sample and for a public picture."""
        return "" if self.shared or self.link else self.key[:FINGERPRINT_LENGTH]


@dataclass(frozen=True)
class Missing:
    """The picture that the page's link was made from, while nobody has brought it: an own one (`mark`) or a public one."""

    fingerprint: str = ""
    link: str = ""

    def __bool__(self) -> bool:
        return bool(self.fingerprint or self.link)

    def matches(self, picture: Picture) -> bool:
        return picture.key.startswith(self.fingerprint) if self.fingerprint else picture.link == self.link if self.link else True


@dataclass
class Album:
    """The visitor's own picture on show, the last few of them, why the newest could not be taken, and what is yet to be done.

    sample: the one that is shown where there is no own picture; missing: what the link asks for; remark: what is to be said of
    the picture on show; uploads: how many files have come, for each is taken out of its control.

    Callbacks only note what was asked for: Streamlit ends a callback at its first touch of the session's state when another
    message has come from the browser, as it does all the time while maps are computed, and does not call it again.
    """

    picture: Picture | None = None
    tray: list[Picture] = field(default_factory=list)
    problem: str | None = None
    pending: Callable[[], None] | None = None
    sample: str = "Cat"
    missing: Missing = field(default_factory=Missing)
    notice: str | None = None
    uploads: int = 0

    def defer(self, action: Callable[[], None]) -> None:
        self.pending = action

    def run_pending(self) -> None:
        """What was asked for last; if the page is drawn anew before it is done, it is done then."""
        try:
            if self.pending:
                self.pending()
        except Exception:
            self.pending = None
            raise
        self.pending = None

    def close(self) -> None:
        """Back to the samples."""
        self.picture = self.problem = self.notice = None
        self.missing = Missing()

    def open(self, picture: Picture) -> None:
        self.picture, self.problem = picture, None
        self.notice = None if self.missing.matches(picture) else DIFFERENT_PICTURE
        self.missing = Missing()

    def refuse(self, why: str, name: str = "") -> None:
        """Keeps the picture on show, and says in one sentence why another one could not be taken. name: of its file."""
        self.problem = f"The file {name_as_markdown(name)} was not taken. {why}" if name else why

    def take(self, make: Callable[[], Picture], name: str = "") -> None:
        """Shows the new picture, which came in a file of that name, or keeps the one on show and says why."""
        try:
            picture = make()
        except InputError as error:
            self.refuse(str(error), name)
            return
        self.tray = [picture, *(kept for kept in self.tray if kept.key != picture.key)][:MAX_TRAY]
        self.open(picture)
