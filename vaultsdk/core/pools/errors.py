"""What can be wrong with a pool's snapshot."""

from __future__ import annotations

from vaultsdk.core.errors import LotvaultError


class PoolError(LotvaultError):
    """A pool's snapshot that no pool can be in, or one with nothing to trade; `name` says which
    check."""
