"""A lack of tokens, told to people: by symbol, and with where more of them come from."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from vaultsdk.core.deployment import Deployment

_USUAL: Final = "get more first, or ask for less"


def funds_told(function: Callable[..., Any]) -> Callable[..., Any]:
    """Around a command that takes `target`: NoFundsError names tokens as the deployment does."""

    @functools.wraps(function)
    def told(*arguments: Any, **named: Any) -> Any:
        from vaultsdk.chain.refusals import NoFundsError

        try:
            return function(*arguments, **named)
        except NoFundsError as error:
            line = in_words(str(error), named["target"].deployment)
            raise NoFundsError(
                line, name=error.name, limit=error.limit, value=error.value
            ) from error

    return told


def in_words(line: str, deployment: Deployment) -> str:
    """The line with the symbol of its token, and on a local chain with the faucet's command."""
    for token in (*deployment.assets, deployment.quote):
        if f"token {token.address}" not in line:
            continue
        line = line.replace(f"token {token.address}", f"token {token.symbol} {token.address}")
        ways = [_USUAL]
        if token.symbol == "WETH":
            ways.append("let --wrap make it from ether")
        if deployment.devnet is not None:
            ways.append(f"take test tokens with `vaultsdk devnet give ACCOUNT {token.symbol} ...`")
        return line.replace(_USUAL, ", or ".join(ways))
    return line
