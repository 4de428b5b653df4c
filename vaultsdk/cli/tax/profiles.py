"""`vaultsdk tax profiles`: whose rules there are."""

from __future__ import annotations

from typing import Any

import click

from vaultsdk.cli.common import Output, output_options, table
from vaultsdk.cli.tax.group import TaxCommand
from vaultsdk.cli.tax.shown import add
from vaultsdk.tax.ledger.event import iso
from vaultsdk.tax.profile import Profile
from vaultsdk.tax.profiles import PROFILES


@click.command(cls=TaxCommand)
@output_options
def profiles(output: Output) -> None:
    """List the profiles: methods, scopes, loss rule, currency, and the page that explains them."""
    shown = table(
        "profile", "title", "matching", "scope", "other scopes", "loss rule", "currency", "page"
    )
    found = [_document(one) for one in PROFILES.values()]
    for one in found:
        add(
            shown,
            one["profile"],
            one["title"],
            ", ".join(one["methods"]) or one["matching"],
            "; ".join(_span(span) for span in one["scope"]),
            ", ".join(one["scopes"]),
            one["loss_rule"] or "every loss counts",
            one["currency"] or "the ledger's",
            one["page"],
        )
    shown.caption = "the first method is the one used without --method"
    output.emit({"profiles": found}, shown)


def _document(one: Profile) -> dict[str, Any]:
    since = [None, *(iso(day) for day, _ in one.scope.changes())]
    return {
        "profile": one.name,
        "title": one.title,
        "matching": one.matching.engine.value,
        "methods": [method.value for method in one.matching.methods],
        "scope": [
            {"scope": scope.value, "since": day}
            for scope, day in zip(one.scope, since, strict=True)
        ],
        "scopes": [scope.value for scope in one.scopes],
        "loss_rule": one.losses.last.name or None,
        "currency": one.currency or None,
        "report": one.report,
        "page": one.page,
    }


def _span(span: dict[str, str | None]) -> str:
    return f"{span['scope']} from {span['since']}" if span["since"] else str(span["scope"])
