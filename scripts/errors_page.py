"""Write docs/errors.md from the SDK's own errors; a test fails while the page differs.

python scripts/errors_page.py
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import vaultsdk
from vaultsdk.core.errors import (
    REASONS,
    LotvaultError,
    RevertError,
)

PAGE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"
TOP = """# Errors

<!-- Made by scripts/errors_page.py: change vaultsdk/core/errors, not this page. -->

What goes wrong on purpose is a `LotvaultError`: `str(error)` is one line that says what to do, and
`name`, `limit` and `value` are for programs. The command line prints that line on stderr and exits
with 1.

## What the contracts refuse

A contract gives its reason as a plain `Error(string)`, which wallets and explorers show. The SDK
makes an exception of it (from `vaultsdk.core.errors`; all are a `RevertError`, with the contract's
words in `reason`), mostly before anything is sent. Any other reason is an `UnknownRevertError`.

| reason | exception | what it means, what to do |
|---|---|---|
"""
BOTTOM = """
## What the SDK refuses by itself

| exception | when |
|---|---|
"""


def one_line(text: str | None) -> str:
    """For a cell of a table."""
    return " ".join((text or "").split()).replace("|", "\\|")


def subclasses(base: type[LotvaultError]) -> Iterator[type[LotvaultError]]:
    """All of them, at any depth, of the modules that are imported."""
    for child in base.__subclasses__():
        yield child
        yield from subclasses(child)


def own_errors() -> list[type[LotvaultError]]:
    """Every error of the package that is no contract's."""
    for module in pkgutil.walk_packages(vaultsdk.__path__, "vaultsdk."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = {kind for kind in subclasses(LotvaultError) if kind.__module__.startswith("vaultsdk.")}
    return sorted(
        (kind for kind in found if not issubclass(kind, RevertError)),
        key=lambda kind: (kind.__module__, kind.__name__),
    )


def page() -> str:
    """The whole page."""
    reverts = [
        f"| `{reason}` | `{kind.__name__}` | {one_line(advice)} |"
        for reason, (kind, advice) in sorted(REASONS.items())
    ]
    others = [
        f"| `{kind.__module__}.{kind.__name__}` | {one_line(kind.__doc__)} |"
        for kind in own_errors()
    ]
    return TOP + "\n".join(reverts) + "\n" + BOTTOM + "\n".join(others) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
