"""Matchers: which units a disposal takes, as a choice of engine and method."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Method(StrEnum):
    """Orders in which lots are used. SPEC: the lots that the row names, for the rest FIFO."""

    FIFO = "fifo"
    LIFO = "lifo"
    HIFO = "hifo"
    SPEC = "spec"


class EngineName(StrEnum):
    """LOTS: single lots by a method. SHARES: the UK's same day, 30 days, section 104. AVERAGE: one
    moving average."""

    LOTS = "lots"
    SHARES = "shares"
    AVERAGE = "average"


@dataclass(frozen=True)
class Matching:
    """An engine and the methods it may be asked for, the default first; none = there is no choice.

    `rule` is what a disposal's `rule` says where the engine has one name for all.
    """

    engine: EngineName
    methods: tuple[Method, ...] = ()
    rule: str = ""


US_LOTS: Final = Matching(EngineName.LOTS, (Method.SPEC, Method.FIFO, Method.LIFO, Method.HIFO))
"""Treas. Reg. § 1.1012-1(j)(3): units identified no later than the sale, else the earliest
acquired. So the default is SPEC, which is FIFO for rows that name no lots; LIFO and HIFO are
identifications by a standing rule. Transfers take the units they name, else the earliest."""

DE_LOTS: Final = Matching(EngineName.LOTS, (Method.FIFO,))
"""First in, first out, wallet by wallet: BMF letters of 2022-05-10 and 2025-03-06 on crypto."""

UK_SHARES: Final = Matching(EngineName.SHARES)
"""TCGA 1992 ss. 104, 105, 106A; HMRC Cryptoassets Manual CRYPTO22200 and following."""

CA_AVERAGE: Final = Matching(EngineName.AVERAGE, rule="ACB")
"""Income Tax Act (Canada) s. 47(1): identical properties have their average cost."""

PLAIN_AVERAGE: Final = Matching(EngineName.AVERAGE, rule="AVERAGE")
"""A moving average, in many countries' manner and under nobody's law."""
