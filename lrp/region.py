"""A rectangle of a picture."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Region:
    """The pixels of columns `left` to `right` and rows `top` to `bottom`, those two ends outside. Raises ValueError if empty."""

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right and 0 <= self.top < self.bottom):
            raise ValueError(f"a region needs 0 <= left < right and 0 <= top < bottom, got {self}")

    @property
    def inside(self) -> tuple[slice, slice]:
        """Rows and columns, to index the last two dimensions of a map or a picture."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def check(self, height: int, width: int) -> None:
        """Raises ValueError if it reaches beyond a picture of that size."""
        if self.right > width or self.bottom > height:
            raise ValueError(f"the region must lie inside {width} x {height} pixels, got {self}")

