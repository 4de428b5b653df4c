"""Which currency a row's money is in, and the rate that brings it into the report's."""

from __future__ import annotations

from vaultsdk.tax.errors import Problem
from vaultsdk.tax.ledger.fx import FxTable, Rate, currency_code, missing


class Exchange:
    """Money in a row's own currency, else in `currency`, else, with a table, in the only one that
    it converts into the report currency; else in the report currency.

    `report` is the report currency ("" = nobody said; it is then the currency of the first row
    that names one). What cannot be settled for the entire ledger goes to `problems`, once.
    """

    def __init__(
        self, fx: FxTable | None, currency: str, report: str, problems: list[Problem]
    ) -> None:
        self._fx = fx
        self._problems = problems
        self._told = False
        self._codes: dict[str, str] = {}
        currency, report = (self._code(code, problems) for code in (currency, report))
        if fx is not None and not report:
            targets = fx.targets()
            if len(targets) == 1:
                report = targets[0]
            else:
                self._tell("the exchange rates do not say the report currency: name it")
        if fx is None and not report:
            report = currency
        if fx is not None and not currency:
            sources = fx.sources(report)
            currency = sources[0] if len(sources) == 1 else ""
        elif not currency:
            currency = report
        self.report = report
        self._currency = currency

    @property
    def idle(self) -> bool:
        """Whether money that names no currency is in the report currency."""
        return self._currency == self.report and not self._told

    def rate(self, code: str, day: int) -> Rate | None:
        """The rate for money of a row on a day; None when it needs none.

        Raises ValueError when the currency will not do, LookupError when the day has no rate; each
        with the cause as its message.
        """
        own = self._known(code) if code else self._currency
        if not self.report and self._fx is None:
            # Money without a currency is taken to be in the one that the others name.
            self.report = self._currency = own
        if own == self.report:
            return None
        if self._fx is None:
            cause = (
                f"money in {own} does not fit a report in {self.report}: give exchange rates "
                f"(--fx FILE)"
            )
            if code:
                raise ValueError(cause)
            self._tell(cause)
            return None
        if not own:
            self._tell(
                f"the currency of the ledger's money is not said: name it (--currency), or "
                f"add a column currency; there are rates into {self.report} from "
                f"{', '.join(self._fx.sources(self.report)) or 'no currency'}"
            )
            return None
        if not self.report:
            return None
        found = self._fx.rate(own, self.report, day)
        if found is None:
            raise LookupError(missing(own, self.report, day))
        return found

    def _known(self, code: str) -> str:
        found = self._codes.get(code)
        if found is None:
            found = self._codes[code] = currency_code(code)
        return found

    def _code(self, code: str, problems: list[Problem]) -> str:
        if not code:
            return ""
        try:
            return currency_code(code)
        except ValueError as error:
            problems.append(Problem(0, "currency", str(error)))
            return ""

    def _tell(self, cause: str) -> None:
        if not self._told:
            self._problems.append(Problem(0, "currency", cause))
        self._told = True
