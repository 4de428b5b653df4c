"""What a report cannot be made of, or cannot be printed with."""

from __future__ import annotations

from vaultsdk.tax.errors import TaxError


class ReportError(TaxError):
    """A report that cannot be made: a year, owner or option that does not fit the result, or a
    library that is not installed. The message says what to do."""
