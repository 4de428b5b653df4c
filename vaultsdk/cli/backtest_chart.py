"""The pictures of a backtest, as SVG to be put into a page."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any, Final

from vaultsdk.cli.failures import Failure
from vaultsdk.harvest.backtest import History

_INK, _PRICE, _BEST = "#1f2933", "#3b5bdb", "#e8590c"
_WAD: Final = 10**18
_POINTS: Final = 1_500  # a price curve needs no more


def gains(document: dict[str, Any]) -> str:
    """What each policy added over holding, by start date: quartiles, 5 to 95 %, mean."""
    figure = _figure(9, 0.45 * len(document["policies"]) + 1.4)
    axes = figure.subplots()
    names = list(document["policies"])
    for place, name in enumerate(names):
        one, at = document["policies"][name]["gain"], len(names) - place
        axes.plot([100 * one["q05"], 100 * one["q95"]], [at, at], color=_PRICE, linewidth=1.2)
        axes.plot(
            [100 * one["q25"], 100 * one["q75"]], [at, at], color=_PRICE, linewidth=7, alpha=0.45
        )
        axes.scatter([100 * one["median"]], [at], color=_INK, s=28, marker="|", zorder=3)
        axes.scatter([100 * one["mean"]], [at], color=_BEST, s=26, zorder=4)
    axes.set_yticks(range(len(names), 0, -1), names)
    axes.axvline(0, color=_INK, linewidth=0.8)
    axes.set_xlabel("added over holding, % of what was put in: 5 to 95 % of starts, mean in orange")
    return _svg(figure, axes)


def price_and_harvests(document: dict[str, Any], history: History) -> str:
    """The price, and losses realised so far under each policy."""
    figure = _figure(9, 5.2)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1))
    every = max(1, len(history) // _POINTS)
    upper.plot(
        [_at(time) for time in history.times[::every]],
        [price / _WAD for price in history.prices[::every]],
        color=_PRICE,
        linewidth=1,
    )
    upper.set_yscale("log")
    upper.set_ylabel("price, USD")
    whole = document["terms"]["size"] * len(document["starts"])
    for name, one in document["policies"].items():
        if not one["events"]:
            continue
        total, times, losses = 0.0, [_at(history.times[0])], [0.0]
        for event in one["events"]:
            total += float(event["loss"])
            times.append(_at(event["time"]))
            losses.append(100 * total / whole)
        times.append(_at(history.times[-1]))
        losses.append(losses[-1])
        lower.step(times, losses, where="post", linewidth=1.3, label=name)
    if any(one["events"] for one in document["policies"].values()):
        lower.legend(frameon=False, ncols=3, fontsize=8)
    lower.set_ylabel("losses harvested, % of capital")
    return _svg(figure, upper, lower)


def _at(time: int) -> datetime:
    return datetime.fromtimestamp(time, UTC)


def _figure(width: float, height: float) -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise Failure(
            "charts need matplotlib: install it with `pip install 'vaultsdk[chart]'`"
        ) from None
    return Figure(figsize=(width, height), layout="constrained")


def _svg(figure: Any, *axes: Any) -> str:
    from matplotlib import rc_context

    for one in axes:
        for side in ("top", "right"):
            one.spines[side].set_visible(False)
    stream = io.BytesIO()
    # Neither date nor random names in the file: the same numbers make the same picture.
    with rc_context({"svg.hashsalt": "backtest"}):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    text = stream.getvalue().decode()
    return text[text.index("<svg") :]
