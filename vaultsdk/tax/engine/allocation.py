"""From one stock for all wallets to one for each: the allocation of unused basis.

Rev. Proc. 2024-28 lets a taxpayer who used one stock for all wallets allocate, once, what is left
of it to the wallets that hold units when the wallet rule begins. The allocation here is global and
fixed: a lot stays in the wallet in which it was acquired as far as that wallet still holds units,
earliest lots first; the rest goes, earliest first, to wallets that hold more than that, by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vaultsdk.tax.engine.stores import Lot


def allocate(lots: Sequence[Lot], holdings: Mapping[str, int]) -> list[Lot]:
    """Lots by wallet, from lots by age and the units that each wallet holds (all >= 0, adding up to
    the lots'). A lot that is divided splits its basis pro rata, floor first."""
    left = dict(holdings)
    placed: list[Lot] = []
    spill: list[Lot] = []
    for lot in lots:
        stays = min(lot.quantity, left.get(lot.wallet, 0))
        if stays:
            left[lot.wallet] -= stays
            placed.append(lot.split(stays))
        if lot.quantity:
            spill.append(lot)
    wallets = [wallet for wallet in sorted(left) if left[wallet]]
    for lot in spill:
        while lot.quantity:
            wallet = wallets[0]
            units = min(lot.quantity, left[wallet])
            part = lot.split(units)
            part.wallet = wallet
            placed.append(part)
            left[wallet] -= units
            if not left[wallet]:
                del wallets[0]
    return placed
