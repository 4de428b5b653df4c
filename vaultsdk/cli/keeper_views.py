"""What plan, why, harvest and keeper print: one form for the same things, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.table import Table
from rich.text import Text

from vaultsdk.cli.common import table
from vaultsdk.core.units import human, human_usd

if TYPE_CHECKING:
    from vaultsdk.keeper.config import KeeperConfig
    from vaultsdk.keeper.decide import Decision, Decisions
    from vaultsdk.keeper.job import RunReport
    from vaultsdk.keeper.plan import Planned
    from vaultsdk.keeper.state import Snapshot

F = TypeVar("F", bound=Callable[..., Any])


# ---------------------------------------------------------------- options
class PercentType(click.ParamType):
    """A percentage with at most two places, passed on as bps."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The bps of a text like `10` or `2.5`."""
        if isinstance(value, int):
            return value
        try:
            bps = Decimal(str(value).removesuffix("%").strip()) * 100
        except InvalidOperation:
            self.fail(f"{value!r} is not a percentage: write it like 10 or 2.5", param, ctx)
        if not bps.is_finite() or bps != bps.to_integral_value() or bps < 0:
            self.fail(f"{value!r}: give 0 or more, with at most two places", param, ctx)
        return int(bps)


class ScaledType(click.ParamType):
    """A decimal number, passed on as an integer of `places` more digits."""

    def __init__(self, name: str, places: int) -> None:
        self.name = name
        self._places = places

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The scaled integer of a text like `25` or `0.5`."""
        if isinstance(value, int):
            return value
        from vaultsdk.core.errors import LotvaultError
        from vaultsdk.core.units import parse_amount

        try:
            return parse_amount(str(value).removeprefix("$"), self._places, self.name)
        except LotvaultError as error:
            self.fail(str(error), param, ctx)


def terms_options(function: F) -> F:
    """The keeper's own terms, --margin and what follows; each is None when not given."""
    for option in reversed(
        (
            click.option(
                "--margin",
                "margin_bps",
                type=PercentType(),
                metavar="PERCENT",
                help="Net benefit wanted, as a share of all costs.  [default: 10]",
            ),
            click.option(
                "--fee-bps",
                type=click.IntRange(0, 10_000),
                help="Keeper's fee asked for, bps of the proceeds.  [default: 0]",
            ),
            click.option(
                "--fee-covers-gas",
                is_flag=True,
                default=None,
                help="Harvest only what pays the keeper its gas back.",
            ),
            click.option(
                "--max-gas-price",
                type=ScaledType("gwei", 9),
                metavar="GWEI",
                help="Send nothing above this gas price.",
            ),
            click.option(
                "--priority-fee",
                type=ScaledType("gwei", 9),
                metavar="GWEI",
                help="Tip per gas unit.  [default: what the node suggests]",
            ),
            click.option(
                "--max-cost",
                "max_cost_usd",
                type=ScaledType("USD", 18),
                metavar="USD",
                help="Most that one harvest may cost in all.",
            ),
            click.option(
                "--slack-bps",
                type=click.IntRange(0, 9_999),
                help="How much worse than quoted it may land.  [default: 20]",
            ),
        )
    ):
        function = option(function)
    return function


def journal_option(function: F) -> F:
    """--journal FILE."""
    return click.option(
        "--journal",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Where sent transactions are remembered.  [default: a file under out/keeper]",
    )(function)


def keeper_config(**given: Any) -> KeeperConfig:
    """The configuration, with defaults for what was not given."""
    from vaultsdk.keeper.config import KeeperConfig

    return KeeperConfig(**{name: value for name, value in given.items() if value is not None})


# ---------------------------------------------------------------- documents
def plan_document(
    snapshot: Snapshot, decisions: Decisions, planned: tuple[Planned, ...]
) -> dict[str, Any]:
    """The JSON of a plan. USD and base in wad, units in smallest units, times in seconds."""
    return {
        "vault": snapshot.vault,
        "chain_id": snapshot.chain_id,
        "block": snapshot.block_number,
        "block_hash": snapshot.block_hash,
        "timestamp": snapshot.timestamp,
        "gas_price_wei": snapshot.gas_price.wei,
        "harvests_paused": snapshot.config.harvests_paused,
        "bucket": snapshot.bucket.model_dump(),
        "alarms": [alarm.model_dump(mode="json") for alarm in decisions.alarms],
        "harvests": [harvest_document(one) for one in planned],
        "cohorts": [cohort_document(one, snapshot) for one in decisions.decisions],
    }


def cohort_document(decision: Decision, snapshot: Snapshot) -> dict[str, Any]:
    """One cohort's decision."""
    from vaultsdk.core.decision import Refusal
    from vaultsdk.keeper.explain import sentence

    one, outcome = decision.candidate, decision.outcome
    found: dict[str, Any] = {
        "cohort": str(one.key),
        "key": one.key.hex,
        "asset": snapshot.assets[one.key.asset].symbol,
        "units": one.units,
        **decision.outlook.model_dump(),
        "explanation": sentence(decision, snapshot),
    }
    if isinstance(outcome, Refusal):
        return found | {
            "decision": "refused",
            "reason": outcome.reason.value,
            "evidence": outcome.evidence,
        }
    return found | {
        "decision": "harvest",
        "harvest": outcome.batch,
        "to_asset": snapshot.assets[outcome.to_asset].symbol,
        "breakdown": outcome.breakdown.numbers(),
    }


def harvest_document(planned: Planned) -> dict[str, Any]:
    """One harvest to send."""
    choice, call = planned.batch.choice, planned.call
    return {
        "cohorts": [one.key.hex for one in choice.plan.candidates],
        "asset_in": planned.batch.market.asset_in,
        "asset_out": planned.batch.market.asset_out,
        "sold": choice.plan.sold,
        "gross": choice.settled.gross,
        "fee": choice.settled.fee,
        "net": choice.settled.net,
        "bucket_debit": choice.settled.debit,
        "route": choice.curve.route.model_dump(mode="json"),
        "min_rate": call.min_rate,
        "min_sold": call.min_sold,
        "fee_bps": call.fee_bps,
        "deadline": call.deadline,
        "breakdown": choice.breakdown.numbers(),
    }


def report_document(report: RunReport) -> dict[str, Any]:
    """The JSON of a run: the plan, and what came of it."""
    found = plan_document(report.snapshot, report.decisions, report.planned)
    return found | {
        "landed": [one.model_dump(mode="json") for one in report.harvests],
        "simulated": [
            {
                "cohorts": [f"0x{key:x}" for key in one.planned.call.keys],
                "gas_used": one.gas_used,
                "breakdown": one.breakdown.numbers(),
            }
            for one in report.simulated
        ],
        "not_sent": [one.model_dump(mode="json") for one in report.refusals],
        "refused": report.refused,
    }


# ---------------------------------------------------------------- tables
def plan_tables(
    snapshot: Snapshot, decisions: Decisions, planned: tuple[Planned, ...], every: bool = True
) -> list[Any]:
    """The plan for people: cohorts, harvests, alarms. `every` False leaves refused cohorts out."""
    tables: list[Any] = [_head(snapshot)]
    rows = [one for one in decisions.decisions if every or one.harvested]
    if rows:
        tables.append(_cohorts(rows, snapshot))
    elif every:
        tables.append(Text("No cohort is open."))
    if planned:
        tables.append(_harvests(planned, snapshot))
    tables += [alarm_line(alarm.explain()) for alarm in decisions.alarms]
    return tables


def alarm_line(text: str) -> Text:
    """A warning that the loss bucket cannot carry a cohort."""
    return Text(f"Alarm: the loss bucket cannot carry cohort {text}", style="bold red")


def _head(snapshot: Snapshot) -> Text:
    from vaultsdk.core.harvest_rules import bucket_room
    from vaultsdk.keeper.explain import date

    gwei = human(snapshot.gas_price.wei, 9, 2)
    room = human(bucket_room(snapshot.bucket, snapshot.timestamp), 18)
    return Text(
        f"Block {snapshot.block_number}, {date(snapshot.timestamp)} UTC. Gas {gwei} gwei. "
        f"Loss bucket: room for {room} of {human(snapshot.bucket.size, 18)} (base)."
    )


def _cohorts(decisions: list[Decision], snapshot: Snapshot) -> Table:
    from vaultsdk.core.decision import Refusal
    from vaultsdk.keeper.explain import sentence

    numbers = ("units", "price", "threshold", "loss", "worth", "costs", "net")
    made = table("cohort", "asset", *numbers, "decision", "why", title="Cohorts", right=numbers)
    for one in decisions:
        asset = snapshot.assets[one.candidate.key.asset]
        outlook, outcome = one.outlook, one.outcome
        loss, worth = outlook.loss, outlook.benefit
        costs = net = None
        if isinstance(outcome, Refusal):
            if "benefit" in outcome.evidence:
                loss, worth, costs, net = (
                    int(outcome.evidence[name]) for name in ("loss", "benefit", "costs", "net")
                )
            said = Text(outcome.reason.value, style="yellow")
        else:
            split = outcome.breakdown
            loss, worth, costs, net = split.loss, split.benefit, split.costs, split.net
            said = Text(f"harvest {outcome.batch + 1}", style="green")
        made.add_row(
            str(one.candidate.key),
            asset.symbol,
            human(one.candidate.units, asset.decimals),
            *(_usd(value) for value in (outlook.price, outlook.threshold, loss, worth, costs, net)),
            said,
            Text(sentence(one, snapshot)),
        )
    return made


def _usd(value: int | None) -> str:
    return "" if value is None else human_usd(value)


def _harvests(planned: tuple[Planned, ...], snapshot: Snapshot) -> Table:
    numbers = (
        "cohorts",
        "sold",
        "received",
        "worth",
        "swap fee",
        "impact",
        "gap",
        "keeper",
        "gas",
        "net",
    )
    made = table("harvest", "route", *numbers, title="Harvests", right=numbers)
    symbols = {asset.address: asset.symbol for asset in snapshot.assets.values()}
    for number, one in enumerate(planned, start=1):
        choice, market, split = one.batch.choice, one.batch.market, one.batch.choice.breakdown
        made.add_row(
            str(number),
            choice.curve.route.describe(symbols),
            str(len(choice.plan.candidates)),
            f"{human(choice.plan.sold, market.decimals_in)} "
            f"{snapshot.assets[market.asset_in].symbol}",
            f"{human(choice.settled.net, market.decimals_out)} "
            f"{snapshot.assets[market.asset_out].symbol}",
            *(
                human_usd(value)
                for value in (
                    split.benefit,
                    split.swap_fee,
                    split.price_impact,
                    split.oracle_gap,
                    split.keeper_fee,
                    split.gas,
                    split.net,
                )
            ),
        )
    return made


def report_tables(report: RunReport, dry_run: bool, every: bool = False) -> list[Any]:
    """What a run did: harvests that landed or would be sent, and what stopped the others. `every`
    lists the cohorts too."""
    tables: list[Any] = [_head(report.snapshot)]
    snapshot = report.snapshot
    if every and report.decisions.decisions:
        tables.append(_cohorts(list(report.decisions.decisions), snapshot))
    if report.harvests:
        numbers = ("number", "cohorts", "sold", "received", "fee", "gas", "gas cost")
        made = table(*numbers, "transaction", title="Harvested", right=numbers)
        for one in report.harvests:
            sold, got = snapshot.assets[one.asset_in], snapshot.assets[one.asset_out]
            made.add_row(
                str(one.number),
                str(len(one.keys)),
                f"{human(one.sold, sold.decimals)} {sold.symbol}",
                f"{human(one.net, got.decimals)} {got.symbol}",
                f"{human(one.fee, got.decimals, 6)} {got.symbol}",
                f"{one.gas_used:,}",
                human_usd(one.gas_usd),
                one.tx_hash,
            )
        tables.append(made)
    if dry_run and report.simulated:
        tables.append(_harvests(tuple(one.planned for one in report.simulated), snapshot))
        tables.append(Text("Dry run: simulated, not sent.", style="bold"))
    tables += [Text(f"Not sent: {one.explain()}", style="yellow") for one in report.refusals]
    counts = ", ".join(f"{count} {reason}" for reason, count in report.refused.items())
    total = len(report.decisions.decisions)
    worth = sum(one.harvested for one in report.decisions.decisions)
    told = f"{total} open cohort{'' if total == 1 else 's'}, {worth} worth harvesting"
    tables.append(Text(told + (f"; refused: {counts}" if counts else "")))
    tables += [alarm_line(alarm.explain()) for alarm in report.decisions.alarms]
    return tables
