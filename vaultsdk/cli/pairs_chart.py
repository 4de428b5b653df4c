"""The picture of a comparison: rolling tracking error above, rolling correlation below."""

from __future__ import annotations

import io
from typing import Any, Final

from vaultsdk.cli.failures import Failure
from vaultsdk.harvest.pairs import Ranking, Terms

_INK: Final = "#1f2933"
_COLOURS: Final = ("#3b5bdb", "#e8590c", "#2b8a3e", "#862e9c", "#868e96", "#c92a2a")


def draw(ranking: Ranking, terms: Terms, form: str) -> bytes:
    """PNG or SVG of what is ranked, best first. Raises Failure without matplotlib, or where there
    is nothing to draw."""
    if not ranking.ranked:
        raise Failure(f"nothing can replace {ranking.asset} on these terms: leave out --chart")
    figure_class, dates = _library()
    figure = figure_class(figsize=(10, 6.5), layout="constrained")
    error, correlation = figure.subplots(2, 1, sharex=True)
    for place, row in enumerate(ranking.ranked):
        colour = _COLOURS[place % len(_COLOURS)]
        windows = row.measures.windows
        days = [one.end for one in windows]
        bands = [one.tracking_error for one in windows]
        error.plot(
            days, [100 * one.value for one in bands], color=colour, label=row.replacement, lw=1.5
        )
        error.fill_between(
            days,
            [100 * (one.value if one.low is None else one.low) for one in bands],
            [100 * (one.value if one.high is None else one.high) for one in bands],
            color=colour,
            alpha=0.15,
            linewidth=0,
        )
        moved = [(one.end, one.correlation.value) for one in windows if one.correlation]
        correlation.plot([day for day, _ in moved], [r for _, r in moved], color=colour, lw=1.5)
    error.set_ylim(bottom=0)
    error.set_ylabel("tracking error, % a year")
    correlation.set_ylabel("correlation")
    correlation.xaxis.set_major_formatter(
        dates.ConciseDateFormatter(correlation.xaxis.get_major_locator())
    )
    error.set_title(
        f"Instead of {ranking.asset}: the last {terms.window} returns, with the "
        f"{terms.confidence:.0%} interval of the tracking error",
        color=_INK,
        loc="left",
        fontsize=10,
    )
    error.legend(frameon=False, ncols=3)
    for axes in (error, correlation):
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    stream = io.BytesIO()
    # No date in the file: the same comparison makes the same picture.
    metadata: dict[str, Any] = {"Date": None} if form == "svg" else {"Software": None}
    figure.savefig(stream, format=form, dpi=130, metadata=metadata)
    return stream.getvalue()


def _library() -> tuple[Any, Any]:
    try:
        from matplotlib import dates
        from matplotlib.figure import Figure
    except ImportError:
        raise Failure(
            "charts need matplotlib: install it with `pip install 'vaultsdk[chart]'`"
        ) from None
    return Figure, dates
