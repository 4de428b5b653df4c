"""Ends a run with what its stateful transactions were: a run that is refused all the time finds
nothing, and nobody would know."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # From the reports, not from memory: with xdist the runs happen in other processes.
    reports = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for name, value in report.user_properties
        if name == "stateful"
    ]
    if reports:
        terminalreporter.section("stateful transactions")
        for each in reports:
            terminalreporter.write_line(str(each))
