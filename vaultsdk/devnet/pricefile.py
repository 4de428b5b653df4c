"""Reading a price file: CSV, or Feather with the extra `vaultsdk[feather]`."""

from __future__ import annotations

from pathlib import Path

from vaultsdk.core.series import PriceSeries, SeriesError, parse_csv, parse_rows


def read_prices(path: Path, column: str | None = None) -> PriceSeries:
    """The price series in a file. Raises SeriesError with the line and what is wrong with it."""
    if path.suffix.lower() in (".feather", ".arrow"):
        return _read_feather(path, column)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SeriesError(f"no price file at {path}: check the name") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SeriesError(f"cannot read price file {path}: {error}") from None
    return parse_csv(text, str(path), column)


def _read_feather(path: Path, column: str | None) -> PriceSeries:
    try:
        from pyarrow import ArrowInvalid, feather
    except ImportError as error:
        raise SeriesError(
            f"{path} is a Feather file, which needs pyarrow ({error}): "
            "pip install 'vaultsdk[feather]', or give a CSV file"
        ) from None
    try:
        table = feather.read_table(str(path))
    except FileNotFoundError:
        raise SeriesError(f"no price file at {path}: check the name") from None
    except (OSError, ArrowInvalid) as error:
        raise SeriesError(f"cannot read Feather file {path}: {error}") from None
    header = list(table.column_names)
    if not header:
        raise SeriesError(f"{path} has no columns: give a time and a price")
    columns = [table.column(name).to_pylist() for name in header]
    # As text, so that one parser checks both kinds of file; repr of a float is its shortest exact
    # form. Row numbers count from 1: there are no lines here.
    rows = (
        (number, [_text(value) for value in row])
        for number, row in enumerate(zip(*columns, strict=True), start=1)
    )
    return parse_rows(header, rows, str(path), column)


def _text(value: object) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value)
