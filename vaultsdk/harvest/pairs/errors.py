"""The package's own error."""

from __future__ import annotations

from vaultsdk.core.errors import LotvaultError


class PairsError(LotvaultError):
    """Prices or terms with which replacements cannot be compared; the message names them."""
