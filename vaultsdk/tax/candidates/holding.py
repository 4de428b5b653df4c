"""What can be sold as one."""

from __future__ import annotations

from typing import NamedTuple


class Holding(NamedTuple):
    """Units that are sold as one: a lot's in one wallet (`lot`), or a pool's (`lot` is "").
    `acquired` are the holding starts of its parts."""

    lot: str
    owner: str
    wallet: str
    asset: str
    quantity: int
    basis: int
    acquired: tuple[int, ...]
