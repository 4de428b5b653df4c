"""Why a sale cannot be routed."""

from __future__ import annotations

from vaultsdk.core.errors import LotvaultError


class RoutingError(LotvaultError):
    """A sale that no pools can take, or a question that makes no sense; `name` says which."""
