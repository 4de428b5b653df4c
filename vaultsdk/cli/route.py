"""`vaultsdk route`: how to split a sale over the pools, and what it costs."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from vaultsdk.cli.common import (
    Failure,
    Output,
    Target,
    output_options,
    table,
    target_options,
    write_file,
)
from vaultsdk.core.deployment import Deployment, TokenRef
from vaultsdk.core.units import format_amount, format_usd, human, human_usd, parse_amount, parse_usd

if TYPE_CHECKING:
    from rich.table import Table

    from vaultsdk.core.pools import PoolSnapshot
    from vaultsdk.harvest.economics import GasPrice
    from vaultsdk.market.routing import Costs, Split

_WAD: Final = 10**18
_GWEI_DIGITS: Final = 9
_DIGITS: Final = 12  # of a price that is shown; in JSON twice as many


class _Prices(NamedTuple):
    """USD wad per whole token, and what gas costs; None where not known."""

    token_in: int | None
    token_out: int | None
    gas: GasPrice | None


class _Asked(NamedTuple):
    """The sale: two tokens and units of the first."""

    token_in: TokenRef
    token_out: TokenRef
    amount: int

    @property
    def scale(self) -> Fraction:
        """What turns units out per unit in to whole tokens per whole token."""
        return Fraction(10**self.token_in.decimals, 10**self.token_out.decimals)


@click.command()
@click.argument("size")
@click.argument("asset_in")
@click.argument("asset_out")
@click.option("--max-legs", type=click.IntRange(1, 4), default=4, show_default=True)
@click.option(
    "--snapshot",
    "loaded",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Use the pools of a saved snapshot; no node is asked.",
)
@click.option(
    "--save-snapshot",
    "saved",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep the pools as they were read.",
)
@click.option("--all-ticks", is_flag=True, help="Read all of the pools' ticks, for a huge sale.")
@click.option("--price-in", metavar="USD", help="Price of ASSET_IN instead of the oracle's.")
@click.option("--price-out", metavar="USD", help="Price of ASSET_OUT instead of the oracle's.")
@click.option("--gas-price", metavar="GWEI", help="Gas price instead of the node's.")
@click.option("--ether-price", metavar="USD", help="Price of ether instead of the base feed's.")
@target_options
@output_options
def route(
    target: Target,
    output: Output,
    size: str,
    asset_in: str,
    asset_out: str,
    max_legs: int,
    loaded: Path | None,
    saved: Path | None,
    all_ticks: bool,
    **prices: str | None,
) -> None:
    """How to sell SIZE of ASSET_IN for ASSET_OUT: the split over pools that brings most after gas.

    The legs run one after the other, as the vault runs them. Prices of a leg are what the next unit
    would bring, fees included, before and after the whole sale: where the split is right they end
    up alike. Nothing is sent.
    """
    from vaultsdk.harvest.economics import GasModel
    from vaultsdk.market.routing import costs, split, swap_cost_in

    deployment = target.deployment
    token_in, token_out = _token(deployment, asset_in), _token(deployment, asset_out)
    asked = _Asked(token_in, token_out, parse_amount(size, token_in.decimals, "SIZE"))
    given = {name: None if text is None else _usd(text, name) for name, text in prices.items()}
    if loaded is not None:
        if saved is not None or all_ticks:
            raise Failure("--snapshot reads a file: leave out --save-snapshot and --all-ticks")
        snapshot = _load(loaded, deployment)
        found = _given(given)
    else:
        snapshot = _read(target, all_ticks, output)
        found = _asked_of_chain(target, snapshot, asked, given)
        if saved is not None:
            write_file(saved, (snapshot.to_json() + "\n").encode(), "--save-snapshot")
    cost = 0
    if found.gas is None:
        output.note("gas is not counted: give --gas-price and --ether-price")
    elif found.token_out is None:
        raise Failure("gas needs the price of what is received: give --price-out")
    else:
        per_swap = found.gas.usd(GasModel().per_pool)
        cost = swap_cost_in(per_swap, found.token_out, 10**token_out.decimals)
    made = split(
        [pool for pool in snapshot.pools if getattr(deployment.adapters, pool.kind, None)],
        token_in.address,
        token_out.address,
        asked.amount,
        max_legs=max_legs,
        swap_cost=cost,
        through=[token.address for token in (*deployment.assets, deployment.quote)],
    )
    mid = None
    if found.token_in is not None and found.token_out is not None:
        mid = Fraction(found.token_in, found.token_out) / asked.scale
    told = costs(made, mid)
    output.emit(
        _document(made, told, asked, found, snapshot, deployment),
        _legs(made, asked, deployment),
        _costs(told, asked, found),
        _summary(made, asked, snapshot),
    )


# ---------------------------------------------------------------- what is asked
def _token(deployment: Deployment, name: str) -> TokenRef:
    """A listed asset, or the quote."""
    quote = deployment.quote
    if name.lower() in (quote.symbol.lower(), quote.address.lower()):
        return quote
    return deployment.asset(name)


def _usd(text: str, name: str) -> int:
    option = "--" + name.replace("_", "-")
    value = (
        parse_amount(text, _GWEI_DIGITS, option) if name == "gas_price" else parse_usd(text, option)
    )
    if value == 0:
        raise Failure(f"{option} is 0: give a price above it, or leave it out")
    return value


def _load(path: Path, deployment: Deployment) -> PoolSnapshot:
    from vaultsdk.core.pools import PoolSnapshot

    try:
        text = path.read_bytes()
    except OSError as error:
        raise Failure(f"cannot read {path}: {error.strerror}; correct --snapshot") from None
    snapshot = PoolSnapshot.from_json(text)
    if snapshot.chain_id != deployment.chain_id:
        raise Failure(
            f"{path} is of chain {snapshot.chain_id}, the deployment of {deployment.chain_id}: "
            "take files of one chain"
        )
    return snapshot


def _read(target: Target, all_ticks: bool, output: Output) -> PoolSnapshot:
    from vaultsdk.chain.pool_reads import WORDS_AROUND, load_usable

    refs = [ref for ref in target.deployment.pools if getattr(target.deployment.adapters, ref.kind)]
    if not refs:
        raise Failure("the deployment file knows no pools with an adapter: add them to it")
    snapshot, left_out = load_usable(
        target.node(), refs, words_around=None if all_ticks else WORDS_AROUND
    )
    for error in left_out:
        output.note(f"left out: {error}")
    return snapshot


# ---------------------------------------------------------------- prices
def _gas(wei: int | None, ether: int | None) -> GasPrice | None:
    from vaultsdk.harvest.economics import GasPrice

    return None if wei is None or ether is None else GasPrice(wei=wei, native_usd=ether)


def _given(given: dict[str, int | None]) -> _Prices:
    gas = _gas(given["gas_price"], given["ether_price"])
    return _Prices(given["price_in"], given["price_out"], gas)


def _asked_of_chain(
    target: Target, snapshot: PoolSnapshot, asked: _Asked, given: dict[str, int | None]
) -> _Prices:
    """The vault's own prices at the snapshot's block; what was given on the command line wins."""
    vault = target.vault()
    state, rows = vault.state(snapshot.block_hash), vault.assets(snapshot.block_hash)
    base = state.base_feed.answer if state.base_feed.ok else None
    known = {
        row.asset.token: base * row.rate.answer // _WAD
        for row in rows
        if base is not None and row.rate.ok
    }
    if state.quote_feed.ok:
        known[state.quote] = state.quote_feed.answer
    wei = given["gas_price"]
    if wei is None:
        wei = int(str(target.node().request("eth_gasPrice")), 16)
    return _Prices(
        given["price_in"] or known.get(asked.token_in.address),
        given["price_out"] or known.get(asked.token_out.address),
        _gas(wei, given["ether_price"] or base),
    )


# ---------------------------------------------------------------- what is shown
def _legs(made: Split, asked: _Asked, deployment: Deployment) -> Table:
    symbols = {one.address: one.symbol for one in (*deployment.assets, deployment.quote)}
    pair = f"{asked.token_out.symbol} per {asked.token_in.symbol}"
    shown = table(
        "leg",
        "route",
        "share",
        "sold",
        "received",
        "price before",
        "price after",
        right=("share", "sold", "received", "price before", "price after"),
        title=f"Selling {human(asked.amount, asked.token_in.decimals)} {asked.token_in.symbol} "
        f"for {asked.token_out.symbol}",
    )
    for number, leg in enumerate(made.legs, 1):
        shown.add_row(
            str(number),
            leg.route.describe(symbols),
            f"{_decimal(Fraction(leg.share, _WAD) * 100, 4)}%",
            f"{human(leg.amount_in, asked.token_in.decimals)} {asked.token_in.symbol}",
            f"{human(leg.amount_out, asked.token_out.decimals)} {asked.token_out.symbol}",
            f"{_decimal(leg.price_before * asked.scale, _DIGITS):f}",
            f"{_decimal(leg.price_after * asked.scale, _DIGITS):f}",
        )
    shown.caption = f"prices: {pair}, fees included"
    return shown


def _costs(told: Costs, asked: _Asked, found: _Prices) -> Table:
    shown = table("cost", asked.token_out.symbol, "USD", "bps", right=("USD", "bps"))
    shown.columns[1].justify = "right"
    for name, part in _parts(told):
        if part is None:
            shown.add_row(name, "", "", "no price")
            continue
        usd = _worth(part, asked, found)
        shown.add_row(
            name,
            human(_up(part), asked.token_out.decimals, 6),
            "" if usd is None else human_usd(usd),
            f"{_bps(told.bps(part)):,.2f}",
        )
    worth = (
        "the oracle's price" if told.oracle_gap is not None else "the pools' prices without fees"
    )
    shown.caption = f"bps of the sale at {worth}"
    return shown


def _parts(told: Costs) -> list[tuple[str, Fraction | None]]:
    return [
        ("swap fee", told.swap_fee),
        ("price impact", told.price_impact),
        ("oracle gap", told.oracle_gap),
        ("gas of further swaps", told.gas),
        ("all", told.total),
    ]


def _summary(made: Split, asked: _Asked, snapshot: PoolSnapshot) -> str:
    out = asked.token_out
    text = (
        f"Brings {human(made.amount_out, out.decimals, 6)} {out.symbol} at block "
        f"{snapshot.block_number}; "
    )
    if made.single is None:
        return text + "no single route takes all of it."
    return (
        text + f"the best single route {human(made.single, out.decimals, 6)} "
        f"({human(made.amount_out - made.single, out.decimals, 6)} less)."
        if len(made.legs) > 1
        else text + "one route is best."
    )


def _document(
    made: Split,
    told: Costs,
    asked: _Asked,
    found: _Prices,
    snapshot: PoolSnapshot,
    deployment: Deployment,
) -> dict[str, Any]:
    symbols = {one.address: one.symbol for one in (*deployment.assets, deployment.quote)}
    out = asked.token_out
    return {
        "block": snapshot.block_number,
        "block_hash": snapshot.block_hash,
        "asset_in": asked.token_in.symbol,
        "asset_out": out.symbol,
        "sold": format_amount(made.amount_in, asked.token_in.decimals),
        "received": format_amount(made.amount_out, out.decimals),
        "best_single": None if made.single is None else format_amount(made.single, out.decimals),
        "price_in_usd": None if found.token_in is None else format_usd(found.token_in),
        "price_out_usd": None if found.token_out is None else format_usd(found.token_out),
        "legs": [
            {
                "route": leg.route.describe(symbols),
                "pools": list(leg.route.pools),
                "adapter": getattr(deployment.adapters, leg.route.kind),
                "data": leg.route.data,
                "share": str(leg.share),
                "sold": format_amount(leg.amount_in, asked.token_in.decimals),
                "received": format_amount(leg.amount_out, out.decimals),
                "price_before": f"{_decimal(leg.price_before * asked.scale, 2 * _DIGITS):f}",
                "price_after": f"{_decimal(leg.price_after * asked.scale, 2 * _DIGITS):f}",
            }
            for leg in made.legs
        ],
        "costs": {
            name.replace(" ", "_"): None if part is None else _cost(part, told, asked, found)
            for name, part in _parts(told)
        },
    }


def _cost(part: Fraction, told: Costs, asked: _Asked, found: _Prices) -> dict[str, str | None]:
    usd = _worth(part, asked, found)
    return {
        "received": format_amount(_up(part), asked.token_out.decimals),
        "usd": None if usd is None else format_usd(usd),
        "bps": f"{_bps(told.bps(part)):f}",
    }


def _worth(part: Fraction, asked: _Asked, found: _Prices) -> int | None:
    """USD wad of units received, rounded up as costs are."""
    if found.token_out is None:
        return None
    return _up(part * found.token_out / 10**asked.token_out.decimals)


def _up(part: Fraction) -> int:
    return -(-part.numerator // part.denominator)


def _bps(share: Fraction) -> Decimal:
    """Hundredths of a basis point, to the nearest."""
    return Decimal(round(share * 100)).scaleb(-2)


def _decimal(number: Fraction, digits: int) -> Decimal:
    with localcontext() as context:
        context.prec = digits
        return Decimal(number.numerator) / Decimal(number.denominator)
