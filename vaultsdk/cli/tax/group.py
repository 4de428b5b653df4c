"""How the tax commands fail: every fault of a ledger on a line of its own, then how many."""

from __future__ import annotations

from typing import Any

import click

from vaultsdk.cli.failures import Failure, LotvaultGroup
from vaultsdk.tax.errors import LedgerProblemsError


class TaxCommand(click.Command):
    """A command that lists the faults of a ledger instead of putting them all into one line."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn LedgerProblemsError into its list and a Failure."""
        try:
            return super().invoke(ctx)
        except LedgerProblemsError as error:
            for problem in error.problems:
                click.echo(problem.text(error.source), err=True)
            count = len(error.problems)
            # A log cannot be edited; what it does not tell, such as a gift's value, a file can.
            log = ctx.params.get("vault_owner") and error.source.startswith("vault ")
            hint = (
                "; write the log to a file with `vaultsdk tax ledger --out FILE`, complete it "
                "there, and give it with --ledger"
            )
            raise Failure(
                f"{error.source} has {count} problem{'' if count == 1 else 's'}, listed above: "
                f"nothing was computed{hint if log else ''}"
            ) from error


class TaxGroup(LotvaultGroup):
    """The group of the tax commands."""

    command_class = TaxCommand
