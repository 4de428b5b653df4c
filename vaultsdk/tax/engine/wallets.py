"""The day from which basis is kept by wallet: what is unused goes to where the units are."""

from __future__ import annotations

from vaultsdk.tax.engine.allocation import allocate
from vaultsdk.tax.engine.job import Job
from vaultsdk.tax.engine.stock import Stock
from vaultsdk.tax.engine.stores import Lot
from vaultsdk.tax.ledger.event import iso
from vaultsdk.tax.rules.treatment import Op


def to_wallets(job: Job, stock: Stock, day: int) -> list[Lot]:
    """Empty the one stock of each owner and asset, and give its lots as allocated to wallets. From
    here on the stock is kept by wallet. A wallet that would hold less than nothing is a problem."""
    holdings = _holdings(job, day)
    old, stock.stores = stock.stores, {}
    stock.per_wallet = True
    found: list[Lot] = []
    allocated = 0
    for (owner, asset, _), store in old.items():
        by_wallet = holdings.get((owner, asset), {})
        missing = [wallet for wallet, units in by_wallet.items() if units < 0]
        for wallet in sorted(missing):
            _missing(job, (owner, asset, wallet), -by_wallet[wallet], day)
        if missing or (owner, asset) in stock.short:
            stock.short.add((owner, asset))
            continue
        placed = allocate(list(store), by_wallet)
        found += placed
        if sum(units > 0 for units in by_wallet.values()) > 1:  # else nothing was chosen
            allocated += len(placed)
    if allocated:
        lots = f"{allocated} lot{'s were' if allocated != 1 else ' was'}"
        job.out.notes.append(
            f"basis is kept by wallet from {iso(day)}: {lots} allocated to the wallets that held "
            "units, each to its own wallet first, then earliest first by name"
        )
    return found


def _missing(job: Job, place: tuple[str, str, str], units: int, day: int) -> None:
    _, asset, wallet = place
    last = [
        event
        for event in job.ledger.events
        if event.day < day and (event.owner, event.asset, event.wallet) == place
    ][-1]
    job.refuse(
        last,
        "wallet",
        f"basis is kept by wallet from {iso(day)}, when wallet {wallet!r} would hold "
        f"{job.amount(asset, -units)}: add the transfers that brought units there, or use --scope "
        "universal",
    )


def _holdings(job: Job, day: int) -> dict[tuple[str, str], dict[str, int]]:
    """Units by owner and asset, by wallet, before a day."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    ops = job.ops(day - 1)
    for event in job.ledger.events:
        if event.day >= day:
            break
        wallets = found.setdefault((event.owner, event.asset), {})
        op, wallet = ops[event.kind], event.wallet
        if op in (Op.ACQUIRE, Op.CARRY_IN):
            wallets[wallet] = wallets.get(wallet, 0) + event.quantity
        elif op is Op.RECEIVE:
            wallet = event.to_wallet or wallet
            wallets[wallet] = wallets.get(wallet, 0) + event.quantity
        else:
            wallets[wallet] = wallets.get(wallet, 0) - event.quantity
        if op is Op.MOVE:
            arrived = event.quantity - event.fee_quantity
            wallets[event.to_wallet] = wallets.get(event.to_wallet, 0) + arrived
    return found
