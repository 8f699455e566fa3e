# pyarrow need not be installed where this is checked.
# pyright: reportUnknownVariableType=false
"""Rows as tables: CSV, JSON Lines, Parquet, and the tables of pandas, polars and pyarrow.

A row is a mapping from the names of columns to values. Columns are in the order in which the rows first have them; a
row without a column has null in it. What pandas, polars and pyarrow get is typed by the values that aren't null:

| Values | Column |
|---|---|
| booleans | boolean |
| integers of up to 64 bits | 64-bit integer |
| numbers, timedeltas (as seconds), Decimals | float |
| datetimes; a naive one is read as UTC | timestamp with the time zone UTC, in microseconds |
| strings, enums | text |
| anything else: objects, lists, a mixture | JSON text; in pandas, the objects themselves |

The libraries are loaded when they are used, and are no dependencies of this package.

A CSV file that a spreadsheet opens is a program if a cell begins with `=`, `+`, `-` or `@`, and pages choose the text
that a run finds. So `to_csv` writes an apostrophe before such text, which spreadsheets take as "this is text". Numbers
aren't changed, and `raw=True` writes every text as it is. The other formats have no such danger, and change nothing.
"""

from __future__ import annotations

from tinyfish.tables.libraries import to_arrow, to_pandas, to_parquet, to_polars
from tinyfish.tables.rows import Column, Kind, Kinds, Rows, column_kinds, columns, flatten
from tinyfish.tables.texts import to_csv, to_jsonl

__all__ = [
    "Column",
    "Kind",
    "Kinds",
    "Rows",
    "column_kinds",
    "columns",
    "flatten",
    "to_arrow",
    "to_csv",
    "to_jsonl",
    "to_pandas",
    "to_parquet",
    "to_polars",
]
