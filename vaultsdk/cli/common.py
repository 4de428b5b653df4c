"""What commands share: which vault on which node, how to print, and who signs.

    @click.command()
    @target_options
    @output_options
    def lots(target: Target, output: Output) -> None:
        vault = target.vault()               # connected, chain checked
        output.emit(document, table)         # a table, or with --json the document alone

Decorators pass one object each: `target`, `output`, `signing`. Nothing of web3 is imported before
a node is needed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import click
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from vaultsdk.chain.deployment import DEVNET_FILE, load_deployment
from vaultsdk.cli.failures import Failure, LotvaultGroup, failure_of
from vaultsdk.core.deployment import Deployment

if TYPE_CHECKING:
    from vaultsdk.chain.node import Node
    from vaultsdk.chain.signers import Signer
    from vaultsdk.chain.vault import Vault

__all__ = [
    "Failure",
    "LotvaultGroup",
    "Output",
    "Signing",
    "Target",
    "failure_of",
    "output_options",
    "signer_options",
    "table",
    "target_options",
    "with_options",
    "write_file",
]

F = TypeVar("F", bound=Callable[..., Any])

LOCAL_RPC: Final = "http://127.0.0.1:8545"
_NARROWEST: Final = 10  # characters of a column of text that can still be read
_ADDRESSES: Final = ("address", "owner")  # columns of these names hold addresses
_ADDRESS: Final = 42
_PIPE_WIDTH: Final = 200  # in a pipe a column cut to 80 characters would lose half an address


# ---------------------------------------------------------------- which vault, which node
@dataclass
class Target:
    """The deployment file and the node that a command works on; both are opened once, when used.

    Raises DeploymentError for the file, NodeError for the node.
    """

    path: Path
    rpc: str | None = None
    _deployment: Deployment | None = field(default=None, repr=False)
    _node: Node | None = field(default=None, repr=False)
    _vault: Vault | None = field(default=None, repr=False)

    @property
    def deployment(self) -> Deployment:
        """The deployment file's content."""
        if self._deployment is None:
            self._deployment = load_deployment(self.path)
        return self._deployment

    @property
    def url(self) -> str:
        """The node's URL: --rpc, else the local chain's if the file is a local chain's."""
        if self.rpc is not None:
            return self.rpc
        if self.deployment.devnet is None:
            raise Failure(
                f"{self.path} is for chain {self.deployment.chain_id}: say which node with --rpc "
                "URL or LOTVAULT_RPC"
            )
        return self.deployment.devnet.rpc or LOCAL_RPC

    def node(self) -> Node:
        """The node, checked to be on the deployment's chain."""
        if self._node is None:
            from vaultsdk.chain.node import connect

            self._node = connect(self.url, self.deployment, source=str(self.path))
        return self._node

    def vault(self) -> Vault:
        """The vault's client on the checked node."""
        if self._vault is None:
            from vaultsdk.chain.vault import Vault

            self._vault = Vault(self.deployment, self.node())
        return self._vault


def target_options(function: F) -> F:
    """--deployment and --rpc, passed on as `target: Target`."""

    def wrapper(*args: Any, deployment: Path, rpc: str | None, **kwargs: Any) -> Any:
        return function(*args, target=Target(deployment, rpc), **kwargs)

    return with_options(
        function,
        wrapper,
        click.option(
            "--deployment",
            type=click.Path(dir_okay=False, path_type=Path),
            envvar="LOTVAULT_DEPLOYMENT",
            default=DEVNET_FILE,
            show_default=True,
            help="Deployment file (or LOTVAULT_DEPLOYMENT).",
        ),
        click.option(
            "--rpc",
            envvar="LOTVAULT_RPC",
            metavar="URL",
            help=f"Node to talk to (or LOTVAULT_RPC); a local chain's default is {LOCAL_RPC}.",
        ),
    )


# ---------------------------------------------------------------- printing
class _Encoder(json.JSONEncoder):
    def default(self, o: Any) -> Any:
        if hasattr(o, "model_dump"):
            return o.model_dump(mode="json")
        if isinstance(o, bytes | bytearray):
            return "0x" + o.hex()
        if isinstance(o, Decimal | Path):
            return str(o)
        if isinstance(o, Enum):
            return o.value
        return super().default(o)


@dataclass(frozen=True)
class Output:
    """Prints tables for people, or exactly one JSON document on stdout; --out FILE keeps the
    document in a file, with or without --json. Notes and progress go to stderr."""

    as_json: bool = False
    out: Path | None = None

    def emit(self, document: Any, *renderables: RenderableType) -> None:
        """The result of a command. Models, Decimals, bytes and paths in `document` are fine."""
        text = json.dumps(document, indent=2, cls=_Encoder)
        if self.out is not None:
            write_file(self.out, (text + "\n").encode())
        if self.as_json:
            click.echo(text)
            return
        console = Console()
        width = console.width if console.is_terminal else _PIPE_WIDTH
        for number, renderable in enumerate(renderables):
            # A line that is too long is ugly; a number without its last digits is wrong.
            console = Console(width=max(width, _needed(renderable)))
            if number:
                console.print()
            # Sentences go into a pipe unbroken, so that what reads them finds their words.
            unbroken = isinstance(renderable, Text) and not console.is_terminal
            console.print(renderable, soft_wrap=unbroken)

    def note(self, text: str) -> None:
        """A line for people, on stderr."""
        click.echo(text, err=True)


def write_file(path: Path, data: bytes, option: str = "--out") -> None:
    """Write a file that an option named, in a folder that need not exist. Raises Failure."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise Failure(f"cannot write {path}: {error.strerror}; correct {option}") from None


def output_options(function: F) -> F:
    """--json and --out, passed on as `output: Output`."""

    def wrapper(*args: Any, as_json: bool, out: Path | None, **kwargs: Any) -> Any:
        return function(*args, output=Output(as_json, out), **kwargs)

    return with_options(
        function,
        wrapper,
        click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
        click.option(
            "--out",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="Write the JSON document to this file.",
        ),
    )


def _needed(renderable: RenderableType) -> int:
    """Characters without which a table would cut off numbers or addresses, which are never broken;
    it makes room for the addresses in the table itself."""
    if not isinstance(renderable, Table):
        return 0
    longest = 0
    for column in renderable.columns:
        cells = [cell_len(str(cell)) for cell in column.cells]
        width = max([cell_len(str(column.header)), *cells])
        if column.header in _ADDRESSES:
            column.min_width = min(width, _ADDRESS)
        least = width if column.no_wrap else min(width, _NARROWEST)
        longest += max(least, column.min_width or 0) + 2
    return longest


def table(*columns: str, title: str | None = None, right: tuple[str, ...] = ()) -> Table:
    """An empty table in the house's form; columns named in `right` hold numbers."""
    made = Table(title=title, box=None, title_justify="left", title_style="bold", pad_edge=False)
    made.caption_justify = "left"
    for column in columns:
        made.add_column(
            column,
            justify="right" if column in right else "left",
            overflow="fold",
            no_wrap=column in right,
        )
    return made


# ---------------------------------------------------------------- who signs
@dataclass(frozen=True)
class Signing:
    """Who signs: a key file, an encrypted keystore, or an account unlocked on a local node."""

    key_file: Path | None = None
    keystore: Path | None = None
    account: str | None = None

    def signer(self, target: Target) -> Signer:
        """The signer. Raises Failure when none or several were named, SignerError for bad files."""
        from vaultsdk.chain.signers import LocalSigner, UnlockedSigner

        named = [x for x in (self.key_file, self.keystore, self.account) if x is not None]
        if len(named) != 1:
            raise Failure(
                "name one signer: --key-file FILE (or LOTVAULT_KEY_FILE), --keystore FILE, or on "
                "a local chain --account ROLE_OR_ADDRESS"
            )
        if self.key_file is not None:
            return LocalSigner.from_key_file(self.key_file)
        if self.keystore is not None:
            password = os.environ.get("LOTVAULT_KEYSTORE_PASSWORD")
            if password is None:
                password = click.prompt("Password", hide_input=True, err=True)
            return LocalSigner.from_keystore(self.keystore, password)
        assert self.account is not None
        return UnlockedSigner(account_address(self.account, target.deployment))


def account_address(name: str, deployment: Deployment) -> str:
    """An address, or a local chain's role ("keeper", "depositor_0"), as a checksummed address."""
    from vaultsdk.core.model import checksum

    if deployment.devnet is not None and name in deployment.devnet.accounts:
        return deployment.devnet.accounts[name]
    if deployment.devnet is not None and not name.startswith("0x"):
        known = ", ".join(list(deployment.devnet.accounts)[:8])
        raise Failure(f"no account {name} on this local chain: give an address, or one of {known}…")
    return checksum(name)


def signer_options(function: F) -> F:
    """--key-file, --keystore and --account, passed on as `signing: Signing`.

    A key itself is never an argument: the process list and the shell's history would show it.
    """

    def wrapper(
        *args: Any, key_file: Path | None, keystore: Path | None, account: str | None, **kwargs: Any
    ) -> Any:
        if keystore is not None or account is not None:
            # What is said on the command line beats what LOTVAULT_KEY_FILE says.
            source = click.get_current_context().get_parameter_source("key_file")
            if source is click.core.ParameterSource.ENVIRONMENT:
                key_file = None
        return function(*args, signing=Signing(key_file, keystore, account), **kwargs)

    path = click.Path(dir_okay=False, path_type=Path)
    return with_options(
        function,
        wrapper,
        click.option(
            "--key-file",
            type=path,
            envvar="LOTVAULT_KEY_FILE",
            metavar="FILE",
            help="File with a private key (or LOTVAULT_KEY_FILE).",
        ),
        click.option(
            "--keystore",
            type=path,
            metavar="FILE",
            help="Encrypted keystore; asks for its password (or LOTVAULT_KEYSTORE_PASSWORD).",
        ),
        click.option(
            "--account",
            metavar="ROLE|ADDRESS",
            help="Account unlocked on a local node, such as depositor_0.",
        ),
    )


def with_options(function: F, wrapper: Any, *options: Callable[[Any], Any]) -> F:
    """`wrapper` under the name, help and earlier options of `function`, with options added."""
    wrapped: Any = update_wrapper(wrapper, function)
    for option in reversed(options):
        wrapped = option(wrapped)
    return cast(F, wrapped)
