"""The demo's picture: the price, every harvest on it, and the losses realised so far."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any, Final

from vaultsdk.core.errors import LotvaultError
from vaultsdk.demo.result import DemoResult

_WAD: Final = 10**18
_INK, _PRICE, _LOSS = "#1f2933", "#3b5bdb", "#e8590c"


class ChartError(LotvaultError):
    """No picture can be drawn; the message says what to install."""


def png(result: DemoResult) -> bytes:
    """The chart as PNG. Raises ChartError without matplotlib."""
    return _draw(result, "png")


def svg(result: DemoResult) -> str:
    """The chart as SVG, for a page."""
    text = _draw(result, "svg").decode()
    return text[text.index("<svg") :]


def _draw(result: DemoResult, form: str) -> bytes:
    figure_class, dates = _library()
    # Pixels, not money: floats are what a canvas wants.
    days = [datetime.fromtimestamp(point.time, UTC) for point in result.points]
    price = [point.price / _WAD for point in result.points]
    losses = [point.losses / _WAD / 1e6 for point in result.points]
    figure = figure_class(figsize=(11, 5.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(days, price, color=_PRICE, linewidth=1.8, label="ETH/USD")
    if result.harvests:
        biggest = max(line.loss for line in result.harvests)
        axes.scatter(
            [datetime.fromtimestamp(line.time, UTC) for line in result.harvests],
            [line.price / _WAD for line in result.harvests],
            s=[
                12 + 160 * max(line.loss, 0) / biggest if biggest > 0 else 12
                for line in result.harvests
            ],
            color=_LOSS,
            alpha=0.6,
            edgecolors="white",
            linewidths=0.5,
            zorder=3,
            label="harvest (area: loss realised)",
        )
    axes.set_ylim(bottom=0)
    axes.set_ylabel("ETH/USD", color=_PRICE)
    right = axes.twinx()
    right.fill_between(days, losses, step="post", color=_LOSS, alpha=0.12)
    right.step(
        days, losses, where="post", color=_LOSS, linewidth=1.5, label="losses realised, total"
    )
    right.set_ylim(bottom=0)
    right.set_ylabel("losses realised, million USD", color=_LOSS)
    axes.set_zorder(right.get_zorder() + 1)
    axes.patch.set_visible(False)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(axes.xaxis.get_major_locator()))
    axes.set_title(
        f"{result.totals.harvests} harvests for {result.totals.depositors} depositors, "
        f"{result.first_day} to {result.last_day}",
        color=_INK,
        loc="left",
    )
    handles = [*axes.get_legend_handles_labels()[0], *right.get_legend_handles_labels()[0]]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    for side in ("top",):
        axes.spines[side].set_visible(False)
        right.spines[side].set_visible(False)
    stream = io.BytesIO()
    # No date in the file: the same run makes the same picture.
    metadata: dict[str, Any] = {"Date": None} if form == "svg" else {"Software": None}
    figure.savefig(stream, format=form, dpi=130, metadata=metadata)
    return stream.getvalue()


def _library() -> tuple[Any, Any]:
    try:
        from matplotlib import dates
        from matplotlib.figure import Figure
    except ImportError:
        raise ChartError(
            "charts need matplotlib: install it with `pip install 'vaultsdk[chart]'`"
        ) from None
    return Figure, dates
