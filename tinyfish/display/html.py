"""Models as HTML, for notebooks.

Everything comes from servers and web pages, so every text is escaped, only links to http and https are links, and only
images that are part of the document are shown: loading others would tell their server who looks. There is no script;
what opens and closes is a `<details>`. Colours are those of the notebook, in the dark too: the text's own, and it made
transparent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from html import escape
from typing import Any, Final, cast
from urllib.parse import urlsplit

from tinyfish_generated.models import RunStatus
from tinyfish_generated.types import ListModel, Model

from tinyfish.display.lines import RESULTS, has_members, set_fields, short, span, summary

_MAX_ROWS: Final = 100
_MAX_PARTS: Final = 500
_MAX_LEVELS: Final = 12
_OPEN_LEVELS: Final = 1
_MAX_TEXT: Final = 2000
_MAX_IMAGE_CHARS: Final = 6_000_000
_IMAGE: Final = re.compile(r"data:image/(?:jpeg|png|webp|gif);base64,[A-Za-z0-9+/]+={0,2}")

STYLE: Final = """<style>
.tinyfish { font-size: 13px; line-height: 1.45; overflow-x: auto; max-width: 60em; }
.tinyfish table { border-collapse: collapse; margin: .4em 0; }
.tinyfish.tinyfish th, .tinyfish.tinyfish td { text-align: left; vertical-align: top; padding: .2em .8em .2em 0;
  background: none;
  border: 0; border-bottom: 1px solid rgba(128, 128, 128, .3); overflow-wrap: anywhere; white-space: normal; }
.tinyfish.tinyfish th { font-weight: 600; opacity: .75; overflow-wrap: normal; }
.tinyfish.tinyfish td.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tinyfish.tinyfish td.id { font-family: monospace; overflow-wrap: normal; white-space: nowrap; }
.tinyfish .status { border-radius: 1em; padding: .1em .7em; font-size: 11px; font-weight: 600; color: #fff;
  background: #57606a; white-space: nowrap; }
.tinyfish .COMPLETED { background: #1a7f37; } .tinyfish .FAILED { background: #cf222e; }
.tinyfish .RUNNING { background: #0969da; } .tinyfish .CANCELLED { background: #9a6700; }
.tinyfish .meta { opacity: .75; } .tinyfish .meta > * { margin-right: 1em; }
.tinyfish .error { border-left: 3px solid #cf222e; padding: .2em .8em; margin: .4em 0; }
.tinyfish ul, .tinyfish ol { margin: .2em 0; padding-left: 1.6em; }
.tinyfish ul.tree { list-style: none; padding-left: 1.2em; border-left: 1px solid rgba(128, 128, 128, .3); }
.tinyfish summary { cursor: pointer; }
.tinyfish .tree details[open] > summary > .meta { display: none; }
.tinyfish .key { font-weight: 600; } .tinyfish .text { white-space: pre-wrap; overflow-wrap: anywhere; }
.tinyfish .steps { max-height: 32em; overflow-y: auto; }
.tinyfish .shot img { width: 160px; border: 1px solid rgba(128, 128, 128, .4); border-radius: 4px; display: block; }
.tinyfish .shot[open] img { width: 100%; }
</style>"""


def html_of(model: Model) -> str:
    """A model as HTML: a list as a table, and everything else with its fields."""
    body = _tables(model) if isinstance(model, ListModel) else _card(model)
    return f'{STYLE}<div class="tinyfish">{body}</div>'


def _tables(model: ListModel) -> str:
    lists = model.lists()
    parts = [f"<b>{_text(type(model).__name__)}</b>"]
    for name, entries in lists.items():
        if entries or len(lists) == 1:
            parts.append(f'<div class="meta">{_text(name)}: {len(entries)}</div>{_table(entries)}')
    rest = {name: value for name, value in summary(model).items() if name not in lists}
    if rest:
        parts.append(tree(rest))
    return "".join(parts)


def _table(entries: Sequence[object]) -> str:
    """A table with a row for each entry; other values than models have one cell."""
    rows = [_row(entry) for entry in entries[:_MAX_ROWS]]
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        return ""
    head = "".join(f"<th>{_text(name)}</th>" for name in names)
    body = "".join(f"<tr>{''.join(_cell(name, row.get(name)) for name in names)}</tr>" for row in rows)
    more = f'<div class="meta">and {len(entries) - len(rows)} more</div>' if len(entries) > len(rows) else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _row(entry: object) -> dict[str, Any]:
    if not isinstance(entry, Model):
        return {"value": entry}
    row = summary(entry)
    duration = getattr(entry, "duration", None)
    return {**row, "duration": span(duration)} if isinstance(duration, timedelta) else row


def _cell(name: str, value: object) -> str:
    if value is None:
        return "<td></td>"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f'<td class="num">{_text(value)}</td>'
    if name == "status":
        return f"<td>{_status(value)}</td>"
    kind = ' class="id"' if name.endswith("id") else ""
    return f"<td{kind}>{_value(value)}</td>"


def _card(model: Model) -> str:
    """A model with its fields; those of a run have places of their own."""
    shown = summary(model)
    own_id = next((name for name in shown if name == "id" or name.endswith("_id")), None)
    if own_id is None or "status" not in shown:  # such as a run that was never started, which has no id
        return f"<b>{_text(type(model).__name__)}</b>{tree(shown)}"
    others = [name for name in shown if name not in (own_id, "status")]
    subject = others[0] if others and isinstance(shown[others[0]], str) and others[0] != "age" else None
    parts = [f"<div>{_status(shown['status'])} "]
    parts.append(f"<b>{_text(_cut(shown[subject]))}</b></div>" if subject else "</div>")
    parts.append(f'<div class="meta">{_meta(model, own_id, shown)}</div>')
    if shown.get("error") is not None:
        parts.append(f'<div class="error">{_error(shown["error"])}</div>')
    result = next((value for name in RESULTS if (value := getattr(model, name, None)) is not None), None)
    if result is not None:
        parts.append(f"<details open><summary>Result</summary>{tree(result)}</details>")
    steps = getattr(model, "steps", None)
    if isinstance(steps, list) and steps:
        parts.append(_steps(cast("list[object]", steps)))
    return "".join(parts)


def _meta(model: Model, own_id: str, shown: Mapping[str, Any]) -> str:
    parts = [f"<code>{_text(shown[own_id])}</code>"]
    if isinstance(shown.get("steps"), int):
        parts.append(f"{shown['steps']} step{'' if shown['steps'] == 1 else 's'}")
    duration = getattr(model, "duration", None)
    if isinstance(duration, timedelta):
        parts.append(f"took {span(duration)}")
    for name in ("created_at", "started_at"):
        began = getattr(model, name, None)
        if isinstance(began, datetime):
            # Not its age: the page is looked at later too.
            parts.append(_text(f"{began:%Y-%m-%d %H:%M:%S %Z}"))
            break
    for name, label in (("streaming_url", "Live view"), ("video_url", "Recording")):
        link = _link(getattr(model, name, None), label)
        if link:
            parts.append(link)
    parts += [name for name in ("adopted", "recovered") if shown.get(name)]
    return "".join(f"<span>{part}</span>" for part in parts)


def _error(error: object) -> str:
    if not isinstance(error, Model):
        return _value(error)
    told = [getattr(error, name, None) for name in ("message", "help_message")]
    texts = [_text(_cut(text)) for text in told if isinstance(text, str)]
    link = _link(getattr(error, "help_url", None), "Help")
    return "<br>".join([*texts, *([link] if link else [])]) or _value(error)


def _steps(steps: Sequence[object]) -> str:
    pictures_left = _MAX_IMAGE_CHARS
    rows: list[str] = []
    for number, step in enumerate(steps[:_MAX_PARTS], 1):
        action, duration = getattr(step, "action", None), getattr(step, "duration", None)
        status = getattr(step, "status", None)
        row = _text(_cut(action)) if isinstance(action, str) else _value(step)
        row += f' <span class="meta">{_text(_cut(duration))}</span>' if isinstance(duration, str) else ""
        row += f" {_status(status)}" if status is not None and status != "COMPLETED" else ""
        picture = getattr(step, "screenshot", None)
        if isinstance(picture, str) and picture:
            shown = _IMAGE.fullmatch(picture) is not None and len(picture) <= pictures_left
            pictures_left -= len(picture) if shown else 0
            row += _picture(picture, number) if shown else ' <span class="meta">(screenshot not shown)</span>'
        rows.append(f"<li>{row}</li>")
    if len(steps) > len(rows):
        rows.append(f"<li>and {len(steps) - len(rows)} more</li>")
    return f'<details open><summary>Steps</summary><ol class="steps">{"".join(rows)}</ol></details>'


def _picture(uri: str, number: int) -> str:
    """A thumbnail that becomes large when it's opened."""
    image = f'<img src="{uri}" width="160" alt="The page after step {number}">'
    return f'<details class="shot"><summary>{image}</summary></details>'


class _Room:
    """How many parts of a tree can still be shown."""

    def __init__(self) -> None:
        self.left = _MAX_PARTS


def tree(value: object, room: _Room | None = None, level: int = 0) -> str:
    """A JSON value as a tree that opens and closes; it needs `STYLE`, and an element of class `tinyfish` around it."""
    room = room or _Room()
    if isinstance(value, Model):
        value = set_fields(value)
    if isinstance(value, dict):
        members = [(str(name), inner) for name, inner in cast("dict[object, object]", value).items()]
    elif isinstance(value, list | tuple):
        members = [(str(number), inner) for number, inner in enumerate(cast("list[object]", value))]
    else:
        return _value(value)
    if not members:
        return "{}" if isinstance(value, dict) else "[]"
    if level >= _MAX_LEVELS:
        return _text(short(cast("object", value)))
    items: list[str] = []
    for name, inner in members:
        if room.left <= 0:
            items.append(f"<li>and {len(members) - len(items)} more</li>")
            break
        room.left -= 1
        items.append(f"<li>{_branch(name, inner, room, level)}</li>")
    return f'<ul class="tree">{"".join(items)}</ul>'


def _branch(name: str, value: object, room: _Room, level: int) -> str:
    key = f'<span class="key">{_text(_cut(name))}</span>'
    if has_members(value):
        is_open = " open" if level < _OPEN_LEVELS else ""
        preview = f'<span class="meta">{_text(short(value, 40))}</span>'
        return f"<details{is_open}><summary>{key} {preview}</summary>{tree(value, room, level + 1)}</details>"
    return f"{key}: {_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, Enum):
        return _value(value.value)
    if isinstance(value, str):
        text = f'<span class="text">{_text(_cut(value))}</span>'
        return _link(value, value) or text
    message = getattr(value, "message", None) if isinstance(value, Model) else None
    if isinstance(message, str):
        return _value(message)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return _text(short(value, _MAX_TEXT))


def _status(status: object) -> str:
    text = str(status.value) if isinstance(status, Enum) else str(status)
    kind = text if text in RunStatus.__members__ else ""
    return f'<span class="status {kind}">{_text(_cut(text, 40))}</span>'


def _link(url: object, label: str) -> str:
    """A link; empty if the URL isn't one of http or https."""
    if (
        not isinstance(url, str)
        or not url.isprintable()
        or not url.isascii()
        or " " in url
        or len(url) > _MAX_TEXT
    ):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    return f'<a href="{_text(url)}" target="_blank" rel="noopener noreferrer">{_text(label)}</a>'


def _cut(text: str, limit: int = _MAX_TEXT) -> str:
    return text if len(text) <= limit else f"{text[:limit]}..."


def _text(value: object) -> str:
    """Text for HTML; halves of surrogate pairs, which no notebook can store, become question marks."""
    return escape(str(value)).encode("utf-8", "replace").decode()
