"""How far one stock of lots reaches: a wallet's own, or all of the taxpayer's."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

from vaultsdk.tax.rules.timeline import Dated, Timeline


class Scope(StrEnum):
    """WALLET: units are taken from lots of the wallet that disposes. UNIVERSAL: from any of the
    taxpayer's, wherever they are kept."""

    WALLET = "wallet"
    UNIVERSAL = "universal"


US_SCOPE: Final = Timeline(
    (
        Dated(Scope.UNIVERSAL, until=date(2024, 12, 31)),
        Dated(Scope.WALLET, since=date(2025, 1, 1)),
    )
)
"""Treas. Reg. § 1.1012-1(j): by wallet or account from 2025-01-01; Rev. Proc. 2024-28: how unused
basis of the years before is allocated to wallets at that moment."""

PER_WALLET: Final = Timeline.always(Scope.WALLET)
"""Germany: the order of use is applied to each wallet (BMF letter on crypto assets of 2022-05-10,
IV C 1 - S 2256/19/10003 :001, and of 2025-03-06)."""

PER_TAXPAYER: Final = Timeline.always(Scope.UNIVERSAL)
"""One pool for a taxpayer: TCGA 1992 s. 104 (UK); Income Tax Act s. 47 (Canada)."""
