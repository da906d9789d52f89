"""What an attack cost, and whether that is too much."""

import statistics
from dataclasses import dataclass, field

MOST_SECONDS, MOST_BYTES = 2.0, 300_000_000  # that an attack may cost another visitor, and the server beside its budgets


@dataclass
class Cost:
    """Seconds of each answer in quiet and under attack, refusals and faults met, bytes above the quiet and within budgets.

    rise: by how many bytes the memory beside the budgets rose. kept: the most bytes that the budgets held.
    """

    scene: str
    mode: str
    quiet: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    rise: int = 0
    kept: int = 0

    @property
    def extra(self) -> float:
        """By how many seconds the longest wait exceeds the longest in quiet."""
        return max(self.waits, default=float("inf")) - max(self.quiet)

    @property
    def good(self) -> bool:
        return not self.faults and self.extra <= MOST_SECONDS and self.rise <= MOST_BYTES

    def __str__(self) -> str:
        """A row of a Markdown table, whose head is HEAD, and then what went wrong."""
        waits = self.waits or [float("nan")]
        row = (
            f"| {self.scene} | {self.mode} | {max(self.quiet):.1f} | {statistics.median(waits):.1f} | {max(waits):.1f} | "
            f"{len(self.waits)} | {self.rise / 1e6:+.0f} | {self.kept / 1e6:.0f} | {'yes' if self.good else '**no**'} |"
        )
        return "\n".join([row, *self.faults[:3]])


HEAD = (
    "| scene | mode | longest wait in quiet, s | attacked: median, s | longest, s | answers | memory beside the budgets, MB | "
    "within budgets, MB | held |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)
