"""A harvest as a row of text, for the terminal and the page alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from vaultsdk.core.units import human, human_usd
from vaultsdk.demo.result import HarvestLine

COLUMNS: Final = (
    "#",
    "day",
    "ETH/USD",
    "swap",
    "cohorts",
    "lots",
    "sold",
    "loss realised",
    "swap cost",
    "gas",
    "gas cost",
)
_UNITS: Final = 18  # decimals of every asset of the demo's vault


def cells(line: HarvestLine) -> tuple[str, ...]:
    """One text for each of COLUMNS."""
    return (
        str(line.number),
        datetime.fromtimestamp(line.time, UTC).date().isoformat(),
        human_usd(line.price),
        f"{line.from_asset} → {line.to_asset}",
        str(line.cohorts),
        str(line.lots),
        human(line.sold, _UNITS, 2),
        human_usd(line.loss),
        human_usd(line.cost),
        f"{line.gas:,}",
        human_usd(line.gas_usd),
    )
