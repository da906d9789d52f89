"""What an attack cost, and whether that is too much."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_SECONDS, MOST_BYTES = 2.0, 300_000_000  # that an attack may cost another visitor, and the server beside its budgets


@dataclass
class Cost:
    """Seconds of each answer in quiet and under attack, refusals and faults met, bytes above the quiet and within budgets.

    rise: by how many bytes the most memory beside the budgets exceeds that in quiet. kept: the most bytes that the budgets held.
    """

    scene: str
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

    @property
    def cells(self) -> str:
        """Two cells of a table: the waits, and the memory."""
        waits = self.waits or [float("nan")]
        said = f"{max(self.quiet):.1f} / {statistics.median(waits):.1f} / {max(waits):.1f}"
        return f"{said if self.good else f'**{said}**'} | {self.rise / 1e6:+.0f}, {self.kept / 1e6:.0f}"


HEAD = (
    "| attack | at home: waits, s | memory, MB | on the open web: waits, s | memory, MB |\n| --- | --- | --- | --- | --- |"
)


def row(costs: Mapping[str, Cost]) -> str:
    """A row of the table whose head is HEAD, from what a scene cost in each mode, and then what went wrong.

    Waits are the longest in quiet, the median and the longest under attack, bold where the scene failed; memory is the rise
    beside the budgets, and what these held.
    """
    cells = [costs[mode].cells if mode in costs else "not played | " for mode in ("plain", "public")]
    faults = [f"{mode}: {fault}" for mode, cost in costs.items() for fault in cost.faults[:3]]
    return "\n".join([f"| {next(iter(costs.values())).scene} | {' | '.join(cells)} |", *faults])
