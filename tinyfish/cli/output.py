"""Data on stdout: a table or a tree for people on a terminal, JSON for programs on a pipe."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO, TypeVar, cast

import click
from attrs import frozen

from tinyfish.cli.screen import printable, say
from tinyfish.cli.values import check_out_file

if TYPE_CHECKING:
    from rich.console import RenderableType

F = TypeVar("F", bound=Callable[..., Any])
Format = Literal["auto", "json", "jsonl"]

# Cells of a table are cut to this many characters; JSON has them whole.
_CELL_CHARS: Final = 60
_TITLES: Final = {
    "num_of_steps": "steps",
    "created_at": "created",
    "start_time": "started",
    "schedule_cron": "cron",
}
_MOMENTS: Final = ("created_at", "start_time", "updated_at")
_TABLE_FILES: Final = (".csv", ".parquet", ".jsonl")
_NEVER_CUT: Final = ("run_id", "session_id", "research_run_id", "id", "status", "num_of_steps", *_MOMENTS)


@frozen
class Output:
    """How a command prints its data.

    Attributes:
        format: `"json"` or `"jsonl"` if the user asked for it; `"auto"` depends on stdout.
        quiet: Whether to print no messages.
        file: Where the data goes instead of stdout.
    """

    format: Format = "auto"
    quiet: bool = False
    file: Path | None = None

    @property
    def for_people(self) -> bool:
        """Whether a person reads stdout."""
        return self.format == "auto" and self.file is None and sys.stdout.isatty()

    @property
    def is_table(self) -> bool:
        """Whether the data goes into a table, which has columns."""
        return self._table_file is not None and self._table_file.suffix.lower() != ".jsonl"

    @property
    def _table_file(self) -> Path | None:
        """The file, if its name says that it's a table."""
        return self.file if self.file is not None and self.file.suffix.lower() in _TABLE_FILES else None

    def say(self, text: str) -> None:
        """Print a message for people on stderr, unless --quiet was given."""
        say(text, quiet=self.quiet)

    def document(self, document: object, show: Callable[[], object] | None = None) -> None:
        """Print one object.

        Args:
            document: The object, as JSON.
            show: Shows it to a person. Default: as a tree.
        """
        if self._table_file is not None:
            row = (
                cast("Mapping[str, object]", document)
                if isinstance(document, Mapping)
                else {"result": document}
            )
            self.rows([row], ())
            return
        if self.for_people:
            if show is not None:
                show()
            else:
                show_tree(document)
            return
        indent = None if self.format == "jsonl" or (self.file is None and not sys.stdout.isatty()) else 2
        with self._opened() as file:
            _write(json.dumps(document, ensure_ascii=False, indent=indent, default=_plain), file)

    def rows(self, rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> None:
        """Print many objects: a table, a JSON array, or a line of JSON for each as it comes.

        Args:
            rows: The objects.
            columns: What a table shows of each; JSON has all fields.
        """
        if self._table_file is not None:
            from tinyfish import tables

            writers: dict[str, Callable[[Iterable[Mapping[str, object]], Path], object]] = {
                ".csv": tables.to_csv,
                ".parquet": tables.to_parquet,
                ".jsonl": tables.to_jsonl,
            }
            writers[self._table_file.suffix.lower()](rows, self._table_file)
            self.say(f"Written to {self._table_file}")
        elif self.format == "jsonl":
            with self._opened() as file:
                for row in rows:
                    _write(json.dumps(row, ensure_ascii=False, default=_plain), file)
                    file.flush()  # whoever reads the pipe wants each as it comes
        elif self.for_people:
            show_table(rows, columns)
        else:
            self.document(list(rows))

    @contextmanager
    def _opened(self) -> Generator[TextIO]:
        if self.file is None:
            yield sys.stdout
            return
        with self.file.open("w", encoding="utf-8") as file:
            yield file
        self.say(f"Written to {self.file}")


def _write(text: str, file: TextIO) -> None:
    """Write a line of JSON, in ASCII if the file has no Unicode: a code page of Windows, or LANG=C."""
    try:
        file.write(text + "\n")
    except UnicodeEncodeError:
        file.write(json.dumps(json.loads(text)) + "\n")


def _plain(value: object) -> object:
    """What JSON has no form for: moments, decimals, enums, paths."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return cast("object", value.value)
    to_dict = getattr(value, "to_dict", None)
    return to_dict() if callable(to_dict) else str(value)


def output_options(command: F) -> F:
    """Add --json, --jsonl, --quiet and --out to a command; it gets them as `output`."""

    def with_output(*args: Any, **given: Any) -> Any:
        as_json, as_lines = given.pop("as_json"), given.pop("as_lines")
        if as_json and as_lines:
            raise click.UsageError("--json and --jsonl exclude each other.")
        chosen: Format = "json" if as_json else "jsonl" if as_lines else "auto"
        file: Path | None = given.pop("out")
        if file is not None:
            check_out_file(file)
        return command(*args, output=Output(chosen, given.pop("quiet"), file), **given)

    with_output.__name__, with_output.__doc__ = command.__name__, command.__doc__
    vars(with_output).update(vars(command))
    decorated: Any = with_output
    for add in (
        click.option("-q", "--quiet", is_flag=True, help="Print data only, no messages."),
        click.option(
            "-o", "--out", type=click.Path(path_type=Path, dir_okay=False, writable=True), metavar="FILE",
            help="Write the data to a file.",
        ),
        click.option("--jsonl", "as_lines", is_flag=True, help="Print JSON, a line for each object."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON, also on a terminal."),
    ):  # fmt: skip
        decorated = add(decorated)
    return cast("F", decorated)


def show_table(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> None:
    """Show rows to a person."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from tinyfish.cli.screen import data_console, is_unicode

    titles = [_TITLES.get(name, name) for name in columns]
    lines = [
        [Text(_cell(name, row.get(name)), style=_style(name, row.get(name))) for name in columns]
        for row in rows
    ]
    if not lines:
        say("Nothing found.")
        return
    table = Table(box=box.SIMPLE_HEAD if is_unicode() else box.ASCII, pad_edge=False)
    width = 3 * len(titles)
    for number, (name, title) in enumerate(zip(columns, titles, strict=True)):
        # An id is for copying, so it's never cut; only free text is.
        table.add_column(title, no_wrap=name in _NEVER_CUT, overflow="ellipsis")
        if name in _NEVER_CUT:
            width += max(len(title), *(line[number].cell_len for line in lines))
    if width > data_console().width:  # a narrow terminal: a line for each value
        for line in lines:
            for title, cell in zip(titles, line, strict=True):
                data_console().print(Text.assemble((title, "bold"), "  ", cell), soft_wrap=True)
            data_console().print()
        return
    for line in lines:
        table.add_row(*line)
    data_console().print(table)


def show_text(text: str) -> None:
    """Print text as it is, but for what the terminal could take as a command, and what its encoding doesn't have."""
    encoding = sys.stdout.encoding or "utf-8"
    shown = printable(text) if sys.stdout.isatty() else text
    click.echo(shown.encode(encoding, "replace").decode(encoding))


def show_tree(document: object, title: str = "") -> None:
    """Show nested data to a person."""
    from tinyfish.cli.screen import data_console

    branches = _branches(document)
    if branches is None:
        data_console().print(_scalar(document), markup=False)
        return
    if title or not isinstance(document, Mapping):
        data_console().print(_tree(title or f"{len(branches)} items", branches))
        return
    for name, value in branches:
        data_console().print(_node(name, value))


def _branches(value: object) -> list[tuple[str, object]] | None:
    """The named parts of a value; None if it has none."""
    if isinstance(value, Mapping) and value:
        return [(str(name), part) for name, part in cast("Mapping[object, object]", value).items()]
    if isinstance(value, list) and value:
        return [(str(number), part) for number, part in enumerate(cast("list[object]", value), 1)]
    return None


def _node(name: str, value: object) -> RenderableType:
    from rich.text import Text

    branches = _branches(value)
    if branches is None:
        return Text.assemble((printable(name), "bold"), f"  {_scalar(value)}")
    return _tree(name, branches)


def _tree(name: str, branches: Sequence[tuple[str, object]]) -> RenderableType:
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(printable(name), "bold"))
    for child, value in branches:
        tree.add(_node(child, value))
    return tree


def _scalar(value: object) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return "(empty)" if isinstance(value, Mapping | list) else printable(str(_plain(value)))


def _cell(name: str, value: object) -> str:
    if name in _MOMENTS and isinstance(value, str):
        return printable(age_of(value))
    text = "" if value is None else " ".join(_scalar(value).split())
    if isinstance(value, Mapping | list):
        text = json.dumps(value, ensure_ascii=False, default=_plain)
    text = printable(text)
    return text if len(text) <= _CELL_CHARS else text[: _CELL_CHARS - 1] + "…"


def age_of(moment: str) -> str:
    """How long ago a moment was, in words."""
    from tinyfish.display.lines import span

    try:
        return f"{span(datetime.now(UTC) - datetime.fromisoformat(moment))} ago"
    except (ValueError, TypeError):  # the server can send anything
        return moment


def _style(name: str, value: object) -> str:
    colours = {
        "COMPLETED": "green",
        "FAILED": "red",
        "CANCELLED": "yellow",
        "RUNNING": "cyan",
        "PENDING": "dim",
    }
    return colours.get(str(value), "") if name == "status" else ""
