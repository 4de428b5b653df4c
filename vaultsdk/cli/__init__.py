"""The `vaultsdk` command line: one module per command or group.

Commands only parse, call the layers below and print; each error a user can cause ends as one line
that says what to do, with a non-zero exit code. This file knows every command by name and imports
none of them before it is asked for, so that `vaultsdk --help` needs no web3.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Final, NamedTuple

import click

from vaultsdk import __version__
from vaultsdk.cli.failures import DEBUG_KEY, LotvaultGroup


class _Entry(NamedTuple):
    """Where a command lies, and its line in `vaultsdk --help`."""

    module: str
    attribute: str
    help: str


COMMANDS: Final[dict[str, _Entry]] = {
    "devnet": _Entry("devnet", "devnet", "A local chain with the real exchange and a vault."),
    "demo": _Entry("demo", "demo", "A bear market on a local chain, harvested and explained."),
    "networks": _Entry("networks", "networks", "Public networks: addresses, sources, checks."),
    "deploy": _Entry("deploy", "deploy", "Deploy a vault from a TOML file and verify it."),
    "lots": _Entry("lots", "lots", "An owner's tax lots with basis, price and gain."),
    "deposit": _Entry("deposit", "deposit", "Deposit an asset as a new lot."),
    "withdraw": _Entry("withdraw", "withdraw", "Withdraw lots in kind, whole or in part."),
    "buy": _Entry("trade", "buy", "Buy an asset with the quote; the price paid is the basis."),
    "sell": _Entry("trade", "sell", "Sell lots for the quote."),
    "policy": _Entry("policy", "policy", "Policies: list, show, create, change a lot's."),
    "offer": _Entry("transfer", "offer", "Offer a lot to another account."),
    "claim": _Entry("transfer", "claim", "Claim a lot that was offered to you."),
    "roll": _Entry("transfer", "roll", "Bring a lot up to date through its harvests."),
    "cohorts": _Entry("cohorts", "cohorts", "Cohorts that lots travel in, open and harvested."),
    "vault": _Entry("vault", "vault", "The vault itself: assets, prices, bucket, roles."),
    "route": _Entry("route", "route", "How to split a sale over the pools, and what it costs."),
    "pairs": _Entry("pairs", "pairs", "Which asset to hold instead, and what that costs."),
    "plan": _Entry("plan", "plan", "What the keeper would do now, and why."),
    "why": _Entry("why", "why", "Why a cohort is, or is not, harvested now."),
    "harvest": _Entry("harvest", "harvest", "Send a harvest by hand."),
    "keeper": _Entry("keeper", "keeper", "The program that harvests when it pays."),
    "backtest": _Entry("backtest", "backtest", "Policies against each other on a price history."),
    "tax": _Entry("tax", "tax", "Disposals, gains and forms from a ledger or a vault's log."),
}


class _Root(LotvaultGroup):
    """Commands that are imported when used, and left out when not installed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands there are, in the order of a newcomer's needs."""
        return [name for name, entry in COMMANDS.items() if _installed(entry)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None when there is none of that name."""
        entry = COMMANDS.get(cmd_name)
        if entry is None or not _installed(entry):
            return None
        command = getattr(import_module(f"vaultsdk.cli.{entry.module}"), entry.attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table above alone."""
        rows = [(name, COMMANDS[name].help) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _installed(entry: _Entry) -> bool:
    return find_spec(f"vaultsdk.cli.{entry.module}") is not None


@click.group(
    name="vaultsdk",
    cls=_Root,
    # Amounts, addresses and error lines are worth more columns than click's 80.
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, package_name="vaultsdk")
@click.option(
    "--debug", is_flag=True, envvar="LOTVAULT_DEBUG", help="Show where an error came from."
)
@click.pass_context
def main(ctx: click.Context, debug: bool) -> None:
    """Tax lots in a vault: deposit, read, and harvest losses.

    Every command takes --help. Commands that talk to a chain take --deployment (or
    LOTVAULT_DEPLOYMENT) and --rpc (or LOTVAULT_RPC); `vaultsdk devnet up` starts a local one.
    """
    ctx.meta[DEBUG_KEY] = debug
