"""What keeps a keeper from working at all. What keeps one cohort from being harvested is a
`Refusal`, not an error."""

from vaultsdk.core.errors import LotvaultError


class KeeperError(LotvaultError):
    """The keeper cannot work; one line that says what to do."""


class JournalError(KeeperError):
    """The journal cannot be read or written; without it a harvest might be sent twice."""
