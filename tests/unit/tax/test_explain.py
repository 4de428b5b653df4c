"""Explanations: true sentences about every kind of event, and sums that come out."""

from __future__ import annotations

import re
from fractions import Fraction
from random import Random
from time import perf_counter

import pytest

from tests.unit.tax.engine.average_jobs import random_events
from tests.unit.tax.engine.lot_ledgers import ledger
from vaultsdk.tax.compute import computed
from vaultsdk.tax.errors import TaxError
from vaultsdk.tax.explain import Explanation, explain
from vaultsdk.tax.ledger.event import WAD, Event, Kind, order_of, ordinal
from vaultsdk.tax.ledger.fx import parse_fx
from vaultsdk.tax.ledger.ledger import Ledger
from vaultsdk.tax.ledger.parse import parse_ledger
from vaultsdk.tax.options import Options
from vaultsdk.tax.profiles import PROFILES, profile

_NUMBER = r"-?\d+(?:\.\d+)?"
_SUM = re.compile(
    rf"(?<![\w.-])({_NUMBER}(?: [-+x/] {_NUMBER})+) = (a gain of |a loss of )?({_NUMBER})"
)
_NOISE = re.compile(r"\b(fee|basis|proceeds) (?=-?\d)| of its own(?= \+)")
WASH = (
    "b1 2025-01-10 buy X 10 total=100",
    "b2 2025-02-01 buy X 4 total=36",
    "s1 2025-02-10 sell X 6 total=30 lot=b1",
    "s2 2025-06-01 sell X 1 total=20 lot=b2",
)


def told(book: Ledger, event: str, name: str, **options: object) -> Explanation:
    asked = Options.model_validate(options)
    one = profile(name)
    return explain(book, computed(book, one, asked), one, event, options=asked)


def lines(*rows: str, event: str, name: str = "us", **options: object) -> list[str]:
    """Without the places in the file, which `test_a_row_is_named_by_its_place` has."""
    found = told(ledger(*rows), event, name, **options).lines
    return [re.sub(r"ledger row \d+, ", "", line.strip()) for line in found]


def value_of(text: str) -> Fraction:
    """A sum or a product, from left to right as in school."""
    first, *rest = text.split(" ")
    total, term = Fraction(0), Fraction(first)
    for sign, number in zip(rest[::2], rest[1::2], strict=True):
        if sign == "x":
            term *= Fraction(number)
        elif sign == "/":
            term /= Fraction(number)
        else:
            total, term = total + term, Fraction(number) * (1 if sign == "+" else -1)
    return total + term


def check_sums(line: str) -> int:
    """How many sums a line has; every one must come out, exactly or rounded down as it says."""
    clean = _NOISE.sub("", line)
    found = list(_SUM.finditer(clean))
    assert len(found) == clean.count(" = "), line
    for match in found:
        value, said = value_of(match[1]), Fraction(match[3])
        if match[2] == "a loss of ":
            said = -said
        if "rounded down" in clean[match.end() :]:
            assert value != said, line
            value = Fraction(value * WAD // 1, WAD)
        assert value == said, line
    return len(found)


# ------------------------------------------------------------ random ledgers
def random_ledger(seed: int) -> Ledger:
    random = Random(f"explain {seed}")
    rows = random_events(
        random,
        random.choice((8, 25, 60)),
        days=random.choice((20, 120, 700)),
        owners=random.choice((("",), ("ann", "ben"))),
        wallets=random.choice((("a",), ("a", "b"))),
        assets=random.choice((("ETH",), ("ETH", "WETH"), ("ETH", "WETH", "UNI"))),
    )
    start = ordinal(random.choice(("2021-01-01", "2024-12-20"))) - 737_000
    moved = []
    for row in rows:
        known = None if row.acquired is None else row.acquired + start
        day = row.day + start
        order = row.order + order_of(start, row.kind, 0) - order_of(0, row.kind, 0)
        moved.append(row._replace(day=day, order=order, acquired=known))
    return Ledger.of(with_token_fees(moved, random), {"ETH": 2, "WETH": 2, "UNI": 1})


def with_token_fees(rows: list[Event], random: Random) -> list[Event]:
    """Some sells and buys with a fee in UNI, of which enough is bought at the beginning."""
    first = rows[0] if rows else None
    if first is None:
        return rows
    found: list[Event] = []
    for owner in sorted({row.owner for row in rows}):
        for wallet in sorted({row.wallet for row in rows}):
            first = Event(
                f"u-{owner}-{wallet}",
                Kind.BUY,
                order_of(rows[0].day - 40, Kind.BUY, None),
                rows[0].day - 40,
                "UNI",
                100_000,
                5_000 * WAD + 7,
                owner=owner,
                wallet=wallet,
            )
            found.append(first)
    for row in rows:
        if row.kind in (Kind.SELL, Kind.BUY) and random.random() < 0.3:
            group = f"g{row.id}"
            fee = row._replace(
                id=f"{row.id}f",
                kind=Kind.FEE,
                asset="UNI",
                quantity=random.randint(1, 5),
                total=random.randint(0, 9 * WAD),
                fee=0,
                group=group,
                order=order_of(row.day, Kind.FEE, None),
            )
            found += [row._replace(group=group), fee]
        else:
            found.append(row)
    return found


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("seed", range(12))
def test_every_sum_of_every_line_comes_out_and_has_the_documents_figures(
    name: str, seed: int
) -> None:
    book, one = random_ledger(seed), profile(name)
    method = Random(seed).choice([None, *(it.value for it in one.matching.methods)])
    options = Options(method=method)
    result = computed(book, one, options)
    sums = 0
    for event in book.events:
        story = explain(book, result, one, event.id, options=options)
        for line in story.lines:
            sums += check_sums(line)
        text = "\n".join(story.lines)
        document = story.document()
        assert document["lines"] == list(story.lines)
        for part in document["disposals"]:
            for figure in ("quantity", "proceeds", "basis"):
                assert re.search(rf"(?<![\d.]){re.escape(part[figure])}(?![\d.])", text)
            assert f" of {part['gain'].removeprefix('-')}" in text
            if part["disallowed"] != "0":
                assert f"= {part['recognised']}" in text
        for part in document["adjustments"]:
            assert part["amount"] in text
    assert sums or not result.disposals


def shown(name: str, seeds: range) -> tuple[int, int]:
    """Disposals, and those whose basis is shown as a sum from the rows on."""
    whole = found = 0
    for seed in seeds:
        book, one = random_ledger(seed), profile(name)
        result = computed(book, one, Options())
        for event in book.events:
            story = explain(book, result, one, event.id)
            whole += len(story.disposals)
            found += len(story.disposals)
            found -= sum("all of its steps" in line for line in story.lines)
            found -= sum("a part of this lot" in line for line in story.lines)
    return whole, found


@pytest.mark.parametrize(
    ("name", "least"),
    [("uk", 1.0), ("average", 1.0), ("ca", 0.9), ("us", 0.95), ("us-wash", 0.9), ("de", 0.95)],
)
def test_most_bases_are_shown_as_sums_from_the_rows_on(name: str, least: float) -> None:
    whole, found = shown(name, range(12))
    assert whole > 50
    assert found >= least * whole, (found, whole)


# ------------------------------------------------------------ by hand
def test_a_row_is_named_by_its_place() -> None:
    story = told(ledger(*WASH), "b1", "us")
    assert story.lines[0] == "b1: ledger row 2, 2025-01-10: 10 X bought, cost 100 USD."


def test_a_buy_says_what_it_cost_what_used_it_and_what_is_left() -> None:
    assert lines(*WASH, event="b1") == [
        "b1: 2025-01-10: 10 X bought, cost 100 USD.",
        "Used: 6 X by s1 on 2025-02-10, with basis 60 USD.",
        "Left: 4 X with basis 40 USD, held since 2025-01-10.",
        "Of its basis 100 - 60 = 40 USD is left.",
    ]


def test_a_sale_over_several_lots_shares_its_proceeds() -> None:
    text = lines(
        "b1 2024-01-10 buy X 1 total=10",
        "b2 2024-02-10 buy X 2 total=20",
        "s 2024-03-10 sell X 3 total=40 fee=1",
        event="s",
    )
    assert "Proceeds: its share by units, 39 x 1 / 3 = 13 USD." in text
    assert "Proceeds: the rest, 26 USD." in text
    assert text[-1] == "Together: proceeds 39 - basis 30 = a gain of 9 USD."


def test_a_wash_sale_says_where_the_loss_went_and_the_replacement_where_it_came_from() -> None:
    text = lines(*WASH, event="s1", name="us-wash")
    assert any("wash sale: 20 USD of the loss does not count now" in line for line in text)
    assert "20 USD, for 4 X, went to b2, which now counts as held since 2025-01-01" in text
    text = lines(*WASH, event="b2", name="us-wash")
    assert text[1].startswith("Added: 20 USD, the disallowed loss of s1 on 4 X (wash sale; IRC")
    assert "Of its basis 36 + 20 - 14 = 42 USD is left." in text


def test_the_basis_of_a_replacement_is_rebuilt_with_the_loss_in_it() -> None:
    text = lines(*WASH, event="s2", name="us-wash")
    assert "Basis: 4 X had 56 USD there, so 56 x 1 / 4 = 14 USD." in text
    assert "36 USD for 4 X: b2: 2025-02-01: 4 X bought, cost 36 USD" in text
    assert any(line.startswith("36 + 20 = 56 USD for 4 X: s1 on 2025-02-10") for line in text)
    assert any(line.startswith("Held from 2025-01-01 to 2025-06-01, 151 days") for line in text)


def test_a_replacement_in_part_is_a_part_of_its_own() -> None:
    text = lines(
        "b1 2025-01-10 buy X 1 total=100",
        "b2 2025-02-01 buy X 3 total=100",
        "s1 2025-02-10 sell X 1 total=30 lot=b1",
        "s2 2025-06-01 sell X 3 total=20 lot=b2",
        event="s2",
        name="us-wash",
    )
    assert [line.partition(": ")[::2] for line in text if line[:3] in ("100", "33.")] == [
        ("100 USD for 3 X", "b2: 2025-02-01: 3 X bought, cost 100 USD"),
        (
            "100 - 33.333333333333333333 = 66.666666666666666667 USD for 2 X",
            "s1 on 2025-02-10 found its replacement in 1 X of this, which are a part of their own "
            "since",
        ),
        ("100 USD for 3 X", "b2: 2025-02-01: 3 X bought, cost 100 USD"),
        (
            "100 - 66.666666666666666667 = 33.333333333333333333 USD for 1 X",
            "s1 on 2025-02-10 found its replacement in this part of the lot, without these 2 X",
        ),
        (
            "33.333333333333333333 + 70 = 103.333333333333333333 USD for 1 X",
            "s1 on 2025-02-10 sold at a loss, which does not count there and was added",
        ),
    ]


def test_somebody_elses_loss_is_said_to_be_his() -> None:
    rows = (
        "b1 2025-01-10 buy X 1 total=100 owner=ann",
        "b2 2025-02-01 buy X 1 total=50 owner=ben",
        "s1 2025-02-10 sell X 1 total=30 owner=ann",
        "s2 2025-06-10 sell X 1 total=30 owner=ben",
    )
    assert any("went to b2 of ben, which" in it for it in lines(*rows, event="s1", name="us-wash"))
    assert any("loss of s1 of ann on 1 X" in it for it in lines(*rows, event="b2", name="us-wash"))
    assert any(
        "50 + 70 = 120 USD for 1 X: s1 of ann" in line
        for line in lines(*rows, event="s2", name="us-wash")
    )
    assert any(
        "70 CAD, for 1 X, went to b2 of ben" in it for it in lines(*rows, event="s1", name="ca")
    )


UK = (
    "b1 2024-01-01 buy X 10 total=100",
    "b2 2024-05-01 buy X 1 total=5",
    "b3 2024-05-01 buy X 1 total=6",
    "s1 2024-05-01 sell X 3 total=60",
    "s2 2024-05-01 sell X 2 total=40 fee=1",
    "b4 2024-05-20 buy X 2 total=30",
)


def test_a_uk_day_is_one_transaction_matched_in_three_steps() -> None:
    text = lines(*UK, event="s2", name="uk")
    assert text.count("The law takes the day's disposals (s1, s2) as one transaction.") == 3
    assert any(it.startswith("2 X from b2 and b3, acquired on 2024-05-01: matched") for it in text)
    assert any(it.startswith("2 X from b4, acquired on 2024-05-20: matched with") for it in text)
    assert any(it.startswith("1 X from the pool of X: taken from the section 104") for it in text)
    assert "5 + 6 = 11 GBP for 2 X: b3: 2024-05-01: 1 X bought, cost 6 GBP" in text
    assert "Proceeds: its share by units, 99 x 2 / 5 = 39.6 GBP." in text
    assert "Basis: 10 X had 100 GBP there, so 100 x 1 / 10 = 10 GBP." in text
    assert text[-1] == "Together: proceeds 99 - basis 51 = a gain of 48 GBP."


def test_an_acquisition_of_a_uk_day_says_what_met_it() -> None:
    text = lines(*UK, event="b2", name="uk")
    assert "Used: 2 X (of b2 and b3) by s1 and s2 on 2024-05-01, with basis 11 GBP." in text
    assert text[-1].startswith("What is not matched is part of the pool of X: now 9 X with a cost")


def test_what_was_matched_never_came_to_the_pool() -> None:
    rows = ("b0 2024-05-01 buy X 4 total=44", *UK, "s3 2024-09-01 sell X 1 total=9")
    text = lines(*rows, event="s3", name="uk")
    assert any("s1 and s2 on 2024-05-01 matched 5 X, which never came here" in it for it in text)


def test_a_long_history_is_one_sum_and_the_latest_steps() -> None:
    rows = [f"b{day} 2024-01-{day:02} buy X 2 total={day}" for day in range(1, 31)]
    rows += [f"s{day} 2024-02-{day:02} sell X 1 total={day}" for day in range(1, 21)]
    text = lines(*rows, event="s20", name="average")
    at = next(i for i, line in enumerate(text) if line.startswith("Basis"))
    shown = text[at + 1 : text.index("Proceeds: 20.", at)]
    assert len(shown) == 12
    assert shown[0].startswith("465 - ")
    assert "38 steps up to s8, what came less what went" in shown[0]


def test_a_transfer_says_what_its_fee_took_and_what_moved() -> None:
    rows = ("b 2025-01-10 buy X 10 total=100 wallet=a",)
    move = "t 2025-02-01 transfer X 5 wallet=a to_wallet=c fee_quantity=1 total=12"
    text = lines(*rows, move, event="t")
    assert text[0].endswith("5 X moved (wallet a) to c; of these 1 X went as its fee, for 12 USD.")
    assert "Proceeds: 12 USD." in text
    assert text[-3].endswith("lots go along with basis and time, the earliest first.")
    assert text[-2:] == [
        "Took: 4 X of lot b in wallet a with basis 40 USD, held since 2025-01-10.",
        "Brought: 4 X of lot b in wallet c with basis 40 USD, held since 2025-01-10.",
    ]
    assert lines(*rows, move, event="t", name="uk")[-1].endswith("one pool serves all wallets.")
    assert lines(*rows, move, event="t", name="average", scope="wallet")[-1].endswith(
        "the cost goes along."
    )
    assert lines(*rows, move, event="t", scope="universal")[-1].endswith("serve all wallets.")


def test_a_transfer_that_was_all_fee_moved_nothing() -> None:
    text = lines(
        "b 2025-01-10 buy X 10 total=100 wallet=a",
        "t 2025-02-01 transfer X 1 wallet=a fee_quantity=1 total=12",
        event="t",
    )
    assert text[0].endswith("1 X spent as the fee of a transfer (wallet a), for 12 USD.")
    assert not any("Moving" in line for line in text)


def test_wraps_gifts_and_income() -> None:
    rows = (
        "b 2025-01-10 buy X 10 total=100",
        "o 2025-02-01 wrap X 4 group=w side=out",
        "i 2025-02-01 wrap Y 4 group=w side=in",
        "g 2025-03-01 gift_out X 1 total=15",
        "r 2025-03-02 gift_in X 1 total=10 acquired=2020-01-01",
        "n 2025-03-03 income X 1 total=12",
    )
    assert lines(*rows, event="o")[1:] == [
        "A wrap (o and i) realises nothing: basis and time go along.",
        "Took: 4 X of lot b with basis 40 USD, held since 2025-01-10.",
        "Brought: 4 Y of lot i with basis 40 USD, held since 2025-01-10.",
    ]
    assert lines(*rows, event="b")[-1] == "4 X went on in wraps, as other lots."
    assert lines(*rows, event="g")[-1] == (
        "Nothing is realised: 1 X of lot b left with basis 10 USD (a gift carries basis)."
    )
    assert "Left: 1 X with basis 10 USD, held since 2020-01-01." in lines(*rows, event="r")
    assert lines(*rows, event="n")[-1].startswith("Income: 12 USD, its value when received")
    uk = lines(*rows, event="g", name="uk")
    assert "15 - 10 = a gain of 5 GBP." in uk
    assert uk[-1].startswith("Here a gift is a disposal at market value")
    assert lines(*rows, event="g", name="average")[-1].startswith(
        "Nothing is realised: 1 X of the pool left with basis 10 "
    )


def test_what_comes_out_of_a_wrap_has_the_basis_that_went_in() -> None:
    text = lines(
        "b 2025-01-10 buy X 2 total=20",
        "c 2025-01-12 buy X 2 total=40",
        "i 2025-02-01 wrap Y 4 group=w side=in",
        "o 2025-02-01 wrap X 4 group=w side=out",
        "s 2025-03-01 sell Y 3 total=99",
        event="s",
    )
    assert (
        "20 USD for 2 Y: i on 2025-02-01 brought 2 Y out of a wrap, with the basis that had "
        in ("\n".join(text))
    )
    assert "Basis: 2 Y had 40 USD there, so 40 x 1 / 2 = 20 USD." in text


def test_a_lot_that_was_divided_between_wallets_is_told_by_its_part() -> None:
    rows = (
        "b 2025-01-10 buy X 3 total=100 wallet=a",
        "t 2025-02-01 transfer X 1 wallet=a to_wallet=c",
        "s 2025-03-01 sell X 1 total=9 wallet=c",
        "r 2025-03-02 sell X 2 total=9 wallet=a",
    )
    for event, step in (
        ("s", "100 - 66.666666666666666667 = 33.333333333333333333 USD for 1 X: without what went"),
        ("r", "100 - 33.333333333333333333 = 66.666666666666666667 USD for 2 X: without what went"),
    ):
        assert any(line.startswith(step) for line in lines(*rows, event=event))


def test_a_token_fee_of_a_trade_is_told_on_both_rows() -> None:
    rows = (
        "b 2025-01-10 buy X 10 total=100",
        "u 2025-01-10 buy Y 10 total=10",
        "s 2025-02-01 sell X 1 total=20 fee=2 group=g",
        "f 2025-02-01 fee Y 3 total=4 group=g",
    )
    text = lines(*rows, event="s")
    assert text[0].endswith("proceeds 20 - fee 6 = 14 USD.")
    assert text[1] == ("Its fee contains the value of what f spent: 2 of its own + 4 = 6 USD.")
    assert lines(*rows, event="f")[1].startswith("Its value of 4 USD is also a cost of s, of the")


def test_the_rate_of_the_day_stands_in_the_row() -> None:
    fx = parse_fx("date,from,to,rate\n2025-01-10,EUR,USD,1.25\n")
    text = "id,time,type,asset,quantity,total,currency\nb,2025-01-10,buy,X,1,100,EUR\n"
    book = parse_ledger(text, fx=fx, currency="USD")
    (line, *_) = told(book, "b", "us").lines
    assert "cost 125 USD; converted at" in line
    assert "1.25" in line


def test_what_comes_after_the_day_asked_about_does_not_count_yet() -> None:
    (line,) = lines(*WASH, event="s2", as_of=ordinal("2025-03-01"))
    assert line == (
        "s2: it is of 2025-06-01, and this computation ends with 2025-03-01: nothing of it counts "
        "yet."
    )


def test_an_event_that_is_not_there_is_named_with_those_like_it() -> None:
    with pytest.raises(TaxError, match=r"no event 'b11': did you mean b1"):
        lines(*WASH, event="b11")
    with pytest.raises(TaxError, match="give the id of one of its rows"):
        lines(*WASH, event="zzzzzz")


def test_100_000_rows_are_explained_in_two_seconds() -> None:
    day = ordinal("2010-01-01")
    events = [
        Event(f"e{at}", kind, order_of(day + at // 20, kind, at % 20), day + at // 20, "X", n, n)
        for at in range(100_000)
        for kind, n in ((Kind.SELL, 1) if at % 2 else (Kind.BUY, 1 + at % 3),)
    ]
    last = events[-1].day
    move = Event(
        "move", Kind.TRANSFER, order_of(last, Kind.TRANSFER, None), last, "X", 9, to_wallet="b"
    )
    book = Ledger.of([*events, move])
    for name in ("us", "uk", "average"):
        one = profile(name)
        result = computed(book, one, Options())
        for event in ("e99999", "move"):
            began = perf_counter()
            story = explain(book, result, one, event)
            assert len(story.lines) > 1
            assert perf_counter() - began < 4  # two, on a machine that does nothing else
