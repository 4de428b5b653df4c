"""`vaultsdk buy` and `vaultsdk sell`: between an asset and the quote, over the best known route."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from vaultsdk.cli.common import (
    Failure,
    Output,
    Signing,
    Target,
    account_address,
    output_options,
    signer_options,
    table,
    target_options,
)
from vaultsdk.cli.funds import funds_told
from vaultsdk.cli.names import Names, document, policy_number
from vaultsdk.cli.values import BPS, LOT_PART, LotPart, less
from vaultsdk.core.units import format_amount, format_usd, human, human_usd, parse_amount

if TYPE_CHECKING:
    from vaultsdk.chain.vault import Vault
    from vaultsdk.chain.write_calls import Leg
    from vaultsdk.market.route import Route


class _Quoted(NamedTuple):
    """The route that brings most now, and what it brings."""

    route: Route
    leg: Leg
    out: int


def _slippage(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--slippage",
        type=BPS,
        default=50,
        help="What the swap may bring less than it would now.  [default: 0.5%]",
    )(function)


@click.command()
@click.argument("asset")
@click.argument("quote_amount", metavar="QUOTE_AMOUNT")
@click.option("--policy", "policy_name", default="0", show_default=True, metavar="ID|NAME")
@click.option("--min-out", help="Least tokens to accept; instead of --slippage.")
@_slippage
@click.option("--permit", is_flag=True, help="Sign a permit instead of sending an approval.")
@target_options
@signer_options
@output_options
@funds_told
def buy(
    asset: str,
    quote_amount: str,
    policy_name: str,
    min_out: str | None,
    slippage: int,
    permit: bool,
    target: Target,
    signing: Signing,
    output: Output,
) -> None:
    """Spend QUOTE_AMOUNT of the quote (USDC) on ASSET; what is paid is the lot's basis."""
    deployment = target.deployment
    token, quote = deployment.asset(asset), deployment.quote
    paid = parse_amount(quote_amount, quote.decimals, "quote amount")
    least = None if min_out is None else parse_amount(min_out, token.decimals, "--min-out")
    signer = signing.signer(target)
    vault = target.vault()

    from vaultsdk.chain import checks
    from vaultsdk.chain.writes import Funding

    number, _ = policy_number(vault, policy_name)
    it = checks.listed(vault.assets(), token.id)
    best = _best(vault, quote.address, token.address, paid, quote.symbol, token.symbol)
    # Said before the quote is approved; the contract sees the size of the lot only after the swap.
    checks.fits_limits(it, best.out)
    receipt = vault.buy(
        signer,
        token.id,
        paid,
        [best.leg],
        less(best.out, slippage) if least is None else least,
        number,
        funding=Funding.PERMIT if permit else Funding.APPROVE,
    )
    declared = bool(receipt.opened.flags & 1)
    shown = table("lot", "asset", "units", "basis", "paid", "route", "transaction")
    route = best.route.describe(_symbols(vault))
    shown.add_row(
        str(receipt.lot),
        token.symbol,
        human(receipt.units, token.decimals),
        human_usd(receipt.basis) + ("*" if declared else ""),
        f"{human(paid, quote.decimals, 2)} {quote.symbol}",
        route,
        receipt.tx_hash,
    )
    if declared:
        shown.caption = "* counts as declared: the price paid is not the oracle's, or has none"
    made = {
        "lot": receipt.lot,
        "asset": token.id,
        "symbol": token.symbol,
        "units": format_amount(receipt.units, token.decimals),
        "basis_usd": format_usd(receipt.basis),
        "declared": declared,
        "paid": format_amount(paid, quote.decimals),
        "cohort": str(receipt.key),
        "cohort_hex": receipt.key.hex,
        "route": route,
        **document(receipt),
    }
    output.emit(made, shown)


@click.command()
@click.argument("lots", nargs=-1, required=True, type=LOT_PART, metavar="LOT[:AMOUNT]...")
@click.option("--min-out", help="Least quote to accept in all; instead of --slippage.")
@_slippage
@click.option("--to", help="Who receives the quote; the signer when left out.")
@target_options
@signer_options
@output_options
def sell(
    lots: tuple[LotPart, ...],
    min_out: str | None,
    slippage: int,
    to: str | None,
    target: Target,
    signing: Signing,
    output: Output,
) -> None:
    """Sell LOTs of one asset for the quote (USDC), all or nothing: `3`, or `3:1.5` for a part."""
    quote = target.deployment.quote
    least = None if min_out is None else parse_amount(min_out, quote.decimals, "--min-out")
    signer = signing.signer(target)
    vault = target.vault()

    from vaultsdk.chain import checks
    from vaultsdk.cli.withdraw import lot_batches

    batches = lot_batches(vault, signer.address, lots)
    if len(batches) > 1:
        raise Failure("one sale takes up to 32 lots of one asset: sell them one after another")
    ((asset, items),) = batches
    found = vault.run(checks.way_out(vault.lens, vault.address, signer.address, items, asset))
    names = Names(target.deployment, vault.assets())
    token = found.asset.asset.token
    best = _best(vault, token, quote.address, found.units, names.symbol(asset), quote.symbol)
    receiver = signer.address if to is None else account_address(to, target.deployment)
    receipt = vault.sell(
        signer,
        items,
        [best.leg],
        less(best.out, slippage) if least is None else least,
        asset=asset,
        to=receiver,
    )
    sold = receipt.sold
    basis = sum(part.basis for part in receipt.reductions)
    proceeds = sold.quote_amount * (sold.quote_price or 10**18) // 10**quote.decimals
    route = best.route.describe(_symbols(vault))
    shown = table("asset", "sold", "received", "basis", "gain", "route", "transaction")
    shown.add_row(
        names.symbol(asset),
        names.shown(asset, sold.units),
        f"{human(sold.quote_amount, quote.decimals, 2)} {quote.symbol}",
        human_usd(basis),
        human_usd(proceeds - basis),
        route,
        receipt.tx_hash,
    )
    made = {
        "asset": asset,
        "symbol": names.symbol(asset),
        "lots": [item.lot for item in items],
        "units": names.units(asset, sold.units),
        "received": format_amount(sold.quote_amount, quote.decimals),
        "quote_price_usd": format_usd(sold.quote_price) if sold.quote_price else None,
        "basis_usd": format_usd(basis),
        "gain_usd": format_usd(proceeds - basis),
        "to": receiver,
        "route": route,
        **document(receipt),
    }
    output.emit(made, shown)


def _best(
    vault: Vault, token_in: str, token_out: str, amount: int, name_in: str, name_out: str
) -> _Quoted:
    """The best of all routes through the deployment's pools, quoted at one block."""
    from vaultsdk.chain.rpc import call_params, hex_bytes
    from vaultsdk.chain.write_calls import Leg
    from vaultsdk.keeper.calls import quote
    from vaultsdk.market.route import routes

    deployment = vault.deployment
    quoters = {
        "uniswap_v3": deployment.dex.quoter_v2,
        "uniswap_v2": deployment.dex.uniswap_v2_router_02,
    }
    known = [
        route
        for route in routes(deployment, token_in, token_out)
        if quoters[route.kind] is not None
    ]
    if not known:
        raise Failure(
            f"the deployment file knows no pools from {name_in} to {name_out}: add them to it"
        )
    reads = [quote(str(quoters[route.kind]), route, amount) for route in known]
    block = vault.node.block_number()
    answers = vault.node.batch_answers(
        [("eth_call", call_params(read.to, read.data, block)) for read in reads]
    )
    found = []
    for route, read, answer in zip(known, reads, answers, strict=True):
        # A pool too shallow for the amount reverts; the others still count.
        if "result" in answer:
            found.append((read.decode(hex_bytes(answer["result"])), route))
    if not found:
        raise Failure(f"no pool can swap that much {name_in} into {name_out}: try less")
    out, route = max(found, key=lambda pair: pair[0])
    adapter = getattr(deployment.adapters, route.kind)
    return _Quoted(route, Leg(adapter, 10**18, route.data), out)


def _symbols(vault: Vault) -> dict[str, str]:
    tokens = (*vault.deployment.assets, vault.deployment.quote)
    return {token.address: token.symbol for token in tokens}
