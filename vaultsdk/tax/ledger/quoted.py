"""What a ledger says, quoted in a message: on one line, and not all of it when it is long."""

from __future__ import annotations

from typing import Final

MAX_QUOTED: Final = 60


def quoted(text: str) -> str:
    """The text in quotation marks, characters that cannot be printed escaped, cut when long."""
    return repr(text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}…")


def plain(text: str) -> str:
    """The text as it is where that is short and can be printed, else as `quoted`."""
    return text if len(text) <= MAX_QUOTED and text.isprintable() else quoted(text)
