"""What a route gives for any size, from a few quotes at known sizes.

An automated market maker gives less per unit the more is sold: output is a concave function of
input. So a straight line between two quotes never promises more than the pool pays, and beyond the
largest quote nothing is promised at all.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Self

from pydantic import model_validator

from vaultsdk.core.model import Frozen
from vaultsdk.market.route import Route


class Curve(Frozen):
    """Quotes of one route, all at one block: (units in, units out), ascending, without (0, 0)."""

    route: Route
    points: tuple[tuple[int, int], ...]

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        last = 0
        for size, _ in self.points:
            if size <= last:
                raise ValueError("quotes must be at ascending sizes above 0")
            last = size
        return self

    @property
    def largest(self) -> int:
        """The largest size that was quoted; 0 without quotes."""
        return self.points[-1][0] if self.points else 0

    def out(self, size: int) -> int | None:
        """Units out for `size` units in, rounded down; None beyond the largest quote."""
        if size <= 0:
            return 0
        if size > self.largest:
            return None
        place = bisect_left(self.points, (size, 0))
        high_in, high_out = self.points[place]
        if high_in == size:
            return high_out
        low_in, low_out = self.points[place - 1] if place else (0, 0)
        return low_out + (high_out - low_out) * (size - low_in) // (high_in - low_in)

    def out_after(self, before: int, size: int) -> int | None:
        """Units out for `size` when `before` units have gone the same way already.

        A pool does not care whether an input comes in one trade or two, so this is the difference.
        """
        total, first = self.out(before + size), self.out(before)
        return None if total is None or first is None else total - first

    def marginal(self, size: int) -> int:
        """Units out for `size` if every unit brought what the first ones bring: the smallest quote
        scaled up, rounded down. 0 without quotes."""
        if not self.points:
            return 0
        first_in, first_out = self.points[0]
        return size * first_out // first_in
