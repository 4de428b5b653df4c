"""HMRC's worked examples, as facts: what was traded, and what came of it.

`total` is before the fee. `matches` are (day of disposal, rule, day of the acquisition or "",
quantity, cost, gain), "" where no figure is given. `gains` are by day of disposal, `years` by tax
year, `pools` by asset as quantity and cost, exact or to six decimals. `published` has the gains by
disposal as HMRC prints them where it rounds costs up to the pound (CRYPTO22257 rounds nothing: its
net of -972 is exact). CRYPTO22280 and CRYPTO61674 to 61680 print no figures, or not all: those
here were computed with another calculator and may be argued with.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Row = tuple[str, str, str, str, str, str, str]  # id, day, type, asset, quantity, total, fee


@dataclass(frozen=True)
class Example:
    name: str
    source: str
    rows: tuple[Row, ...]
    net_gain: str
    pools: dict[str, tuple[str, str]]
    matches: tuple[tuple[str, str, str, str, str, str], ...] = ()
    gains: dict[str, str] = field(default_factory=dict)
    years: dict[str, str] = field(default_factory=dict)
    income: str = "0"
    published: tuple[str, ...] = ()


EXAMPLES = (
    Example(
        name="HMRC CRYPTO22251",
        source="https://www.gov.uk/hmrc-internal-manuals/cryptoassets-manual/crypto22251",
        rows=(
            ("e1", "2020-01-01", "buy", "X", "100", "1000", "0"),
            ("e2", "2020-09-18", "buy", "X", "50", "125000", "0"),
            ("e3", "2020-12-01", "sell", "X", "50", "300000", "0"),
        ),
        matches=(("2020-12-01", "S104", "", "50", "42000", "258000"),),
        net_gain="258000",
        pools={"X": ("100", "84000")},
        published=("258000",),
    ),
    Example(
        name="HMRC CRYPTO22252",
        source="https://www.gov.uk/hmrc-internal-manuals/cryptoassets-manual/crypto22252",
        rows=(
            ("e1", "2020-01-01", "buy", "X", "5000", "500", "0"),
            ("e2", "2020-06-23", "sell", "X", "1000", "800", "0"),
            ("e3", "2020-06-23", "buy", "X", "1600", "1000", "0"),
            ("e4", "2020-06-23", "sell", "X", "500", "600", "0"),
        ),
        matches=(("2020-06-23", "SAME_DAY", "", "1500", "937.5", "462.5"),),
        net_gain="462.5",
        pools={"X": ("5100", "562.5")},
        published=("462",),
    ),
    Example(
        name="HMRC CRYPTO22253",
        source="https://www.gov.uk/hmrc-internal-manuals/cryptoassets-manual/crypto22253",
        rows=(
            ("e1", "2020-01-01", "buy", "X", "2000", "1000", "0"),
            ("e2", "2020-03-31", "sell", "X", "1000", "400", "0"),
            ("e3", "2020-04-20", "sell", "X", "500", "150", "0"),
            ("e4", "2020-04-21", "buy", "X", "700", "175", "0"),
            ("e5", "2020-04-28", "buy", "X", "500", "100", "0"),
            ("e6", "2020-05-01", "buy", "X", "500", "150", "0"),
        ),
        matches=(
            ("2020-03-31", "30_DAY", "2020-04-21", "700", "175", "105"),
            ("2020-03-31", "30_DAY", "2020-04-28", "300", "60", "60"),
            ("2020-04-20", "30_DAY", "2020-04-28", "200", "40", "20"),
            ("2020-04-20", "30_DAY", "2020-05-01", "300", "90", "0"),
        ),
        gains={"2020-03-31": "165", "2020-04-20": "20"},
        years={"2019/20": "165", "2020/21": "20"},
        net_gain="185",
        pools={"X": ("2200", "1060")},
        published=("165", "20"),
    ),
    Example(
        name="HMRC CRYPTO22254",
        source="https://www.gov.uk/hmrc-internal-manuals/cryptoassets-manual/crypto22254",
        rows=(
            ("e1", "2020-01-01", "buy", "X", "8000", "1000", "0"),
            ("e2", "2020-01-31", "sell", "X", "5000", "500", "0"),
            ("e3", "2020-01-31", "buy", "X", "4000", "320", "0"),
            ("e4", "2020-01-31", "buy", "X", "1000", "75", "0"),
            ("e5", "2020-01-31", "buy", "X", "1000", "70", "0"),
            ("e6", "2020-01-31", "sell", "X", "2000", "142", "0"),
            ("e7", "2020-01-31", "buy", "X", "500", "35", "0"),
        ),
        matches=(
            ("2020-01-31", "SAME_DAY", "", "6500", "500", ""),
            ("2020-01-31", "S104", "", "500", "62.5", ""),
        ),
        net_gain="79.5",
        pools={"X": ("7500", "937.5")},
        published=("79",),
    ),
    Example(
        name="HMRC CRYPTO22255",
        source="https://www.gov.uk/hmrc-internal-manuals/cryptoassets-manual/crypto22255",
        rows=(
            ("e1", "2020-01-01", "buy", "X", "14000", "200000", "0"),
            ("e2", "2020-08-30", "sell", "X", "4000", "160000", "0"),
            ("e3", "2020-09-11", "buy", "X", "500", "17500", "0"),
        ),
        matches=(
            ("2020-08-30", "30_DAY", "2020-09-11", "500", "17500", ""),
            ("2020-08-30", "S104", "", "3500", "50000", ""),
        ),
        net_gain="92500",
        pools={"X": ("10500", "150000")},
        published=("92500",),
    ),
    Example(
        name="HMRC CRYPTO22256",
        source="https://www.gov.uk/hmrc-internal-manuals/cryptoassets-manual/crypto22256",
        rows=(
            ("e1", "2020-01-01", "buy", "X", "100000", "300000", "0"),
            ("e2", "2020-07-31", "buy", "X", "10000", "45000", "0"),
            ("e3", "2020-07-31", "sell", "X", "30000", "150000", "0"),
            ("e4", "2020-08-05", "sell", "X", "20000", "100000", "0"),
            ("e5", "2020-08-06", "buy", "X", "50000", "225000", "0"),
            ("e6", "2020-08-07", "sell", "X", "100000", "150000", "0"),
        ),
        matches=(
            ("2020-07-31", "SAME_DAY", "", "10000", "45000", ""),
            ("2020-07-31", "30_DAY", "2020-08-06", "20000", "90000", ""),
            ("2020-08-05", "30_DAY", "2020-08-06", "20000", "90000", ""),
            ("2020-08-07", "S104", "", "100000", "313636.363636", ""),
        ),
        gains={"2020-07-31": "15000", "2020-08-05": "10000", "2020-08-07": "-163636.363636"},
        net_gain="-138636.363636",
        pools={"X": ("10000", "31363.636364")},
        published=("15000", "10000", "-163637"),
    ),
    Example(
        name="HMRC CRYPTO22257",
        source="https://www.gov.uk/hmrc-internal-manuals/cryptoassets-manual/crypto22257",
        rows=(
            ("e1", "2020-01-01", "buy", "G", "100000", "300000", "0"),
            ("e2", "2020-08-31", "sell", "G", "1000", "3200", "0"),
            ("e3", "2020-08-31", "buy", "H", "10000", "3200", "0"),
            ("e4", "2020-08-31", "sell", "H", "5000", "1920", "0"),
            ("e5", "2020-08-31", "buy", "G", "600", "1700", "0"),
            ("e6", "2020-08-31", "sell", "G", "550", "1650", "0"),
            ("e7", "2020-08-31", "buy", "H", "5000", "1760", "0"),
            ("e8", "2020-09-04", "sell", "H", "2000", "558", "0"),
            ("e9", "2020-09-04", "buy", "G", "180", "560", "0"),
            ("e10", "2020-09-16", "sell", "G", "400", "1080", "0"),
            ("e11", "2020-09-16", "buy", "H", "4000", "1080", "0"),
            ("e12", "2020-10-27", "sell", "H", "12000", "2430", "0"),
            ("e13", "2020-10-27", "buy", "G", "900", "2400", "0"),
        ),
        net_gain="-972",
        pools={"G": ("99730", "298890"), "H": ("0", "0")},
    ),
    Example(
        name="HMRC CRYPTO22280",
        source="https://www.gov.uk/hmrc-internal-manuals/cryptoassets-manual/crypto22280",
        rows=(
            ("e1", "2020-01-01", "buy", "X", "10000", "20000", "0"),
            ("e2", "2020-08-01", "sell", "X", "1001", "5005", "5"),
        ),
        matches=(("2020-08-01", "S104", "", "1001", "2002", ""),),
        net_gain="2998",
        pools={"X": ("8999", "17998")},
    ),
    Example(
        name="HMRC CRYPTO61674",
        source="https://www.gov.uk/hmrc-internal-manuals/cryptoassets-manual/crypto61674",
        rows=(
            ("e1", "2020-01-01", "buy", "A", "100", "100", "0"),
            ("e2", "2020-01-01", "buy", "B", "100", "50", "0"),
            ("e3", "2020-06-01", "sell", "A", "10", "11.5384615384615", "0"),
            ("e4", "2020-06-01", "buy", "LP", "0.5", "10", "0"),
            ("e5", "2020-06-01", "sell", "B", "5", "3.46153846153846", "0"),
            ("e6", "2020-06-01", "buy", "LP", "0.5", "3", "0"),
        ),
        net_gain="2.5",
        pools={"A": ("90", "90"), "B": ("95", "47.5"), "LP": ("1", "13")},
    ),
    Example(
        name="HMRC CRYPTO61675",
        source="https://www.gov.uk/hmrc-internal-manuals/cryptoassets-manual/crypto61675",
        rows=(
            ("e1", "2020-01-01", "buy", "X", "100", "500", "0"),
            ("e2", "2020-07-01", "sell", "X", "11", "66", "0"),
        ),
        net_gain="11",
        pools={"X": ("89", "445")},
    ),
    Example(
        name="HMRC CRYPTO61677",
        source="https://www.gov.uk/hmrc-internal-manuals/cryptoassets-manual/crypto61677",
        rows=(
            ("e1", "2020-01-01", "buy", "A", "1000", "1500", "0"),
            ("e2", "2020-09-30", "sell", "A", "100", "150", "0"),
            ("e3", "2020-09-30", "buy", "LOAN", "1", "150", "0"),
            ("e4", "2021-09-29", "sell", "LOAN", "1", "160", "0"),
            ("e5", "2021-09-29", "buy", "A", "100", "160", "0"),
            ("e6", "2021-09-29", "income", "A", "5", "8", "0"),
        ),
        years={"2020/21": "0", "2021/22": "10"},
        net_gain="10",
        income="8",
        pools={"A": ("1005", "1518"), "LOAN": ("0", "0")},
    ),
    Example(
        name="HMRC CRYPTO61678",
        source="https://www.gov.uk/hmrc-internal-manuals/cryptoassets-manual/crypto61678",
        rows=(
            ("e1", "2020-01-01", "buy", "A", "1000", "1500", "0"),
            ("e2", "2020-09-30", "sell", "A", "100", "150", "0"),
            ("e3", "2020-09-30", "buy", "LOAN", "1", "150", "0"),
            ("e4", "2021-09-29", "sell", "LOAN", "1", "120", "0"),
            ("e5", "2021-09-29", "buy", "A", "100", "120", "0"),
            ("e6", "2021-09-29", "income", "A", "5", "6", "0"),
        ),
        years={"2020/21": "0", "2021/22": "-30"},
        net_gain="-30",
        income="6",
        pools={"A": ("1005", "1476"), "LOAN": ("0", "0")},
    ),
    Example(
        name="HMRC CRYPTO61680",
        source="https://www.gov.uk/hmrc-internal-manuals/cryptoassets-manual/crypto61680",
        rows=(
            ("e1", "2020-01-01", "buy", "A", "1000", "1000", "0"),
            ("e2", "2020-01-01", "buy", "B", "1000", "500", "0"),
            ("e3", "2020-11-11", "sell", "A", "50", "60", "0"),
            ("e4", "2020-11-11", "buy", "LP", "5", "60", "0"),
            ("e5", "2020-11-11", "sell", "B", "100", "60", "0"),
            ("e6", "2020-11-11", "buy", "LP", "5", "60", "0"),
            ("e7", "2021-05-24", "sell", "LP", "2.5", "37.5", "0"),
            ("e8", "2021-05-24", "buy", "A", "25", "37.5", "0"),
            ("e9", "2021-05-24", "sell", "LP", "2.5", "50", "0"),
            ("e10", "2021-05-24", "buy", "B", "100", "50", "0"),
        ),
        years={"2020/21": "20", "2021/22": "27.5"},
        net_gain="47.5",
        pools={"A": ("975", "987.5"), "B": ("1000", "500"), "LP": ("5", "60")},
    ),
    Example(
        name="HMRC HS284 Example 3 (2020/2021)",
        source="https://www.gov.uk/government/publications/shares-and-capital-gains-tax-hs284-self-assessment-helpsheet",
        rows=(
            ("e1", "2014-04-01", "buy", "X", "1000", "4000", "150"),
            ("e2", "2017-09-01", "buy", "X", "500", "2050", "80"),
            ("e3", "2018-05-01", "sell", "X", "700", "3360", "100"),
            ("e4", "2019-02-01", "sell", "X", "400", "2080", "105"),
        ),
        gains={"2018-05-01": "329.333333", "2019-02-01": "300.333333"},
        net_gain="629.666667",
        pools={"X": ("400", "1674.666667")},
        published=("329", "300"),
    ),
    Example(
        name="HMRC HS284 Example 2 (2021)",
        source="https://www.gov.uk/government/publications/shares-and-capital-gains-tax-hs284-self-assessment-helpsheet",
        rows=(
            ("e1", "2019-01-01", "buy", "X", "9500", "14250", "0"),
            ("e2", "2020-08-30", "sell", "X", "4000", "6000", "0"),
            ("e3", "2020-09-11", "buy", "X", "500", "850", "0"),
        ),
        matches=(
            ("2020-08-30", "30_DAY", "2020-09-11", "500", "850", "-100"),
            ("2020-08-30", "S104", "", "3500", "5250", "0"),
        ),
        net_gain="-100",
        pools={"X": ("6000", "9000")},
        published=("-100",),
    ),
)
