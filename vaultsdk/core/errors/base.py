"""The root of all errors, and the errors of the core itself.

Each carries `name` (of the limit or value at fault), `limit` and `value`, so that a program can act
on it without reading the sentence.
"""

from __future__ import annotations


class LotvaultError(Exception):
    """Base of all errors of the SDK. `str(error)` is one line for a human."""

    def __init__(
        self, message: str, *, name: str = "", limit: object = None, value: object = None
    ) -> None:
        super().__init__(" ".join(message.split()))
        self.name = name
        self.limit = limit
        self.value = value


class PackingError(LotvaultError):
    """A value does not fit its field of a packed word, or a word has bits where none may be."""


class BandError(LotvaultError):
    """A unit basis or a band outside what bands can express."""


class CohortKeyError(LotvaultError):
    """A cohort key that cannot be read or cannot exist."""


class UnitsError(LotvaultError):
    """An amount that cannot be read, or cannot be expressed exactly."""


class PolicyError(LotvaultError):
    """A policy outside the deployment's hard bounds, or one that makes no sense."""


class AddressError(LotvaultError):
    """A text that is not an address, or one whose checksum is wrong."""


class LedgerError(LotvaultError):
    """An event that cannot follow the ones before it: the log is incomplete or out of order."""
