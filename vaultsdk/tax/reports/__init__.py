"""Reports: a result as the forms of its jurisdiction ask for it.

`report_for` picks the forms of a profile; `vaultsdk.tax.reports.render` prints them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from vaultsdk.tax.profiles import profile
from vaultsdk.tax.reports.anlage_so import anlage_so
from vaultsdk.tax.reports.common import ADVICE
from vaultsdk.tax.reports.errors import ReportError
from vaultsdk.tax.reports.form8949 import form8949
from vaultsdk.tax.reports.generic import generic
from vaultsdk.tax.reports.model import Column, Number, Report, Section, shown
from vaultsdk.tax.reports.sa108 import sa108
from vaultsdk.tax.reports.schedule3 import schedule3
from vaultsdk.tax.reports.schedule_d import schedule_d
from vaultsdk.tax.reports.selection import owners_of, years_of
from vaultsdk.tax.result import TaxResult

__all__ = [
    "ADVICE",
    "Column",
    "Number",
    "Report",
    "ReportError",
    "Section",
    "anlage_so",
    "form8949",
    "generic",
    "owners_of",
    "report_for",
    "sa108",
    "schedule3",
    "schedule_d",
    "shown",
    "years_of",
]

_FORMS: Final[dict[str, tuple[Callable[..., Report], ...]]] = {
    "us": (form8949, schedule_d),
    "uk": (sa108,),
    "ca": (schedule3,),
    "de": (anlage_so,),
    "generic": (generic,),
}
_OPTIONS: Final = {"us": ("reported",)}


def report_for(
    profile_name: str, result: TaxResult, year: str, owner: str, **options: Any
) -> list[Report]:
    """The forms of a profile for a tax year and a taxpayer, in the order they are filled in.

    The only option is `reported`, of the US forms: "none", "no-basis" or "basis", or one of these
    by wallet. Raises TaxError for a profile there is not, ReportError for a year, an owner or an
    option that does not fit.
    """
    report = profile(profile_name).report
    known = _OPTIONS.get(report, ())
    for name in sorted(set(options) - set(known)):
        raise ReportError(
            f"the reports of profile {profile_name!r} have no option {name!r}: "
            + (f"they have {', '.join(known)}" if known else "leave it out"),
            name=name,
        )
    return [form(result, year, owner, **options) for form in _FORMS[report]]
