"""What the tax engine refuses, every problem of a ledger at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from vaultsdk.core.errors import LotvaultError

# A message of thousands of faults helps nobody; `problems` has them all, and commands list them.
_TOLD: Final = 100


class TaxError(LotvaultError):
    """A question the tax engine cannot answer: an unknown profile, method, event or lot."""


class Problem(NamedTuple):
    """One fault of a ledger: the line of the file it stands in (the header is line 1; 0 = no line,
    as of events made by a program), the column, and the cause with what to do about it."""

    row: int
    column: str
    cause: str

    def text(self, source: str = "ledger") -> str:
        """`ledger row 7, column quantity: …`."""
        where = f"{source} row {self.row}" if self.row else source
        return f"{where}, column {self.column}: {self.cause}"


class LedgerProblemsError(TaxError):
    """A ledger that cannot be computed. `problems` has every fault; nothing was computed."""

    def __init__(self, problems: Iterable[Problem], source: str = "ledger") -> None:
        self.problems = tuple(sorted(set(problems)))
        self.source = source
        count = len(self.problems)
        faults = "; ".join(problem.text(source) for problem in self.problems[:_TOLD])
        if count > _TOLD:
            faults += f"; and {count - _TOLD} more"
        super().__init__(
            f"{source} has {count} problem{'s' if count > 1 else ''}: {faults}",
            name="ledger",
            value=count,
        )
