"""The pictures that a visitor has brought, kept for the visit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from PIL import Image, ImageOps

from lrp import Backbone, InputError
from pages.parts.frame.crop import Crop, CroppedSource, Place
from pages.parts.frame.file_names import name_as_markdown

MAX_TRAY = 4  # own pictures that are kept to switch between
FINGERPRINT_LENGTH = 12  # hexadecimal digits of a picture's SHA-256: enough to know it again
DIFFERENT_PICTURE = (
    "This is not the picture that the link was made from: the question, the marked region and the settings are the link's, "
    "the picture is yours."
)


class PictureSource(Protocol):
    """What gives a picture's pixels when it is called; its size in pixels and a thumbnail are there at once."""

    @property
    def size(self) -> tuple[int, int]: ...

    @property
    def thumbnail(self) -> Image.Image: ...

    def __call__(self) -> Image.Image: ...


@dataclass(frozen=True)
class Picture:
    """A picture. `key` is what results are cached under: the SHA-256 of the bytes, or the sample's name.

    source: its pixels, or the file that gives them when they are asked for, for large ones are not kept for every visitor.
    original: the picture that this one was cut out of.
    """

    key: str
    source: "Image.Image | PictureSource"
    name: str
    shared: bool  # a sample, whose results every visitor may see
    link: str = ""  # the public address that it was fetched from
    original: "Picture | None" = None

    @property
    def image(self) -> Image.Image:
        """The decoded picture."""
        return self.source if isinstance(self.source, Image.Image) else self.source()

    @property
    def size(self) -> tuple[int, int]:
        """Its width and height in pixels."""
        return self.source.size

    @property
    def uncropped(self) -> "Picture":
        """The picture that this one was cut out of, itself where it is whole."""
        return self.original or self

    @property
    def crop_record(self) -> dict[str, object] | None:
        """The place of the crop in pixels of the uncropped picture and the colour of its bars, for a record; None for no crop."""
        if not isinstance(self.source, CroppedSource):
            return None
        named = zip(("left", "top", "right", "bottom"), self.source.box, strict=True)
        return {**dict(named), "bars": self.source.bars}

    def part_seen(self, network: Backbone) -> Place:
        """Returns what a network sees of the uncropped picture, in its pixels, and beyond it where there are bars."""
        left, top, right, bottom = network.part_seen(self.size)
        if not isinstance(self.source, CroppedSource):
            return left, top, right, bottom
        (x, y, end, under), (width, height) = self.source.box, self.size
        across, down = (end - x) / width, (under - y) / height
        return x + left * across, y + top * down, x + right * across, y + bottom * down

    @property
    def thumbnail(self) -> Image.Image:
        """A small square of its centre."""
        return ImageOps.fit(self.source, (96, 96)) if isinstance(self.source, Image.Image) else self.source.thumbnail

    @property
    def fingerprint(self) -> str:
        """The digest by which a link names an own picture, without holding it; empty for a sample and for a public picture."""
        return "" if self.shared or self.link else self.key[:FINGERPRINT_LENGTH]


@dataclass(frozen=True)
class Missing:
    """The picture that the page's link was made from and that is not here yet: an own one by `fingerprint`, or one of the web."""

    fingerprint: str = ""
    link: str = ""

    def __bool__(self) -> bool:
        return bool(self.fingerprint or self.link)

    def matches(self, picture: Picture) -> bool:
        """Whether this is the picture; True where none is missing."""
        return picture.key.startswith(self.fingerprint) if self.fingerprint else picture.link == self.link if self.link else True


@dataclass
class Album:
    """A visitor's own pictures, and which of them is shown.

    picture: the one shown, None for the sample named `sample`. tray: the last few, newest first. problem: why the newest could
    not be taken, one sentence. pending: what the visitor has asked for and is not done yet. missing: the picture that the link
    asks for. notice: a sentence about the picture shown. uploads: how many files have come; each takes a new control.
    crops: what of each picture networks are given, by its key, where it is not the centre. parts: the last part of each that was
    chosen, also while it is given otherwise. linked_crop: what the link says of the first picture.

    Callbacks only set `pending`: Streamlit ends a callback at its first touch of the session's state when another
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
    crops: dict[str, Crop] = field(default_factory=dict)
    parts: dict[str, Crop] = field(default_factory=dict)
    linked_crop: Crop | None = None

    def defer(self, action: Callable[[], None]) -> None:
        """Has the next `run_pending` do the action; it replaces one that was not done yet."""
        self.pending = action

    def run_pending(self) -> None:
        """Does the deferred action; one that is interrupted because the page is drawn anew stays and is done then."""
        try:
            if self.pending:
                self.pending()
        except Exception:
            self.pending = None
            raise
        self.pending = None

    def close(self) -> None:
        """Shows the sample again."""
        self.picture = self.problem = self.notice = None
        self.missing = Missing()

    def forget_pictures(self) -> None:
        """Lets go of all pictures, of a visitor who has left."""
        self.tray.clear()
        self.crops.clear()
        self.parts.clear()
        self.picture = None

    def open(self, picture: Picture) -> None:
        """Shows the picture, with a notice where the link asks for another one."""
        self.picture, self.problem = picture, None
        self.notice = None if self.missing.matches(picture) else DIFFERENT_PICTURE
        self.missing = Missing()

    def refuse(self, why: str, name: str = "") -> None:
        """Records in one sentence why a picture could not be taken; the one shown stays. name: of its file."""
        self.problem = f"The file {name_as_markdown(name)} was not taken. {why}" if name else why

    def take(self, make: Callable[[], Picture], name: str = "") -> None:
        """Shows what `make` returns and puts it in the tray; where that raises InputError, records why. name: of its file."""
        try:
            picture = make()
        except InputError as error:
            self.refuse(str(error), name)
            return
        self.tray = [picture, *(other for other in self.tray if other.key != picture.key)][:MAX_TRAY]
        self.open(picture)
