"""Market prices for the harvest table: as `WETH=1650.5`, from a file, or the vault's own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from vaultsdk.cli.common import Failure, Target
from vaultsdk.cli.tax.files import text_of
from vaultsdk.tax.errors import LedgerProblemsError, Problem
from vaultsdk.tax.ledger.amounts import MONEY_PLACES, integer_of
from vaultsdk.tax.ledger.table import read_table

_COLUMNS: Final = ("asset", "price")
_WAD: Final = 10**18


def prices_of(texts: Iterable[str]) -> dict[str, int]:
    """Money (1e-18) per whole token by asset, from pairs and files.

    Raises Failure for a pair that will not do or an asset named twice, LedgerProblemsError with all
    faults of a file.
    """
    found: dict[str, int] = {}
    for text in texts:
        if "=" not in text and not Path(text).exists():
            raise Failure(
                f"cannot read {text}: No such file; correct --prices, or write ASSET=PRICE"
            )
        more = _pair(text) if "=" in text else _file(Path(text))
        for asset, price in more.items():
            if asset in found:
                raise Failure(f"--prices gives {asset} twice: keep one")
            found[asset] = price
    return found


def vault_prices(target: Target) -> dict[str, int]:
    """The vault's own prices (USD wad per whole token), of the assets that have one now."""
    vault = target.vault()
    state = vault.state()
    symbols = {asset.id: asset.symbol for asset in target.deployment.assets}
    if not state.base_feed.ok:
        return {}
    return {
        symbols[it.id]: state.base_feed.answer * it.rate.answer // _WAD
        for it in vault.assets(state.block_number)
        if it.rate.ok and it.id in symbols
    }


def _pair(text: str) -> dict[str, int]:
    asset, _, number = (part.strip() for part in text.partition("="))
    try:
        if not asset:
            raise ValueError("the asset is missing")
        return {asset: integer_of(number, MONEY_PLACES)}
    except ValueError as error:
        raise Failure(f"--prices {text}: {error}; write ASSET=PRICE, like WETH=1650.5") from None


def _file(path: Path) -> dict[str, int]:
    problems: list[Problem] = []
    found: dict[str, int] = {}
    for row, (asset, number) in read_table(text_of(path, "--prices"), _COLUMNS, _COLUMNS, problems):
        if asset in found:
            problems.append(Problem(row, "asset", f"{asset} is given already: keep one"))
            continue
        try:
            found[asset] = integer_of(number, MONEY_PLACES)
        except ValueError as error:
            problems.append(Problem(row, "price", str(error)))
    if problems:
        raise LedgerProblemsError(problems, str(path))
    return found
