"""One depositor's lots before and after, in words, with every number and where it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from vaultsdk.chain.vault import Vault
from vaultsdk.core.ledger import Ledger
from vaultsdk.core.ledger.gains import GainRow
from vaultsdk.core.ledger.history import (
    Disposal,
    HistoryEntry,
    LotHistory,
    Opening,
    OpeningKind,
    PolicyMove,
)
from vaultsdk.core.ledger.state import LedgerState
from vaultsdk.core.roll import Realisation
from vaultsdk.core.units import format_amount, human, human_usd
from vaultsdk.demo.result import DepositorStory, LotStory

_SOURCES: Mapping[OpeningKind, str] = {
    OpeningKind.DECLARED: "declared by the depositor",
    OpeningKind.ORACLE: "the oracle's price at the deposit",
    OpeningKind.PAID: "what was paid",
    OpeningKind.SPLIT: "carried over from the lot it was split off",
    OpeningKind.CLAIMED: "carried over from the lot's last owner",
}


class _Names:
    """Symbols, decimals and policy names of one vault."""

    def __init__(self, vault: Vault) -> None:
        self.symbols = {asset.id: asset.symbol for asset in vault.deployment.assets}
        self.decimals = {asset.id: asset.decimals for asset in vault.deployment.assets}
        self.policies = {policy.id: policy.name for policy in vault.deployment.policies}
        self.quote = vault.deployment.quote

    def amount(self, asset: int, units: int) -> str:
        """As `1.2345 WETH`, for display."""
        return f"{human(units, self.decimals[asset])} {self.symbols[asset]}"

    def exact(self, asset: int, units: int) -> str:
        """All digits."""
        return f"{format_amount(units, self.decimals[asset])} {self.symbols[asset]}"


def tell(
    vault: Vault, ledger: Ledger, state: LedgerState, rows: Sequence[GainRow], tax_percent: int
) -> DepositorStory:
    """The story of the depositor whose lots went through the most harvests."""
    hops = Counter(row.owner for row in rows)
    first = next(iter(sorted(state.lot_counts)), "")
    # Ties go to the lower address, so that the same run tells of the same person.
    owner = min(hops, key=lambda one: (-hops[one], one)) if hops else first
    names = _Names(vault)
    accounts = vault.deployment.devnet.accounts if vault.deployment.devnet else {}
    called = next((name for name, address in accounts.items() if address == owner), owner)
    losses = -sum(row.gain or 0 for row in rows if row.owner == owner)
    return DepositorStory(
        name=called.replace("_", " "),
        owner=owner,
        lots=tuple(_lot(history, state, names) for history in ledger.histories(owner)),
        losses_realised=losses,
        tax_value=max(0, losses) * tax_percent // 100,
    )


def _lot(history: LotHistory, state: LedgerState, names: _Names) -> LotStory:
    key = history.owner, history.lot
    entries: list[HistoryEntry] = list(history.entries[1:])
    now = "closed"
    if key in state.lots:
        rolled = state.rolled(*key)
        entries += rolled.realisations  # harvests that nobody has rolled the lot through yet
        lot = rolled.lot
        asset = lot.key.asset
        now = (
            f"{names.exact(asset, lot.units)}, basis {human_usd(lot.basis)}, acquired "
            f"{_date(lot.acquired_at)}, policy {names.policies.get(lot.policy, str(lot.policy))}"
        )
    return LotStory(
        number=history.lot,
        opened=_opening(history.opening, names),
        steps=tuple(_step(entry, names) for entry in entries),
        now=now,
    )


def _opening(opening: Opening, names: _Names) -> str:
    asset = opening.key.asset
    policy = names.policies.get(opening.key.policy, str(opening.key.policy))
    paid = ""
    if opening.quote_amount is not None:
        money = human(opening.quote_amount, names.quote.decimals, 2)
        paid = f" ({money} {names.quote.symbol})"
    return (
        f"{_date(opening.place.timestamp)}: {names.exact(asset, opening.units)} under policy "
        f"{policy}, basis {human_usd(opening.basis)} ({_SOURCES[opening.kind]}{paid}), acquired "
        f"{_date(opening.acquired_at)}"
    )


def _step(entry: HistoryEntry, names: _Names) -> str:
    if isinstance(entry, Realisation):
        return f"{_date(entry.time)}: {_harvest(entry, names)}"
    if isinstance(entry, Disposal):
        got = ""
        if entry.quote_amount is not None:
            money = human(entry.quote_amount, names.quote.decimals, 2)
            got = f" for {money} {names.quote.symbol}"
        what = names.amount(entry.key.asset, entry.units)
        return (
            f"{_date(entry.place.timestamp)}: {entry.kind.value} {what}{got}, taking along basis "
            f"{human_usd(entry.basis)}; {names.amount(entry.key.asset, entry.units_left)} stay"
        )
    if isinstance(entry, PolicyMove):
        policy = names.policies.get(entry.to_key.policy, str(entry.to_key.policy))
        return (
            f"{_date(entry.place.timestamp)}: policy changed to {policy}; basis and acquisition "
            "date stay, the holding clock starts again"
        )
    return f"{entry.kind}"  # openings come first, offers do not happen in the demo


def _harvest(hop: Realisation, names: _Names) -> str:
    sold, got = hop.from_key.asset, hop.to_key.asset
    share = f"{names.amount(sold, hop.units_sold)} of the {names.amount(sold, hop.total_sold)} sold"
    word = "loss" if hop.gain < 0 else "gain"
    return (
        f"harvest {hop.harvest}: {share} became {names.amount(got, hop.units_received)} of "
        f"{names.amount(got, hop.total_proceeds)} received, at {human_usd(hop.price)} each worth "
        f"{human_usd(hop.proceeds)} (the new basis); old basis {human_usd(hop.basis_sold)}"
        f"{' (declared)' if hop.declared else ''}: {word} {human_usd(abs(hop.gain))}"
    )


def _date(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).date().isoformat()
