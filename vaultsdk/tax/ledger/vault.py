"""From a vault's replayed log to the neutral ledger, exact to the unit.

| in the vault | in the ledger |
|---|---|
| deposit (declared or oracle basis) | `transfer` in, with basis and date: no disposal |
| buy | `buy` |
| harvest | `harvest` out and in, one pair for each lot; the keeper's fee is the disposal's |
| withdrawal in kind | `transfer` from the vault's wallet to the receiver's address |
| sale through the vault | `sell` at the value of the quote received |
| change of policy of a part, claim within one taxpayer | a `wrap` pair: same units, new lot |
| claim by or from somebody else | `gift_out` and `gift_in` |
| change of policy of the whole, offer | nothing |

Every row that takes units names their lot, so an identification by lot gives what the vault itself
keeps: same lots, same bases, same gains. Kept by wallet, that is (`--scope wallet`, in the US the
law from 2025 on): a stock of all wallets may round a part's basis differently by 1e-18 once some of
a lot is withdrawn.

All money is USD. For a profile of another currency write the ledger with `ledger_csv` and read it
with `parse_ledger` and a table of rates, which converts each event at its own day's.

Not in the log, so not in the ledger: what the quote tokens that `buy` took had cost, what those
that `sell` gave are later sold for, the gas, and a claimed lot's market value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from operator import itemgetter

from vaultsdk.core.ledger import Ledger as VaultLedger
from vaultsdk.core.model import checksum
from vaultsdk.tax.errors import LedgerProblemsError, TaxError
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.ledger.times import Clock, zone_of
from vaultsdk.tax.ledger.vault_names import VaultNames
from vaultsdk.tax.ledger.vault_story import Storyteller

_PLACE = itemgetter(0, 1, 2, 3)


def events_of_vault(
    ledger: VaultLedger,
    *,
    chain_id: int,
    vault: str,
    owners: Collection[str] | None,
    symbols: Mapping[int, str],
    quote_decimals: int,
    until: int | None = None,
    assumed_quote_price: int | None = None,
    timezone: str = "UTC",
    taxpayer: str = "",
    gates: Collection[str] = (),
) -> Ledger:
    """The tax ledger, in USD, of a vault's log.

    `owners` are all addresses of one taxpayer, who is called `taxpayer`; None takes every owner,
    each a taxpayer of his own, called by his address. `symbols` by asset id. `until` is the last
    block time (s) to take; None = all there is. `assumed_quote_price` (USD wad per whole quote
    token) stands in for sales without a price on record. Days are those of `timezone`. `gates` are
    contracts that pass on what is withdrawn to them, such as the vault's ETH gate.

    Other owners in a ledger are affiliated persons to the rules that look at those (`us-wash`,
    `ca`). Depositors of a vault are strangers: with `owners` None ask those rules for one of them
    at a time.

    Harvests that a lot went through count whether or not anybody has rolled the lot. Raises
    LedgerProblemsError with every sale that has no price, TaxError for an asset without a symbol of
    its own and for an unknown zone, AddressError, and LedgerError when the log ends within a
    transaction.
    """
    state = ledger.state()
    names = VaultNames(chain_id, vault)
    _refuse_twins(symbols, state.decimals)
    mine = None if owners is None else frozenset(checksum(owner) for owner in owners)

    def taxpayer_of(address: str) -> str | None:
        if mine is None:
            return address
        return taxpayer if address in mine else None

    story = Storyteller(
        names=names,
        clock=Clock(zone_of(timezone)),
        symbols=symbols,
        decimals=state.decimals,
        harvests=ledger.harvest_events,
        quote_decimals=quote_decimals,
        taxpayer_of=taxpayer_of,
        gates=frozenset(checksum(gate) for gate in gates),
        assumed_quote_price=assumed_quote_price,
        until=until,
    )
    for history in ledger.histories():
        key = history.owner, history.lot
        pending = state.rolled(*key).realisations if key in state.lots else ()
        story.tell(history, pending)
    source = f"vault {names.stem}"
    if story.problems:
        raise LedgerProblemsError(story.problems, source)
    # By block and log, and then by lot: the ledger's own order knows the time alone and keeps this.
    events = [told.event for told in sorted(story.told, key=_PLACE)]
    seen = {event.asset for event in events}
    decimals = {
        symbols[asset]: places
        for asset, places in state.decimals.items()
        if symbols.get(asset) in seen
    }
    return Ledger.of(events, decimals, "USD", source)


def _refuse_twins(symbols: Mapping[int, str], assets: Mapping[int, int]) -> None:
    """Two assets of one name would be one asset to the ledger."""
    known: dict[str, int] = {}
    for asset in sorted(assets):
        symbol = symbols.get(asset)
        if symbol is None:
            continue
        if symbol in known:
            raise TaxError(
                f"assets {known[symbol]} and {asset} of the vault are both called {symbol}: "
                "give each a symbol of its own",
                name="symbols",
                value=symbol,
            )
        known[symbol] = asset
