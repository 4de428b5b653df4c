"""Files that people name, as text."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from vaultsdk.cli.failures import Failure

STDIN: Final = "-"


def text_of(path: Path, option: str) -> str:
    """The text of a file. Raises Failure when it cannot be read or is not UTF-8."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Failure(f"cannot read {path}: {error.strerror}; correct {option}") from None
    return _decoded(data, str(path))


def stdin_text() -> str:
    """All of standard input. Raises Failure when it is not UTF-8."""
    return _decoded(click.get_binary_stream("stdin").read(), "stdin")


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Failure(f"{name} is not UTF-8 text (line {line}): save it as UTF-8") from None
