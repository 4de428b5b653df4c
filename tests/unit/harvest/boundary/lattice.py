"""The finite problem once more, slowly and plainly: a binomial lattice in price and basis.

The price moves by e^(+-sigma sqrt(dt)) a step. At every step a lot may be harvested. Nothing here
is shared with the package but the economics' numbers.
"""

from __future__ import annotations

import math

from vaultsdk.harvest.boundary import Economics


def worth_of_harvesting(
    e: Economics, time: float, years: float, year_end: float | None, tau_next: float | None
) -> float:
    """a at a time, by its definition."""
    left, q = years - time, e.r + e.lam
    later = e.tau_later * (e.lam / q * (1 - math.exp(-q * left)) + math.exp(-q * left))
    if year_end is None:
        return e.tau_now - later
    end = year_end
    while end < time - 1e-9:
        end += 1
    tau = e.tau_now if end == year_end or tau_next is None else tau_next
    return tau * math.exp(-e.r * (end - time)) - later


def scaled(
    e: Economics,
    years: float,
    steps: int,
    year_end: float | None = None,
    tau_next: float | None = None,
) -> float:
    """Value at z = 1 without a fixed cost: one basis stands for all."""
    dt = years / steps
    dx = e.sigma * math.sqrt(dt)
    p = (math.exp(e.mu * dt) - math.exp(-dx)) / (math.exp(dx) - math.exp(-dx))
    kept = math.exp(-(e.r + e.lam) * dt)
    z = [math.exp((i - steps) * dx) for i in range(2 * steps + 1)]

    def harvested(held: list[float], time: float) -> list[float]:
        a = worth_of_harvesting(e, time, years, year_end, tau_next)
        slope = a + e.k - held[steps]
        return [max(v, a - slope * z[i]) if i < steps else v for i, v in enumerate(held)]

    values = harvested([0.0] * (2 * steps + 1), years)
    for step in range(steps - 1, -1, -1):
        # The price can have moved `step` times from each of the bases it had.
        held = [0.0] * len(values)
        for i in range(1, 2 * steps):
            held[i] = kept * (p * values[i + 1] + (1 - p) * values[i - 1])
        values = harvested(held, step * dt)
    return values[steps]


def with_gas(e: Economics, years: float, steps: int, fixed: float) -> float:
    """Value at z = 1 with a fixed cost over the first basis: every pair of price and basis."""
    dt = years / steps
    dx = e.sigma * math.sqrt(dt)
    p = (math.exp(e.mu * dt) - math.exp(-dx)) / (math.exp(dx) - math.exp(-dx))
    kept = math.exp(-(e.r + e.lam) * dt)
    price = {i: math.exp(i * dx) for i in range(-steps, steps + 1)}
    values: dict[int, dict[int, float]] = {}
    for step in range(steps, -1, -1):
        a = worth_of_harvesting(e, step * dt, years, None, None)
        new: dict[int, dict[int, float]] = {}
        # A basis is a price that the lot was harvested at by now.
        for basis in range(-step, 1):
            row: dict[int, float] = {}
            for i in range(-step, step + 1):
                held = 0.0
                if step < steps:
                    later = values[basis]
                    held = kept * (p * later[i + 1] + (1 - p) * later[i - 1])
                if i < basis:
                    payoff = a * (price[basis] - price[i]) - e.k * price[i] - fixed + new[i][i]
                    held = max(held, payoff)
                row[i] = held
            new[basis] = row
        values = new
    return values[0][0]
