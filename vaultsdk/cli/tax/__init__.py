"""`vaultsdk tax`: what a ledger, or a vault's log, comes to under a jurisdiction's rules."""

from __future__ import annotations

import click

from vaultsdk.cli.tax.candidates import candidates
from vaultsdk.cli.tax.compare import compare
from vaultsdk.cli.tax.compute import compute
from vaultsdk.cli.tax.explain import explain
from vaultsdk.cli.tax.group import TaxGroup
from vaultsdk.cli.tax.ledger import ledger
from vaultsdk.cli.tax.profiles import profiles
from vaultsdk.cli.tax.report import report


@click.group(cls=TaxGroup)
def tax() -> None:
    """Disposals, gains, forms and what-ifs. This is software, not tax advice.

    The ledger is a CSV file (--ledger FILE, or - for stdin) with the columns id, time, type, asset,
    quantity and as many of total, fee, fee_quantity, wallet, to_wallet, owner, lot, group, side,
    acquired, note, currency as it needs; or what a vault's log tells about the addresses of one
    taxpayer (--vault-owner).

    A ledger with faults gives no result: every fault is listed, with row and column.
    """


for _command in (compute, report, explain, candidates, compare, ledger, profiles):
    tax.add_command(_command)
