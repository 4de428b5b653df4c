"""`vaultsdk pairs`: which asset to hold instead, what that costs in a year, and why."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from vaultsdk.chain.deployment import load_deployment
from vaultsdk.cli.common import Failure, Output, output_options, table, write_file
from vaultsdk.cli.harvest_boundary import SHARE
from vaultsdk.cli.tax.files import text_of
from vaultsdk.cli.tax.options import IDENTITY, SAME, identity_of
from vaultsdk.cli.values import BPS, DATE
from vaultsdk.core.model import checksum
from vaultsdk.core.series import PriceSeries, parse_csv
from vaultsdk.core.units import format_amount, parse_amount
from vaultsdk.tax.identity import Confidence, packaged_identity
from vaultsdk.tax.profiles import PROFILES

if TYPE_CHECKING:
    from rich.table import Table

    from vaultsdk.core.pools import PoolSnapshot
    from vaultsdk.harvest.pairs import Candidate, Ranking, Sameness, SwapCosts, Terms

FILE: Final = click.Path(dir_okay=False, path_type=Path)
_LABELS: Final = {
    "us-wash": "wash sales",
    "ca-superficial": "superficial losses",
    "uk-same-class": "share matching",
}


class _Token(NamedTuple):
    """Where a token is in a snapshot."""

    address: str
    decimals: int


class _Market(NamedTuple):
    """The pools, the size to swap in whole tokens of the asset, and the cost that is too much."""

    snapshot: PoolSnapshot
    tokens: Mapping[str, _Token]
    size: str
    limit_bps: int
    at_prices: bool


@click.command()
@click.option(
    "--prices",
    type=FILE,
    required=True,
    metavar="FILE",
    help="CSV: date (or time), then a column of prices per asset.",
)
@click.option("--asset", required=True, help="The column of the asset that is to be replaced.")
@click.option("--with", "names", multiple=True, metavar="NAME", help="Only these replacements.")
@click.option(
    "--rate",
    "rates",
    multiple=True,
    metavar="NAME=FILE[:COLUMN]",
    help="A replacement's rate in units of the asset: its fair value, or else its price.",
)
@click.option(
    "--rate-age",
    type=click.IntRange(min=0),
    default=2,
    show_default=True,
    help="Steps of the prices that a rate may be old.",
)
@click.option("--from", "start", type=DATE, metavar="DATE", help="The first day to look at.")
@click.option("--to", "end", type=DATE, metavar="DATE", help="The last day.")
@click.option("--window", type=int, default=90, show_default=True, help="Rolling, in prices.")
@click.option("--confidence", type=SHARE, default=0.95, show_default=True)
@click.option(
    "--risk",
    type=click.Choice(["history", "window", "worst"]),
    default="history",
    show_default=True,
    help="Price the tracking error of all, of the last window, or of the worst one.",
)
@click.option("--risk-aversion", type=float, default=3.0, show_default=True)
@click.option("--years", type=float, default=1.0, show_default=True, help="How long it is held.")
@click.option("--fee", "fees", multiple=True, metavar="NAME=BPS", help="A swap's, each way.")
@click.option("--carry", "carries", multiple=True, metavar="NAME=BPS", help="Earned a year.")
@click.option("--size", metavar="TOKENS", help="Of the asset: what is to be swapped.")
@click.option("--snapshot", type=FILE, metavar="FILE", help="Pools, as `route` saves them.")
@click.option(
    "--token",
    "tokens",
    multiple=True,
    metavar="NAME=ADDRESS:DECIMALS",
    help="Which token of the pools it is.",
)
@click.option("--deployment", type=FILE, metavar="FILE", help="Take the tokens from this file.")
@click.option("--max-cost", type=BPS, default=100, help="Of one swap, else refused.  [1%]")
@click.option(
    "--mid",
    type=click.Choice(["pool", "prices"]),
    default="pool",
    show_default=True,
    help="Measure a swap's cost against the pool's own price, or the file's.",
)
@click.option("--profile", type=click.Choice(list(PROFILES)), help="Whose loss rule.")
@SAME
@IDENTITY
@click.option("--days-lost", type=float, default=0.0, help="Longer until gains are long-term.")
@click.option("--rate-gap", type=SHARE, default=0.0, help="Short-term rate less long-term rate.")
@click.option("--sales", type=float, default=0.2, show_default=True, help="A year.")
@click.option("--gain", type=SHARE, default=0.2, show_default=True, help="At such a sale.")
@click.option("--resamples", type=int, default=1_000, show_default=True)
@click.option("--block", type=int, help="Returns in a block of the bootstrap.  [square root]")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the bootstrap.")
@click.option("--rolling", is_flag=True, help="Put every window into the JSON document.")
@click.option("--chart", type=FILE, metavar="FILE", help="Draw the rolling figures (.png, .svg).")
@output_options
def pairs(
    output: Output,
    prices: Path,
    asset: str,
    names: tuple[str, ...],
    rates: tuple[str, ...],
    rate_age: int,
    start: int | None,
    end: int | None,
    fees: tuple[str, ...],
    carries: tuple[str, ...],
    size: str | None,
    snapshot: Path | None,
    tokens: tuple[str, ...],
    deployment: Path | None,
    max_cost: int,
    mid: str,
    profile: str | None,
    same: str,
    identity: Path | None,
    rolling: bool,
    chart: Path | None,
    **numbers: Any,
) -> None:
    """Rank what could replace an asset by the expected cost of a year in it, with the reasons.

    Tracking error priced by the risk aversion, fees and impact both ways, the holding period that
    starts again, less what it earns, in basis points a year (docs/pairs.md).
    """
    from vaultsdk.harvest.pairs import rank

    if chart is not None and chart.suffix.lower() not in (".png", ".svg"):
        raise Failure(f"--chart {chart}: name a .png or .svg file")
    terms = _terms(profile, numbers)
    asset, *wanted = _as_headed(prices, [asset, *names])
    market = _market(snapshot, size, tokens, deployment, max_cost, mid)
    series = _series(prices, asset, wanted, rates, rate_age, (start, end))
    known = _pairs_of(rates, "--rate")
    files = {name: _rate(text) for name, text in known.items()}
    options = (_bps_of(fees, "--fee"), _bps_of(carries, "--carry"))
    for named, option in ((options[0], "--fee"), (options[1], "--carry")):
        for name in named:
            if name not in series or name == asset:
                raise Failure(f"{option} {name}: it is no replacement that is compared here")
    candidates = [
        _candidate(asset, name, series, files, options, rate_age, market)
        for name in series
        if name != asset
    ]
    ranking = rank(asset, candidates, terms, _sameness(profile, same, identity))
    if chart is not None:
        from vaultsdk.cli.pairs_chart import draw

        write_file(chart, draw(ranking, terms, chart.suffix.lower()[1:]), "--chart")
    output.emit(_document(ranking, terms, market, rolling), *_shown(ranking, terms, market))


# ---------------------------------------------------------------- what is asked
def _terms(profile: str | None, numbers: Mapping[str, Any]) -> Terms:
    from vaultsdk.harvest.pairs import Draws, Restart, Risk, Terms

    days = numbers["days_lost"]
    if days and profile is not None:
        today = date(2024, 1, 1).toordinal()
        if PROFILES[profile].holding.last.long_from(today) is None:
            raise Failure(
                f"profile {profile} knows no long term, so no days are lost: leave out --days-lost"
            )
    return Terms(
        window=numbers["window"],
        confidence=numbers["confidence"],
        risk_aversion=numbers["risk_aversion"],
        years=numbers["years"],
        risk=Risk(numbers["risk"]),
        restart=Restart(
            days=days, rate_gap=numbers["rate_gap"], sales=numbers["sales"], gain=numbers["gain"]
        ),
        draws=Draws(numbers["resamples"], numbers["block"], numbers["seed"]),
    )


def _sameness(profile: str | None, same: str, identity: Path | None) -> Sameness | None:
    """What the profile's loss rule, as it stands now, takes for one asset."""
    from vaultsdk.harvest.pairs import Sameness

    if profile is None:
        if identity is not None:
            raise Failure("--identity says what is the same for a rule: name one with --profile")
        return None
    rule = PROFILES[profile].losses.last
    if not rule.identity:
        return Sameness(rule.name or "loss rule", {})
    found = identity_of(identity) or packaged_identity()
    confidence = Confidence(same)
    why = {
        asset: f"{one.why} (confidence {one.confidence.value})"
        for one in found.statements(rule.identity, confidence)
        for asset in one.assets
    }
    label = _LABELS.get(rule.identity, rule.name)
    return Sameness(label, found.same(rule.identity, confidence), why)


def _market(
    snapshot: Path | None,
    size: str | None,
    tokens: tuple[str, ...],
    deployment: Path | None,
    limit_bps: int,
    mid: str,
) -> _Market | None:
    from vaultsdk.core.pools import PoolError, PoolSnapshot

    if snapshot is None and size is None:
        return None
    if snapshot is None or size is None:
        raise Failure("depth needs pools and a size: give both --snapshot FILE and --size TOKENS")
    try:
        pools = PoolSnapshot.from_json(text_of(snapshot, "--snapshot"))
    except PoolError as error:
        raise Failure(f"{snapshot}: {error}") from None
    known: dict[str, _Token] = {}
    if deployment is not None:
        found = load_deployment(deployment)
        known = {
            one.symbol: _Token(one.address, one.decimals) for one in (*found.assets, found.quote)
        }
    for name, text in _pairs_of(tokens, "--token").items():
        address, _, digits = text.partition(":")
        if not digits.isdecimal() or int(digits) > 18:
            raise Failure(f"--token {name}={text}: write NAME=ADDRESS:DECIMALS, 0 to 18 of them")
        known[name] = _Token(checksum(address), int(digits))
    return _Market(pools, known, size, limit_bps, mid == "prices")


# ---------------------------------------------------------------- what is known
def _header(path: Path, text: str) -> list[str]:
    """Names of the columns of prices."""
    lines = text.removeprefix("\ufeff").splitlines()
    names = [name.strip() for name in next(csv.reader(lines), [])][1:]
    if len({name.lower() for name in names}) < len(names):
        raise Failure(f"{path}: two columns have one name: rename one")
    return names


def _as_headed(path: Path, names: list[str]) -> list[str]:
    """Names as the file writes them, whatever their capitals; others as they are."""
    columns = {name.lower(): name for name in _header(path, text_of(path, "--prices"))}
    return [columns.get(name.lower(), name) for name in names]


def _series(
    path: Path,
    asset: str,
    names: list[str],
    rates: tuple[str, ...],
    rate_age: int,
    span: tuple[int | None, int | None],
) -> dict[str, PriceSeries]:
    """The asset's prices and those of every replacement that has a column."""
    text = text_of(path, "--prices")
    header = _header(path, text)
    columns = {name.lower() for name in header}
    rated = set(_pairs_of(rates, "--rate"))
    wanted = names or tuple(dict.fromkeys([*header, *sorted(rated)]))
    start, end = (None if one is None else datetime.fromtimestamp(one, UTC) for one in span)
    found = {}
    for name in dict.fromkeys([asset, *wanted]):
        if name != asset and name in rated and name.lower() not in columns:
            continue  # priced by its rate alone, when the asset's prices are known
        series = parse_csv(text, str(path), name)
        found[name] = series.between(start, end)
    for name in wanted:
        if name in rated and name not in found:
            found[name] = _by_rate(name, found[asset], rates, rate_age)
    if len(found) < 2:
        raise Failure(f"{path} has nothing beside {asset}: give a column or --rate of another")
    for name in rated - set(found):
        raise Failure(f"--rate {name}: it is no replacement that is compared here")
    return found


def _by_rate(name: str, asset: PriceSeries, rates: tuple[str, ...], rate_age: int) -> PriceSeries:
    from vaultsdk.harvest.pairs import priced_by_rate
    from vaultsdk.harvest.pairs.history import regular_step

    step = regular_step([point.time for point in asset.points], asset.name)
    return priced_by_rate(asset, _rate(_pairs_of(rates, "--rate")[name]), rate_age * step)


def _rate(text: str) -> PriceSeries:
    """A rate history, in a file's only column or the one named after its last colon."""
    path, column = Path(text), None
    if not path.exists() and ":" in text:
        head, _, column = text.rpartition(":")
        path = Path(head)
    return parse_csv(text_of(path, "--rate"), str(path), column)


def _candidate(
    asset: str,
    name: str,
    series: Mapping[str, PriceSeries],
    rates: Mapping[str, PriceSeries],
    options: tuple[Mapping[str, float], Mapping[str, float]],
    rate_age: int,
    market: _Market | None,
) -> Candidate:
    from vaultsdk.harvest.pairs import Candidate, align, rate_logs

    history = align(series[asset], series[name], asset, name)
    # A series made from the rate carries the rate's name.
    promised = name in rates and series[name].name == rates[name].name
    fair = None
    if name in rates and not promised:
        fair = tuple(rate_logs(history, rates[name], rate_age * history.step))
    swap = None
    if market is not None:
        swap = _swap(asset, name, series, market)
    return Candidate(
        history,
        fair=fair,
        fair_name=rates[name].name if fair is not None else "",
        promised=promised,
        swap=swap,
        fee_bps=options[0].get(name),
        carry_bps=options[1].get(name, 0.0),
    )


def _swap(asset: str, name: str, series: Mapping[str, PriceSeries], market: _Market) -> SwapCosts:
    from vaultsdk.harvest.pairs import swap_costs

    for one in (asset, name):
        if one not in market.tokens:
            raise Failure(
                f"which token of the snapshot is {one}? Say --token {one}=ADDRESS:DECIMALS, or "
                "name a --deployment that has it"
            )
    ours, theirs = market.tokens[asset], market.tokens[name]
    mid = None
    if market.at_prices:
        prices = [_price_at(series[one], market.snapshot.timestamp) for one in (asset, name)]
        mid = prices[0] / prices[1] * Fraction(10**theirs.decimals, 10**ours.decimals)
    return swap_costs(
        market.snapshot.pools,
        ours.address,
        theirs.address,
        parse_amount(market.size, ours.decimals, "--size"),
        market.limit_bps,
        mid,
    )


def _price_at(series: PriceSeries, timestamp: int) -> Fraction:
    """The last price at the block, unless it is older than a step. Raises Failure."""
    from vaultsdk.harvest.pairs.history import regular_step

    block = datetime.fromtimestamp(timestamp, UTC)
    before = [point for point in series.points if point.time <= block]
    step = regular_step([point.time for point in series.points], series.name)
    if not before or block - before[-1].time > step:
        raise Failure(
            f"{series.name} has no price within {step} before the snapshot's block "
            f"({block.isoformat()}): give prices of that time, or leave out --mid prices"
        )
    return Fraction(before[-1].price)


def _pairs_of(texts: Iterable[str], option: str) -> dict[str, str]:
    """NAME=VALUE options. Raises Failure."""
    found: dict[str, str] = {}
    for text in texts:
        name, is_one, value = (part.strip() for part in text.partition("="))
        if not (name and is_one and value):
            raise Failure(f"{option} {text}: write NAME=VALUE")
        if name in found:
            raise Failure(f"{option} names {name} twice: keep one")
        found[name] = value
    return found


def _bps_of(texts: Iterable[str], option: str) -> dict[str, float]:
    return {name: BPS.convert(text, None, None) for name, text in _pairs_of(texts, option).items()}


# ---------------------------------------------------------------- what is said
def _document(
    ranking: Ranking, terms: Terms, market: _Market | None, rolling: bool
) -> dict[str, Any]:
    left_out = None
    if not rolling:
        left_out = {"ranked": {"__all__": {"measures": {"windows", "basis_windows"}}}}
    document = {
        "terms": terms.model_dump(mode="json"),
        **ranking.model_dump(mode="json", exclude=left_out),
    }
    if market is not None:
        document["size"] = market.size
        document["block_number"] = market.snapshot.block_number
        for row in document["ranked"]:
            _amounts(row, ranking.asset, market.tokens)
    return document


def _amounts(row: dict[str, Any], asset: str, tokens: Mapping[str, _Token]) -> None:
    """Units of tokens as exact texts in whole tokens, as everywhere in JSON."""
    ours, theirs = tokens[asset].decimals, tokens[row["replacement"]].decimals
    swap = row["swap"]
    for way, given, taken in (("out", ours, theirs), ("back", theirs, ours)):
        swap[way]["amount_in"] = format_amount(swap[way]["amount_in"], given)
        swap[way]["amount_out"] = format_amount(swap[way]["amount_out"], taken)
        units, limit = swap[f"depth_{way}"]
        swap[f"depth_{way}"] = {"amount_in": format_amount(units, given), "limit_bps": limit}


def _shown(ranking: Ranking, terms: Terms, market: _Market | None) -> list[Any]:
    shown: list[Any] = []
    if ranking.ranked:
        shown += [_cost_table(ranking, terms), _follow_table(ranking, terms, market)]
        shown.append(
            "\n".join(f"{row.place}. {row.replacement}: {row.why}." for row in ranking.ranked)
        )
    else:
        shown.append(f"Nothing can replace {ranking.asset} on these terms.")
    if ranking.refused:
        refused = table("refused", "reason", "evidence")
        for one in ranking.refused:
            evidence = ", ".join(f"{name} {value}" for name, value in one.evidence.items())
            refused.add_row(one.replacement, one.reason, evidence)
        shown.append(refused)
    shown += [f"Note: {note}." for note in ranking.notes]
    return shown


def _cost_table(ranking: Ranking, terms: Terms) -> Table:
    numbers = ("tracking", "fees", "impact", "gap", "holding", "carry", "total")
    made = table(
        "",
        "instead of " + ranking.asset,
        *numbers,
        f"{terms.confidence:.0%} interval",
        title=f"Expected cost in bps a year, risk aversion {terms.risk_aversion:g}, held "
        f"for {terms.years:g} " + ("year" if terms.years == 1 else "years"),
        right=("", *numbers, f"{terms.confidence:.0%} interval"),
    )
    for row in ranking.ranked:
        cells = [getattr(row.costs, name) for name in numbers]
        made.add_row(
            str(row.place),
            row.replacement,
            *("?" if cell is None else f"{cell:,.1f}" for cell in cells),
            f"{row.costs.low:,.1f} to {row.costs.high:,.1f}",
        )
    return made


def _follow_table(ranking: Ranking, terms: Terms, market: _Market | None) -> Table:
    columns = (
        "tracking error",
        f"last {terms.window}",
        "worst",
        "correlation",
        "beta",
        "mean gap",
        "worst gap",
        "half-life",
        *(("depth",) if market is not None else ()),
    )
    made = table("how it follows", *columns, right=columns)
    for row in ranking.ranked:
        found = row.measures
        whole, basis = found.whole, found.basis
        cells = [
            f"{whole.tracking_error.value:.2%}",
            f"{found.window.tracking_error.value:.2%}",
            f"{found.tracking_error.largest:.2%}",
            "-" if whole.correlation is None else f"{whole.correlation.value:.4f}",
            "-" if whole.beta is None else f"{whole.beta.value:.3f}",
            "-" if basis is None else f"{basis.mean_bps.value:,.1f} bps",
            "-" if basis is None else f"{basis.worst_bps:,.0f} bps",
            "-"
            if basis is None or basis.half_life_days is None
            else f"{basis.half_life_days.value:.1f} d",
        ]
        if market is not None and row.swap is not None:
            units = row.swap.depth_out.amount_in
            cells.append(format_amount(units, market.tokens[ranking.asset].decimals))
        made.add_row(row.replacement, *cells)
    return made
