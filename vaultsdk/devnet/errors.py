"""What can go wrong with a local chain."""

from vaultsdk.core.errors import LotvaultError


class DevnetError(LotvaultError):
    """The local chain cannot be started, reached or moved; one line that says what to do."""
