"""Replacements in the order of what a year in them is expected to cost, each with its reasons.

All in basis points of what is swapped, a year:

    tracking   10,000 A TE^2 / 2: what a holder with risk aversion A would pay to be rid of the
               tracking error TE (Arrow 1965, Pratt 1964, for a deviation of variance TE^2)
    swap       fees, impact and the gap to the mid, into the replacement and back, / years
    holding    the holding period that starts again (`Restart`), / years
    carry      what the replacement is said to earn more than the asset, subtracted
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from vaultsdk.core.model import Frozen
from vaultsdk.harvest.pairs.basis import Basis, RollingBasis, basis, gaps, rolling_basis
from vaultsdk.harvest.pairs.errors import PairsError
from vaultsdk.harvest.pairs.history import PairHistory
from vaultsdk.harvest.pairs.intervals import Estimate
from vaultsdk.harvest.pairs.measures import Whole, Window, rolling, whole
from vaultsdk.harvest.pairs.swap import SwapCosts
from vaultsdk.harvest.pairs.terms import Risk, Sameness, Terms

BPS = 10_000


class PairReason(StrEnum):
    """Why a replacement is out of the question."""

    SAME = "same asset for the loss rule"
    TOO_SHORT = "too short a history"
    NO_POOL = "no pool"
    TOO_LITTLE_DEPTH = "too little depth"


@dataclass(frozen=True)
class Candidate:
    """A replacement and what is known about it.

    `fair`: logarithms of its fair value in units of the asset, one for each of the history's times
    (`rate_logs`), `fair_name` where they are from. `promised`: its prices are made from a rate, so
    there is no basis to measure. Costs of a swap: measured (`swap`), or a fee in bps each way, or
    not known. `carry_bps` a year.
    """

    history: PairHistory
    fair: tuple[float | None, ...] | None = None
    fair_name: str = ""
    promised: bool = False
    swap: SwapCosts | None = None
    fee_bps: float | None = None
    carry_bps: float = 0.0

    @property
    def name(self) -> str:
        """The replacement's."""
        return self.history.replacement


class Costs(Frozen):
    """The parts in bps a year; `total` is their sum, `low` and `high` with the ends of the tracking
    error's interval. None: not known, and not in the sum."""

    tracking: float
    fees: float | None
    impact: float | None
    gap: float | None
    holding: float
    carry: float
    total: float
    low: float
    high: float


class Spread(Frozen):
    """A rolling figure over the history: at its end, and its least, middle and largest."""

    last: float
    least: float
    median: float
    largest: float


class Measures(Frozen):
    """What the price history says. `windows` and `basis_windows` are the rolling figures whole."""

    whole: Whole
    window: Window
    tracking_error: Spread
    correlation: Spread | None
    basis: Basis | None
    windows: tuple[Window, ...] = Field(repr=False)
    basis_windows: tuple[RollingBasis, ...] = Field(repr=False)


class Ranked(Frozen):
    """A replacement with its place (from 1), costs, measures and the reasons in words.

    `clear`: its whole cost interval lies below the next one's."""

    place: int
    replacement: str
    costs: Costs
    priced: Estimate
    measures: Measures
    swap: SwapCosts | None
    clear: bool
    why: str


class PairRefusal(Frozen):
    """A replacement that is not ranked: the reason, in words, and the numbers behind it."""

    replacement: str
    code: PairReason
    reason: str
    evidence: dict[str, int | float | str]

    def explain(self) -> str:
        """One line."""
        numbers = ", ".join(f"{name} {value}" for name, value in self.evidence.items())
        return f"{self.replacement}: {self.reason} ({numbers})"


class Ranking(Frozen):
    """Cheapest first, and those that are out. `notes` say what the comparison leaves out."""

    asset: str
    ranked: tuple[Ranked, ...]
    refused: tuple[PairRefusal, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Row:
    candidate: Candidate
    measures: Measures
    priced: Estimate
    costs: Costs


def rank(
    asset: str,
    candidates: Iterable[Candidate],
    terms: Terms | None = None,
    same: Sameness | None = None,
) -> Ranking:
    """Every candidate ranked or refused. Without `same` no loss rule is looked at, and without a
    candidate's `swap` neither is its depth; the notes say so.

    Raises PairsError for a candidate that comes twice, is the asset itself, or belongs to another.
    """
    terms = terms or Terms()
    rows: list[_Row] = []
    refused = []
    seen: set[str] = set()
    for candidate in candidates:
        if candidate.name in seen or candidate.name == asset or candidate.history.asset != asset:
            raise PairsError(
                f"{candidate.name} is no candidate to replace {asset}: give each other asset once, "
                f"with its history beside {asset}",
                name="candidate",
                value=candidate.name,
            )
        seen.add(candidate.name)
        refusal = _refusal(asset, candidate, terms, same)
        if refusal is not None:
            refused.append(refusal)
        else:
            rows.append(_row(candidate, terms))
    # By name where costs are equal, so that the order of a file decides nothing.
    rows.sort(key=lambda row: (row.costs.total, row.candidate.name))
    return Ranking(
        asset=asset,
        ranked=tuple(
            _ranked(place, row, rows[place] if place < len(rows) else None)
            for place, row in enumerate(rows, 1)
        ),
        refused=tuple(refused),
        notes=tuple(_notes(rows, same)),
    )


def measures(candidate: Candidate, terms: Terms) -> Measures:
    """What the candidate's history says. Raises PairsError where it has fewer returns than the
    window."""
    history = candidate.history
    windows = rolling(history, terms.window, terms.confidence)
    if not windows:
        raise PairsError(
            f"{candidate.name} has {len(history.returns)} returns for a window of {terms.window}: "
            "give more prices, or take a shorter window",
            name="prices",
            limit=terms.window,
            value=len(history.returns),
        )
    correlations = [w.correlation.value for w in windows if w.correlation is not None]
    found = () if candidate.promised else gaps(history, terms.window, candidate.fair)
    against = candidate.fair_name or f"the mean of the {terms.window} prices before"
    enough = len(found) >= terms.window
    return Measures(
        whole=whole(history, terms.confidence, terms.draws),
        window=windows[-1],
        tracking_error=_spread([w.tracking_error.value for w in windows]),
        correlation=_spread(correlations) if correlations else None,
        basis=basis(found, history.step, against, terms.confidence, terms.draws)
        if enough
        else None,
        windows=windows,
        basis_windows=rolling_basis(found, terms.window),
    )


def _refusal(
    asset: str, candidate: Candidate, terms: Terms, same: Sameness | None
) -> PairRefusal | None:
    def no(code: PairReason, reason: str, **evidence: int | float | str) -> PairRefusal:
        return PairRefusal(
            replacement=candidate.name, code=code, reason=reason, evidence=dict(evidence)
        )

    if same is not None:
        ours = same.classes.get(asset, asset)
        if same.classes.get(candidate.name, candidate.name) == ours:
            grounds = same.why.get(candidate.name) or same.why.get(asset) or "one class"
            return no(PairReason.SAME, f"same for {same.label}", asset=asset, why=grounds)
    returns = len(candidate.history.returns)
    if returns < terms.window:
        span = {}
        if candidate.history.times:
            span["first"] = _day(candidate.history.times[0])
            span["last"] = _day(candidate.history.times[-1])
        return no(
            PairReason.TOO_SHORT,
            PairReason.TOO_SHORT.value,
            returns=returns,
            window=terms.window,
            **span,
        )
    swap = candidate.swap
    if swap is None:
        return None
    if not swap.pools:
        return no(PairReason.NO_POOL, PairReason.NO_POOL.value, tokens=f"{asset}/{candidate.name}")
    ways = (("into it", swap.out, swap.depth_out), ("back", swap.back, swap.depth_back))
    for name, way, deep in ways:
        if way is None or way.cost_bps > deep.limit_bps:
            evidence: dict[str, int | float | str] = {"way": name, "limit_bps": deep.limit_bps}
            if way is None:
                evidence["cost_bps"] = "none: no pool takes all of it"
            else:
                evidence["cost_bps"] = round(way.cost_bps, 1)
                evidence["size_units"] = way.amount_in
            evidence["depth_units"] = deep.amount_in
            return no(PairReason.TOO_LITTLE_DEPTH, PairReason.TOO_LITTLE_DEPTH.value, **evidence)
    return None


def _row(candidate: Candidate, terms: Terms) -> _Row:
    found = measures(candidate, terms)
    if terms.risk is Risk.HISTORY:
        priced = found.whole.tracking_error
    elif terms.risk is Risk.WINDOW:
        priced = found.window.tracking_error
    else:
        priced = max((w.tracking_error for w in found.windows), key=lambda one: one.value)
    return _Row(candidate, found, priced, _costs(candidate, priced, terms))


def _costs(candidate: Candidate, priced: Estimate, terms: Terms) -> Costs:
    def risk(error: float) -> float:
        return BPS * terms.risk_aversion / 2 * error**2

    fees = impact = gap = None
    swap = candidate.swap
    if swap is not None and swap.out is not None and swap.back is not None:
        fees = (swap.out.fee_bps + swap.back.fee_bps) / terms.years
        impact = (swap.out.impact_bps + swap.back.impact_bps) / terms.years
        gap = (swap.out.gap_bps + swap.back.gap_bps) / terms.years
    elif candidate.fee_bps is not None:
        fees = 2 * candidate.fee_bps / terms.years
    holding = BPS * terms.restart.cost / terms.years
    rest = (fees or 0.0) + (impact or 0.0) + (gap or 0.0) + holding - candidate.carry_bps
    low = priced.value if priced.low is None else priced.low
    high = priced.value if priced.high is None else priced.high
    return Costs(
        tracking=risk(priced.value),
        fees=fees,
        impact=impact,
        gap=gap,
        holding=holding,
        carry=0.0 - candidate.carry_bps,
        total=risk(priced.value) + rest,
        low=risk(low) + rest,
        high=risk(high) + rest,
    )


def _ranked(place: int, row: _Row, after: _Row | None) -> Ranked:
    clear = after is None or row.costs.high < after.costs.low
    return Ranked(
        place=place,
        replacement=row.candidate.name,
        costs=row.costs,
        priced=row.priced,
        measures=row.measures,
        swap=row.candidate.swap,
        clear=clear,
        why=_why(row, after, clear),
    )


def _parts(costs: Costs) -> dict[str, float]:
    return {
        "tracking": costs.tracking,
        "fees": costs.fees or 0.0,
        "impact": costs.impact or 0.0,
        "gap to the mid": costs.gap or 0.0,
        "holding period": costs.holding,
        "carry": costs.carry,
    }


def _why(row: _Row, after: _Row | None, clear: bool) -> str:
    """What the cost mostly is, and by what part it is below the next one's."""
    parts = _parts(row.costs)
    shown = [
        f"{name} {_number(value)}"
        for name, value in sorted(parts.items(), key=lambda item: -abs(item[1]))
        if value
    ]
    words = ", ".join(shown) + " bps a year" if shown else "costs nothing that is known"
    if row.costs.fees is None:
        words += "; fees and impact not known"
    if after is None:
        return words
    theirs = _parts(after.costs)
    less = after.costs.total - row.costs.total
    most = max(parts, key=lambda name: theirs[name] - parts[name])
    words += f"; {_number(less)} less than {after.candidate.name}"
    if theirs[most] > parts[most]:
        words += f", by {most} most of all"
    return words if clear else f"{words}, within the uncertainty of tracking"


def _notes(rows: list[_Row], same: Sameness | None) -> Iterable[str]:
    if same is None:
        yield "no loss rule was asked about: a replacement may count as the same asset"
    firsts = {row.measures.whole.first for row in rows}
    if len(firsts) > 1:
        spans = ", ".join(f"{r.candidate.name} {_day(r.measures.whole.first)}" for r in rows)
        yield f"histories begin on different days ({spans}): cut them to compare the same markets"
    known = {row.costs.fees is not None for row in rows}
    if False in known:
        names = ", ".join(row.candidate.name for row in rows if row.costs.fees is None)
        yield f"no fees or pools are known of {names}: their totals leave the swaps out"
    promised = ", ".join(row.candidate.name for row in rows if row.candidate.promised)
    if promised:
        yield f"{promised}: priced by a promised rate; a market's discount would add to tracking"


def _spread(values: list[float]) -> Spread:
    ordered = sorted(values)
    half = len(ordered) // 2
    middle = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
    return Spread(last=values[-1], least=ordered[0], median=middle, largest=ordered[-1])


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def _day(time: datetime) -> str:
    return f"{time:%Y-%m-%d}"
