"""Every reason a contract can revert with has a typed exception with one useful line."""

from __future__ import annotations

import re
import tokenize
from pathlib import Path

import pytest

from tests.paths import CONTRACTS
from vaultsdk.core import errors
from vaultsdk.core.errors import (
    REASONS,
    BelowMinimumDepositError,
    HarvestRefusedError,
    LotvaultError,
    NoSuchLotError,
    RevertError,
    UnknownRevertError,
    from_revert,
)

# Sources that only tests deploy speak for tokens and feeds, not for the vault.
SOURCES = sorted(p for p in CONTRACTS.rglob("*.vy") if "test" not in p.relative_to(CONTRACTS).parts)


# `NAME: constant(uint256) = 123  # text`: the vault's reasons are numbers whose bytes spell a text.
NUMBERED = re.compile(r"^\w+: constant\(uint256\) = (\d+)  # ", re.MULTILINE)


def reasons_in(source: Path) -> set[str]:
    """Every reason of a Vyper source: the strings that `assert` and `raise` end with, and the
    numbers of the module of reasons.

    Vyper's tokens are Python's, so Python's tokenizer reads statements over any number of lines.
    """
    found: set[str] = set()
    if source.name == "errors.vy":
        for number in NUMBERED.findall(source.read_text()):
            found.add(int(number).to_bytes(31, "big").lstrip(b"\0").decode())
    statement: list[tokenize.TokenInfo] = []
    with source.open("rb") as stream:
        for token in tokenize.tokenize(stream.readline):
            if token.type == tokenize.NEWLINE:
                if statement and statement[0].string in ("assert", "raise"):
                    last = statement[-1]
                    if last.type == tokenize.STRING:
                        found.add(last.string.strip("\"'"))
                statement = []
            elif token.type not in (
                tokenize.COMMENT,
                tokenize.NL,
                tokenize.INDENT,
                tokenize.DEDENT,
                tokenize.ENCODING,
            ):
                statement.append(token)
    return found


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: str(p.relative_to(CONTRACTS)))
def test_every_reason_in_the_sources_has_a_typed_exception(source: Path) -> None:
    missing = sorted(reasons_in(source) - REASONS.keys())
    assert not missing, f"add to vaultsdk/core/errors/reverts.py: {missing}"


def test_no_reason_is_kept_that_no_contract_gives() -> None:
    everything = set().union(*(reasons_in(source) for source in SOURCES))
    assert REASONS.keys() <= everything
    # Numbers and strings alike, or the scan has gone blind.
    assert {"paused", "adapter: not funded", "adapter: path length"} <= everything


def test_every_message_is_one_line_that_goes_on_after_the_reason() -> None:
    for reason, (kind, advice) in REASONS.items():
        error = from_revert(reason)
        assert type(error) is kind
        assert error.reason == reason
        assert str(error) == f"{reason}: {advice}"
        assert len(advice) > 15
        assert "\n" not in str(error)


def test_the_message_names_limit_and_value() -> None:
    error = from_revert("below minimum deposit", name="min_deposit", limit=10, value=3, asset=1)
    assert isinstance(error, BelowMinimumDepositError)
    assert (error.name, error.limit, error.value) == ("min_deposit", 10, 3)
    assert error.context == {"asset": 1}
    assert str(error).endswith("(asset 1, min_deposit is 3, limit 10)")


def test_reasons_are_caught_by_what_one_can_do_about_them() -> None:
    with pytest.raises(HarvestRefusedError):
        raise from_revert("loss bucket full")
    with pytest.raises(LotvaultError):
        raise from_revert(" no such lot ")
    assert isinstance(from_revert("no such lot"), NoSuchLotError)


@pytest.mark.parametrize("reason", ["", "ERC20: allowance"])
def test_an_unknown_reason_is_kept_and_still_says_what_to_look_at(reason: str) -> None:
    error = from_revert(reason)
    assert isinstance(error, UnknownRevertError)
    assert error.reason == reason
    assert "check" in str(error)


def test_every_exception_can_be_imported_from_the_package() -> None:
    for kind, _ in REASONS.values():
        assert getattr(errors, kind.__name__) is kind
        assert issubclass(kind, RevertError)
