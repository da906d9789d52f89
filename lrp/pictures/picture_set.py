"""A set of pictures as the value of a setting, such as the pictures that Expected Gradients compares with."""

import hashlib
from collections.abc import Iterable

from PIL import Image


class PictureSet:
    """Pictures, equal to others with the same pixels; as text, their name, number and digest.

    images: RGB pictures of any size. sha256: of their sizes and pixels, in order. Nobody may change the images any more.
    """

    def __init__(self, name: str, images: Iterable[Image.Image]) -> None:
        self.name, self.images = name, tuple(images)
        digest = hashlib.sha256()
        for image in self.images:
            if image.mode != "RGB":
                raise ValueError(f"a picture must be RGB, got {image.mode}")
            digest.update(repr(image.size).encode() + image.tobytes())
        self.sha256 = digest.hexdigest()
        if not self.images:
            raise ValueError("a set of pictures must hold at least one, got none")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PictureSet) and (self.name, self.sha256) == (other.name, other.sha256)

    def __hash__(self) -> int:
        return hash((self.name, self.sha256))

    def __deepcopy__(self, memo: dict[int, object]) -> "PictureSet":
        return self

    def __repr__(self) -> str:
        count = "1 picture" if len(self.images) == 1 else f"{len(self.images)} pictures"
        return f"{self.name} ({count}, SHA-256 {self.sha256[:12]})"
