"""How a command fails: one line on stderr that says what to do, exit code 1; usage errors 2.

Nothing here imports web3: errors of libraries are known by the module that defines them.
"""

from __future__ import annotations

from typing import Any, Final

import click

from vaultsdk.core.errors import LotvaultError

DEBUG_KEY: Final = "vaultsdk.debug"

_NETWORK_MODULES: Final = frozenset({"requests", "urllib3", "aiohttp", "websockets"})


class Failure(click.ClickException):
    """Ends a command with `Error: <one line>` on stderr and exit code 1."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


def failure_of(error: Exception) -> Failure:
    """The line for an error that a command did not expect to survive."""
    if isinstance(error, LotvaultError):
        return Failure(str(error))
    library = type(error).__module__.partition(".")[0]
    if library in _NETWORK_MODULES or isinstance(error, ConnectionError | TimeoutError):
        return Failure(
            f"the node does not answer ({type(error).__name__}): is it running, and is --rpc "
            "(or LOTVAULT_RPC) right? `vaultsdk devnet up` starts a local one"
        )
    if isinstance(error, OSError):
        where = f" {error.filename}" if error.filename else ""
        return Failure(f"cannot use file{where}: {error.strerror or error}")
    if library == "web3":
        return Failure(f"the node refused: {error}")
    return Failure(
        f"unexpected {type(error).__name__}: {str(error) or 'no message'}; "
        "`vaultsdk --debug ...` shows where it came from"
    )


class LotvaultGroup(click.Group):
    """A group whose commands fail in one line. Nested ones leave it to the outermost to print.

    With --debug the error itself passes through, traceback and all.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn every error into a Failure."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            # A broken pipe (`vaultsdk lots | head`) is click's to end quietly.
            if ctx.find_root().meta.get(DEBUG_KEY) or isinstance(error, BrokenPipeError):
                raise
            raise failure_of(error) from error
