"""The picture of a comparison: what counts under each choice, by term where there are terms."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

from vaultsdk.cli.failures import Failure
from vaultsdk.tax.compare import Outcome

FORMS: Final = ("png", "svg")

_WAD: Final = 10**18
_BARS: Final = (
    ("recognised", "#1f2933"),
    ("short-term", "#e8590c"),
    ("long-term", "#3b5bdb"),
    ("disallowed loss", "#adb5bd"),
)


def chart(rows: Sequence[tuple[Outcome, str]], form: str) -> bytes:
    """PNG or SVG of outcomes with their currencies, a panel for each currency.

    Raises Failure without matplotlib.
    """
    figure_class = _library()
    currencies = list(dict.fromkeys(currency for _, currency in rows))
    counts = [sum(currency == one for _, currency in rows) for one in currencies]
    figure = figure_class(figsize=(9, 1.2 + 0.9 * sum(counts)), layout="constrained")
    panels = figure.subplots(len(currencies), 1, squeeze=False, height_ratios=counts)[:, 0]
    for panel, currency in zip(panels, currencies, strict=True):
        _panel(panel, [one for one, its in rows if its == currency], currency)
    figure.suptitle("Gains that count, all years", x=0.01, ha="left", color=_BARS[0][1])
    handles = {
        label: handle
        for panel in panels
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    figure.legend(
        handles.values(), handles.keys(), loc="outside lower center", ncols=4, frameon=False
    )
    stream = io.BytesIO()
    # No date in the file: the same comparison makes the same picture.
    metadata: dict[str, Any] = {"Date": None} if form == "svg" else {"Software": None}
    figure.savefig(stream, format=form, dpi=130, metadata=metadata)
    return stream.getvalue()


def _panel(axes: Any, rows: Sequence[Outcome], currency: str) -> None:
    terms = any(year.short is not None for row in rows for year in row.years)
    denied = any(row.disallowed for row in rows)
    values = {
        "recognised": [row.recognised for row in rows],
        **({"short-term": [row.short for row in rows]} if terms else {}),
        **({"long-term": [row.long for row in rows]} if terms else {}),
        **({"disallowed loss": [row.disallowed for row in rows]} if denied else {}),
    }
    colours = dict(_BARS)
    height = 0.8 / len(values)
    for place, (name, amounts) in enumerate(values.items()):
        # Pixels, not money: floats are what a canvas wants.
        bars = axes.barh(
            [at + place * height for at in range(len(rows))],
            [amount / _WAD for amount in amounts],
            height=height * 0.9,
            color=colours[name],
            label=name,
        )
        axes.bar_label(bars, fmt="{:,.0f}", padding=3, fontsize=7)
    middle = height * (len(values) - 1) / 2
    axes.set_yticks([at + middle for at in range(len(rows))], [row.choice.text for row in rows])
    axes.invert_yaxis()
    axes.axvline(0, color="#868e96", linewidth=0.8)
    axes.margins(x=0.12)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel(currency)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _library() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise Failure(
            "charts need matplotlib: install it with `pip install 'vaultsdk[chart]'`"
        ) from None
    return Figure
