"""What a computation may be asked for beside ledger and profile."""

from __future__ import annotations

from vaultsdk.core.model import Frozen
from vaultsdk.tax.identity import Confidence, Identity


class Options(Frozen):
    """See `vaultsdk.tax.compute.compute` for each."""

    method: str | None = None
    scope: str = "auto"
    as_of: int | None = None
    confidence: Confidence = Confidence.HIGH
    identity: Identity | None = None
    identified: frozenset[str] = frozenset()  # events whose named lots are used under any method
