"""Where a ledger comes from: a CSV file, or a vault's log. In the currency that the rules ask for.

@ledger_options
def compute(source: Source, ...) -> None:
    reading = source.read(profile)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from vaultsdk.cli.common import Failure, Target, account_address, target_options, with_options
from vaultsdk.cli.tax.files import STDIN, stdin_text, text_of
from vaultsdk.cli.tax.options import FILE
from vaultsdk.core.units import parse_usd
from vaultsdk.tax.ledger.assets import parse_assets
from vaultsdk.tax.ledger.event import Kind
from vaultsdk.tax.ledger.export import ledger_csv
from vaultsdk.tax.ledger.fx import parse_fx
from vaultsdk.tax.ledger.parse import Reading, read_ledger
from vaultsdk.tax.ledger.vault import events_of_vault
from vaultsdk.tax.rules.treatment import Op

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vaultsdk.tax.ledger.fx import FxTable
    from vaultsdk.tax.ledger.ledger import Ledger
    from vaultsdk.tax.profile import Profile

F = TypeVar("F", bound=Callable[..., Any])

EVERYBODY: Final = "all"
LARGE: Final = 200_000  # events from which on a command says what it is doing
VAULT_CURRENCY: Final = "USD"


@dataclass(frozen=True)
class Source:
    """What the options say about the ledger. Files and the node are read once, when asked for.

    `path` is "-" for stdin and None for a vault; `owners` are then addresses or roles of one
    taxpayer, or "all". `quote_price` is USD wad per whole quote token.
    """

    target: Target
    path: str | None = None
    owners: tuple[str, ...] = ()
    assets: Path | None = None
    fx: Path | None = None
    currency: str = ""
    report_currency: str = ""
    timezone: str = "UTC"
    quote_price: int | None = None
    _known: dict[tuple[str, bool], Reading] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """What errors call the ledger."""
        if self.path is None:
            return self.told.source
        return "stdin" if self.path == STDIN else self.path

    @property
    def everybody(self) -> bool:
        """Whether the ledger has the vault's depositors, who are strangers to each other."""
        return EVERYBODY in self.owners

    def read(self, profile: Profile | None = None) -> Reading:
        """The ledger with its faults, its money in the profile's currency.

        Raises Failure for files and currencies that will not do, LedgerProblemsError for faults of
        the files beside the ledger, and what the chain raises.
        """
        report = self._report(profile)
        carry = profile is None or profile.treatment.last.ops[Kind.GIFT_IN] is Op.RECEIVE
        if (report, carry) not in self._known:
            self._known[report, carry] = self._read(report, carry)
        return self._known[report, carry]

    def _read(self, report: str, gifts_carry: bool) -> Reading:
        if self.path is None:
            return self._vault(report, gifts_carry)
        text = self.text
        rows = text.count("\n")
        if rows > LARGE:
            progress(f"reading about {rows:,} rows of {self.name} …")
        return read_ledger(
            text,
            source=self.name,
            assets=self.decimals,
            fx=self.rates,
            currency=self.currency,
            report_currency=report,
            timezone=self.timezone,
            gifts_carry=gifts_carry,
        )

    # ------------------------------------------------------------ files
    @cached_property
    def text(self) -> str:
        """The CSV text."""
        assert self.path is not None
        if self.path == STDIN:
            return stdin_text()
        return text_of(Path(self.path), "--ledger")

    @cached_property
    def rates(self) -> FxTable | None:
        """The exchange rates, if there are any."""
        return None if self.fx is None else parse_fx(text_of(self.fx, "--fx"), str(self.fx))

    @cached_property
    def decimals(self) -> Mapping[str, int] | None:
        """The assets' decimals, if there is a file of them."""
        if self.assets is None:
            return None
        return parse_assets(text_of(self.assets, "--assets"), str(self.assets))

    # ------------------------------------------------------------ the vault
    @cached_property
    def told(self) -> Ledger:
        """The vault's log as a ledger in USD, up to the node's last block."""
        deployment = self.target.deployment
        owners = (
            None
            if self.everybody
            else [account_address(owner, deployment) for owner in self.owners]
        )
        vault = self.target.vault()
        log = vault.ledger(vault.node.block_number())
        return events_of_vault(
            log,
            chain_id=deployment.chain_id,
            vault=vault.address,
            owners=owners,
            symbols={asset.id: asset.symbol for asset in deployment.assets},
            quote_decimals=deployment.quote.decimals,
            assumed_quote_price=self.quote_price,
            timezone=self.timezone,
            gates=[] if deployment.eth_gate is None else [deployment.eth_gate],
        )

    def _vault(self, report: str, gifts_carry: bool) -> Reading:
        if report in ("", VAULT_CURRENCY):
            return Reading(self.told, [], frozenset())
        if self.rates is None:
            raise Failure(
                f"a vault counts in {VAULT_CURRENCY} and this asks for {report}: give the exchange "
                "rates of its days with --fx FILE (date,from,to,rate)"
            )
        return read_ledger(
            ledger_csv(self.told),
            source=self.told.source,
            assets=self.told.decimals,
            fx=self.rates,
            currency=VAULT_CURRENCY,
            report_currency=report,
            timezone=self.timezone,
            gifts_carry=gifts_carry,
        )

    def _report(self, profile: Profile | None) -> str:
        """The currency that the ledger's money is wanted in; "" where nobody says."""
        own = "" if profile is None else profile.currency
        asked = self.report_currency.upper()
        if own and asked and own != asked:
            assert profile is not None
            raise Failure(
                f"profile {profile.name} reports in {own}, not in {asked}: leave "
                "--report-currency out"
            )
        targets = [] if self.rates is None else self.rates.targets()
        return own or asked or (targets[0] if len(targets) == 1 else "")


def progress(text: str) -> None:
    """A line on stderr about what takes a while."""
    click.echo(text, err=True)


def ledger_options(function: F) -> F:
    """--ledger or --vault-owner and all that goes with them, passed on as `source: Source`."""

    def with_target(*args: Any, target: Target, source: partial[Source], **kwargs: Any) -> Any:
        return function(*args, source=source(target=target), **kwargs)

    # Inside, so that help names the ledger before the node.
    inner = target_options(with_options(function, with_target))

    def wrapper(
        *args: Any,
        ledger_file: str | None,
        vault_owner: tuple[str, ...],
        assets: Path | None,
        fx: Path | None,
        currency: str,
        report_currency: str,
        timezone: str,
        quote_price: str | None,
        **kwargs: Any,
    ) -> Any:
        if (ledger_file is None) == (not vault_owner):
            raise click.UsageError(
                "give one of --ledger FILE (- for stdin) and --vault-owner ADDRESS"
            )
        if EVERYBODY in vault_owner and len(vault_owner) > 1:
            raise click.UsageError("--vault-owner all names everybody: leave the others out")
        source = partial(
            Source,
            path=ledger_file,
            owners=vault_owner,
            assets=assets,
            fx=fx,
            currency=currency,
            report_currency=report_currency,
            timezone=timezone,
            quote_price=None if quote_price is None else parse_usd(quote_price, "--quote-price"),
        )
        return inner(*args, source=source, **kwargs)

    return with_options(
        inner,
        wrapper,
        click.option(
            "--ledger", "ledger_file", metavar="FILE", help="The ledger as CSV; - is stdin."
        ),
        click.option(
            "--vault-owner",
            multiple=True,
            metavar="ROLE|ADDRESS",
            help="Instead of --ledger: what a vault's log tells about this address. Repeat it for "
            "all addresses of one taxpayer; `all` takes every depositor, each on his own.",
        ),
        click.option(
            "--assets",
            type=FILE,
            metavar="FILE",
            help="Decimals of assets: CSV asset,decimals or a JSON object.",
        ),
        click.option(
            "--fx",
            type=FILE,
            metavar="FILE",
            help="Exchange rates: CSV date,from,to,rate; each event at its own day's.",
        ),
        click.option(
            "--currency",
            default="",
            metavar="CODE",
            help="Of money in the ledger that names none; without it the only one that --fx "
            "converts from, else the report's.",
        ),
        click.option(
            "--report-currency",
            default="",
            metavar="CODE",
            help="For a profile without a currency of its own: average.",
        ),
        click.option(
            "--timezone",
            default="UTC",
            show_default=True,
            metavar="NAME",
            help="The taxpayer's, whose days count, such as Europe/London.",
        ),
        click.option(
            "--quote-price",
            metavar="USD",
            help="For a vault's sales without a price on record: USD per quote token.",
        ),
    )
