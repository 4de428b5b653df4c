"""Worked examples of the IRS on wash sales: rows as facts, and the figures that it prints."""

from __future__ import annotations

from typing import NamedTuple

PUB_550 = "https://www.irs.gov/pub/irs-pdf/p550.pdf"


class UsExample(NamedTuple):
    """Rows are (id, date, type, quantity, total, lot). Disposals are (lot, quantity, gain,
    disallowed), open lots (lot, quantity, basis, holding period from; None: as bought)."""

    name: str
    rows: tuple[tuple[str, str, str, str, str, str], ...]
    disposals: tuple[tuple[str, str, str, str], ...]
    open_lots: tuple[tuple[str, str, str, str | None], ...]
    source: str = PUB_550


EXAMPLES = (
    UsExample(
        "a loss of 250 goes into what was bought four days later",
        (
            ("e1", "2014-05-01", "buy", "100", "1000", ""),
            ("e2", "2014-07-01", "sell", "100", "750", ""),
            ("e3", "2014-07-05", "buy", "100", "800", ""),
        ),
        (("e1", "100", "-250", "250"),),
        (("e3", "100", "1050", "2014-05-05"),),
    ),
    UsExample(
        "75 of 100 units replaced by two purchases before the sale",
        (
            ("e1", "2013-09-26", "buy", "100", "5000", ""),
            ("e2", "2013-12-19", "buy", "50", "2750", ""),
            ("e3", "2013-12-27", "buy", "25", "1125", ""),
            ("e4", "2014-01-09", "sell", "100", "4000", ""),
        ),
        (("e1", "100", "-1000", "750"),),
        (("e2", "50", "3250", "2013-09-05"), ("e3", "25", "1375", "2013-09-13")),
    ),
    UsExample(
        "more bought than sold: the earliest purchases replace",
        (
            ("e1", "2013-09-26", "buy", "100", "5000", ""),
            ("e2", "2014-02-06", "sell", "100", "4000", ""),
            ("e3", "2014-02-11", "buy", "50", "1000", ""),
            ("e4", "2014-02-12", "buy", "50", "1000", ""),
            ("e5", "2014-02-13", "buy", "50", "1000", ""),
            ("e6", "2014-02-14", "buy", "50", "1000", ""),
        ),
        (("e1", "100", "-1000", "1000"),),
        (
            ("e3", "50", "1500", "2013-10-01"),
            ("e4", "50", "1500", "2013-10-02"),
            ("e5", "50", "1000", None),
            ("e6", "50", "1000", None),
        ),
    ),
    UsExample(
        "the loss of one block cannot go against the gains of the others",
        (
            ("e1", "2008-01-05", "buy", "100", "15800", ""),
            ("e2", "2008-01-06", "buy", "100", "10000", ""),
            ("e3", "2008-01-07", "buy", "100", "9500", ""),
            ("e4", "2013-12-27", "sell", "100", "12500", "e1"),
            ("e5", "2013-12-27", "sell", "100", "12500", "e2"),
            ("e6", "2013-12-27", "sell", "100", "12500", "e3"),
            ("e7", "2014-01-09", "buy", "250", "25000", ""),
        ),
        (
            ("e1", "100", "-3300", "3300"),
            ("e2", "100", "2500", "0"),
            ("e3", "100", "3000", "0"),
        ),
        (("e7", "100", "13300", "2008-01-18"), ("e7", "150", "15000", "2014-01-09")),
    ),
)
