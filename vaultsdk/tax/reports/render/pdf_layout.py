"""How a printed table shares the width of its page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

_AIR: Final = 24.0  # points that a column may get beyond what it needs


def widths(
    rows: Sequence[Sequence[str]], available: float, measure: Callable[[str], float]
) -> list[float]:
    """Column widths in points that sum to what is available, or less.

    Columns that ask for less than an even share get what they ask for; the others share the rest
    evenly and wrap. What is left over is spread evenly, but sparingly. The first
    row is the header, which may wrap between its words.
    """
    wanted = [
        max(measure(longest) for longest in _longest(column)) for column in zip(*rows, strict=True)
    ]
    found = [0.0] * len(wanted)
    open_columns, left = set(range(len(wanted))), available
    while open_columns:
        share = left / len(open_columns)
        content = {at for at in open_columns if wanted[at] <= share}
        if not content:
            for at in open_columns:
                found[at] = share
            return found
        for at in content:
            found[at] = wanted[at]
            left -= wanted[at]
        open_columns -= content
    return [width + min(_AIR, left / len(found)) for width in found]


def _longest(column: Sequence[str]) -> Sequence[str]:
    """The few longest texts of a column, one of which is the widest in print, and the longest word
    of its header."""
    return [max(column[0].split() or [""], key=len), *sorted(column[1:], key=len)[-3:]]
