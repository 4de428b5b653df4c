"""Counts of transactions by what became of them, over all runs of a session."""

from __future__ import annotations

from collections import Counter


class Tally:
    """Transactions sent to the vault by stateful runs: done, refused, refused on purpose."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.provoked: Counter[str] = Counter()
        self.hops = 0  # most that a lot's stored state ever lagged behind

    def count(self, name: str, ok: bool, reason: str, *, provoked: bool) -> None:
        if ok:
            self.done[name] += 1
        elif provoked:
            self.provoked[f"{name}: {reason}"] += 1
        else:
            self.refused[f"{name}: {reason}"] += 1

    def clear(self) -> None:
        for counts in (self.done, self.refused, self.provoked):
            counts.clear()
        self.hops = 0

    @property
    def total(self) -> int:
        return self.done.total() + self.refused.total() + self.provoked.total()

    def report(self) -> str:
        """Some lines for people."""
        return "\n".join(
            (
                f"{self.total} transactions: {self.done.total()} done, "
                f"{self.refused.total()} refused, {self.provoked.total()} provoked refusals; "
                f"useful: {self.useful_share:.0%}; a lot lagged up to {self.hops} hops behind",
                f"done: {_most(self.done)}",
                f"refused: {_most(self.refused)}",
                f"provoked: {_most(self.provoked)}",
            )
        )

    @property
    def useful_share(self) -> float:
        """Share of all transactions, those sent to be refused included, that changed something."""
        return self.done.total() / self.total if self.total else 0.0


def _most(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common(12))


TALLY = Tally()
