"""Every reason in `contracts/modules/errors.vy` is a number whose bytes are its text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
ERRORS = CONTRACTS / "modules" / "errors.vy"
LINE = re.compile(r"^([A-Z][A-Z0-9_]*): constant\(uint256\) = (\d+)  # (.+)$")
LONGEST = 31  # characters: a reason is pushed as one word and must leave its top byte free


def declared() -> list[tuple[str, int, str]]:
    """Name, number and comment of every constant."""
    lines = [line for line in ERRORS.read_text().splitlines() if ": constant(" in line]
    matches = [LINE.match(line) for line in lines]
    assert all(matches), [line for line, match in zip(lines, matches, strict=True) if not match]
    return [(m[1], int(m[2]), m[3]) for m in matches if m]


REASONS = declared()


def test_there_are_reasons() -> None:
    assert len(REASONS) > 60


@pytest.mark.parametrize(("name", "number", "text"), REASONS, ids=[r[0] for r in REASONS])
def test_a_reason_spells_its_text(name: str, number: int, text: str) -> None:
    assert number == int.from_bytes(text.encode("ascii"), "big")
    assert 0 < len(text) <= LONGEST
    # A human reads it in a wallet: no dots, no leading or double blanks, words in lower case.
    assert text == " ".join(text.split()) == text.lower()


def test_no_two_reasons_are_the_same() -> None:
    assert len({number for _, number, _ in REASONS}) == len(REASONS)
    assert len({name for name, _, _ in REASONS}) == len(REASONS)


def test_every_reason_is_used() -> None:
    sources = [path for path in CONTRACTS.rglob("*.vy") if path != ERRORS]
    code = "\n".join(path.read_text() for path in sources)
    used = set(re.findall(r"errors\.([A-Z][A-Z0-9_]*)", code))
    assert used == {name for name, _, _ in REASONS}
