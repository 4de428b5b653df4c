"""The best split by brute force: every set of paths, every part of a grid, then ever smaller moves.

It shares the pools' quotes with the package, which are proven elsewhere, and nothing else: no
price, no bound and no group of pools. Legs run one after the other on the pools that the ones
before them left, in two orders where they share pools.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

from vaultsdk.core.pools import V2Pool, V3Pool
from vaultsdk.market.pools import QuoteError, apply, quote

Path = tuple[V2Pool | V3Pool, ...]


def paths(pools: Sequence[V2Pool | V3Pool], sold: str, wanted: str) -> list[Path]:
    """Single pools, and two pools of one exchange in a row."""
    found: list[Path] = [(one,) for one in pools if set(one.tokens) == {sold, wanted}]
    for first in pools:
        for second in pools:
            if first.kind != second.kind or first is second:
                continue
            between = set(first.tokens) - {sold}
            if (
                len(between) == 1
                and wanted not in between
                and set(second.tokens) == between | {wanted}
            ):
                found.append((first, second))
    return found


def out_of(legs: Sequence[tuple[Path, int]], sold: str) -> int:
    """What the legs bring in all; -1 where one does not run."""
    now: dict[str, V2Pool | V3Pool] = {}
    total = 0
    for path, amount in legs:
        if not amount:
            continue
        token = sold
        for pool in path:
            pool = now.get(pool.address, pool)
            try:
                found = quote(pool, token, amount)
                if found.partial or not found.amount_out:
                    return -1
                now[pool.address] = apply(pool, found)  # type: ignore[type-var]
            except QuoteError:
                return -1
            token, amount = found.token_out, found.amount_out
        total += amount
    return total


def best(
    pools: Sequence[V2Pool | V3Pool],
    sold: str,
    wanted: str,
    amount: int,
    max_legs: int,
    swap_cost: int,
) -> int | None:
    """The most that any split brings, less what its swaps after the first cost."""
    found: int | None = None
    known = paths(pools, sold, wanted)
    for count in range(1, min(max_legs, len(known)) + 1):
        for chosen in combinations(known, count):
            paid = swap_cost * (sum(len(path) for path in chosen) - 1)
            used = [pool.address for path in chosen for pool in path]
            orders = permutations(chosen) if len(set(used)) < len(used) else iter([chosen])
            outs = [_climb(order, sold, amount) for order in _few(orders)]
            most = max(outs) - paid
            if max(outs) >= 0 and (found is None or most > found):
                found = most
    return found


def _few(orders: Iterator[tuple[Path, ...]]) -> Iterator[tuple[Path, ...]]:
    for place, order in enumerate(orders):
        if place < 2:
            yield order


def _climb(chosen: tuple[Path, ...], sold: str, amount: int) -> int:
    """From the best point of a grid, moves between two legs of a shrinking size."""
    grid = {1: 1, 2: 64, 3: 10, 4: 6}[len(chosen)]
    parts, most = [amount] + [0] * (len(chosen) - 1), -1
    for point in _points(grid, len(chosen)):
        tried = [amount * part // grid for part in point]
        tried[0] += amount - sum(tried)
        found = out_of(list(zip(chosen, tried, strict=True)), sold)
        if found > most:
            parts, most = tried, found
    step = max(1, amount // (2 * grid))
    while step:
        moved = False
        for i in range(len(chosen)):
            for j in range(len(chosen)):
                if i != j and parts[i]:
                    tried = list(parts)
                    part = min(step, parts[i])
                    tried[i] -= part
                    tried[j] += part
                    found = out_of(list(zip(chosen, tried, strict=True)), sold)
                    if found > most:
                        parts, most, moved = tried, found, True
        if not moved:
            step = step // 3 if step > amount >> 20 else 0
    return most


def _points(total: int, count: int) -> Iterator[tuple[int, ...]]:
    if count == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _points(total - first, count - 1):
            yield (first, *rest)
