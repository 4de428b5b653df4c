"""What the rules that a result names are in words, and where they are written."""

from __future__ import annotations

from typing import Final

from vaultsdk.tax.ledger.event import ordinal

US_ID: Final = "Treas. Reg. § 1.1012-1(j)(3)"
_US_ID_SINCE: Final = ordinal("2025-01-01")
_US_ID_BEFORE: Final = (
    "IRS, Frequently Asked Questions on Virtual Currency Transactions, A39 to A41"
)
_BMF: Final = "BMF letters of 2022-05-10 and 2025-03-06 on crypto assets; § 23 EStG"
_UK: Final = "HMRC Cryptoassets Manual CRYPTO22200"

RULES: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("us", "FIFO"): ("the earliest lot that was left was used", US_ID),
    ("us", "LIFO"): ("the latest lot was identified by a standing rule", US_ID),
    ("us", "HIFO"): ("the lot of the highest unit cost was identified by a standing rule", US_ID),
    ("us", "SPEC"): ("the row names the lot", US_ID),
    ("de", "FIFO"): ("the earliest lot that was left was used", _BMF),
    ("uk", "SAME_DAY"): (
        "matched with what was acquired on the same day",
        f"TCGA 1992 s. 105(1)(b); {_UK}",
    ),
    ("uk", "30_DAY"): (
        "matched with what was acquired within 30 days after",
        f"TCGA 1992 s. 106A; {_UK}",
    ),
    ("uk", "S104"): ("taken from the section 104 pool at its average cost", "TCGA 1992 s. 104"),
    ("ca", "ACB"): (
        "taken at the average of the adjusted cost base",
        "Income Tax Act (Canada) s. 47(1)",
    ),
    ("average", "AVERAGE"): ("taken at the moving average", "no statute: a generic method"),
}

LOSSES: Final[dict[str, str]] = {
    "wash sale": "IRC § 1091(a), (d); Treas. Reg. §§ 1.1091-1, 1.1091-2",
    "superficial loss": "Income Tax Act (Canada) ss. 40(2)(g)(i), 53(1)(f), 54",
}

TERMS: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("us", "long"): ("long-term: held for more than one year", "IRC § 1222"),
    ("us", "short"): ("short-term: held for one year or less", "IRC § 1222"),
    ("de", "long"): ("exempt: held for more than one year", "§ 23 Abs. 1 Satz 1 Nr. 2 EStG"),
    ("de", "short"): ("taxable: held for one year or less", "§ 23 Abs. 1 Satz 1 Nr. 2 EStG"),
}


def rule_of(law: str, rule: str, day: int) -> tuple[str, str]:
    """What a disposal's rule is in words, and where it is written for a disposal on a day
    (ordinal): § 1.1012-1(j) is about those from 2025 on."""
    words, source = RULES[law, rule]
    if source == US_ID and day < _US_ID_SINCE:
        source = _US_ID_BEFORE
    return words, source


def family(profile: str) -> str:
    """The jurisdiction of a profile: us-wash speaks with the words of us."""
    return profile.partition("-")[0]
