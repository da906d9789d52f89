"""What a crowd of visitors met, and the row of the table that says so."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.load.watched_server import Sample

DRIFT = 0.10  # by which the memory may grow from the second quarter to the last


@dataclass
class Report:
    """waits: seconds until all maps were there. maps: (settings, their numbers' SHA-256). answers: maps seen.

    refused: how often the queue was full. clicked_again: downloads that were gone before they were fetched. wrong: maps that are
    not the one computed alone.
    """

    waits: list[float] = field(default_factory=list)
    maps: set[tuple[str, str]] = field(default_factory=set)
    answers: int = 0
    refused: int = 0
    clicked_again: int = 0
    errors: list[str] = field(default_factory=list)
    memory: list[Sample] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def growth(self) -> tuple[float, float, float]:
        """`drift` of the memory beside what the budgets hold."""
        return drift([sample.beside for sample in self.memory])

    @property
    def good(self) -> bool:
        return not self.wrong and not self.errors and bool(self.waits) and self.growth[2] <= DRIFT

    def row(self, visitors: int, minutes: float) -> str:
        """A row of the table of pages/README.md."""
        early, late, more = self.growth
        wrong = "each bit for bit the one computed alone"
        if self.wrong:
            wrong = f"**{len(self.wrong)} not the one computed alone**"
        said = [
            "no error" if not self.errors else f"**{len(self.errors)} errors**",
            f"{len(self.waits):,} changes, {self.answers:,} maps seen, {len(self.maps):,} different, {wrong}",
            f"median wait for all maps {statistics.median(self.waits or [0]):.1f} s, longest {max(self.waits, default=0):.0f} s",
            f"the queue was full {self.refused} times; {self.clicked_again} downloads had to be clicked again",
            f"memory beside what the budgets hold {early / 1e6:,.0f} MB in the second quarter, {late / 1e6:,.0f} MB in the last "
            f"({more:+.0%}), within the budgets at most {max(sample.kept for sample in self.memory) / 1e6:,.0f} MB",
        ]
        period = f"{minutes:g} minutes" if minutes != 1 else "a minute"
        command = f"python -m tests.load.visitors --visitors {visitors} --minutes {minutes:g}"
        return f"| {visitors} visitors for {period} | {'; '.join(said)} | `{command}` |"


def drift(sizes: Sequence[int]) -> tuple[float, float, float]:
    """Median bytes in the second and in the last quarter, and by which share the last is more."""
    quarter = max(1, len(sizes) // 4)
    early, late = (statistics.median(part) for part in (sizes[quarter : 2 * quarter], sizes[-quarter:]))
    return early, late, late / early - 1
