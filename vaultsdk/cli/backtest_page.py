"""A backtest as one page: tables and charts in a file that needs nothing else to be read."""

from __future__ import annotations

from html import escape
from typing import Any, Final

from vaultsdk.cli.backtest_chart import gains, price_and_harvests
from vaultsdk.cli.values import day_text
from vaultsdk.harvest.backtest import History

_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;color:#1f2933;max-width:64rem;margin:2rem auto;"
    "padding:0 1rem}table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .6rem;"
    "text-align:right;border-bottom:1px solid #e4e7eb}"
    "td:first-child,th:first-child{text-align:left}"
    "svg{max-width:100%;height:auto}p{max-width:46rem}"
)
_COLUMNS: Final = (
    ("after tax", "wealth", "mean", "{:.4f}"),
    ("over holding", "gain", "mean", "{:+.2%}"),
    ("5 %", "gain", "q05", "{:+.2%}"),
    ("median", "gain", "median", "{:+.2%}"),
    ("95 %", "gain", "q95", "{:+.2%}"),
    ("a year", "alpha", "mean", "{:+.2%}"),
    ("losses", "loss", "mean", "{:.1%}"),
    ("losses a year", "loss_a_year", "mean", "{:.1%}"),
    ("harvests a year", "harvests_a_year", "mean", "{:.2f}"),
    ("swaps", "swap_cost", "mean", "{:.2%}"),
    ("gas", "gas", "mean", "{:.2%}"),
    ("deepest fall", "drawdown", "mean", "{:.1%}"),
    ("below basis", "below_basis", "mean", "{:.1%}"),
)


def page(document: dict[str, Any], history: History) -> str:
    """HTML of a backtest's document; the same document gives the same text. Raises Failure without
    matplotlib."""
    about = document["history"]
    missing = sum(gap["missing"] for gap in about["gaps"])
    head = "".join(f"<th>{escape(name)}</th>" for name, *_ in _COLUMNS)
    rows = "".join(
        f"<tr><td>{escape(name)}</td>"
        + "".join(f"<td>{form.format(one[key][part])}</td>" for _, key, part, form in _COLUMNS)
        + "</tr>"
        for name, one in document["policies"].items()
    )
    terms = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(str(value))}</td></tr>"
        for name, value in document["terms"].items()
    )
    said = (
        f"{about['file']}, {about['steps']:,} prices from {day_text(about['first'])} to "
        f"{day_text(about['last'])}, {missing} missing and left out. "
        f"{len(document['starts'])} lots bought from {day_text(document['starts'][0])} to "
        f"{day_text(document['starts'][-1])}. Gas: {document['gas']}. All figures are per dollar "
        "put in; what harvesting added is after tax, costs and liquidation, with its spread over "
        "start dates."
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Backtest</title>'
        f"<style>{_STYLE}</style></head><body><h1>Backtest</h1><p>{escape(said)}</p>"
        f"<table><tr><th>policy</th>{head}</tr>{rows}</table>"
        f"{gains(document)}{price_and_harvests(document, history)}"
        f"<h2>Terms</h2><table>{terms}</table></body></html>\n"
    )
