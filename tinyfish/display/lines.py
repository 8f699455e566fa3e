"""A model in one line, and the fields of it that rich and IPython show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final, Protocol, cast

from attrs import fields
from tinyfish_generated.types import Model, shown

_MAX_LINE: Final = 200
_MAX_VALUE: Final = 60

# What something with a status is about, and its result, under the names that products have for them.
_SUBJECTS: Final = ("goal", "query", "name", "title", "action", "url")
RESULTS: Final = ("result", "result_json", "deep_result", "quick_result")
_BEGINNINGS: Final = ("created_at", "started_at", "start_time", "timestamp")


class Printer(Protocol):
    """What IPython gives to `_repr_pretty_`."""

    def text(self, obj: str) -> None:
        """Write text."""

    def breakable(self, sep: str = " ") -> None:
        """Write a separator, or begin a line."""

    def pretty(self, obj: object) -> None:
        """Write an object."""

    def begin_group(self, indent: int = 0, open: str = "") -> None:
        """Begin something that is on one line, or else has each part on its own."""

    def end_group(self, dedent: int = 0, close: str = "") -> None:
        """End it."""


def line(model: Model) -> str:
    """A model in one line, for its repr."""
    text = f"{type(model).__name__}("
    for number, (name, value) in enumerate(summary(model).items()):
        part = f"{', ' if number else ''}{name}={short(value)}"
        if len(text) + len(part) > _MAX_LINE:
            return f"{text}{', ' if number else ''}...)"
        text += part
    return f"{text})"


def pretty(model: Model, printer: Printer, *, cycle: bool) -> None:
    """Print a model for IPython: on several lines, or on one within something else."""
    within = len(getattr(printer, "stack", ())) > 1
    if within or cycle:
        printer.text(line(model))
        return
    name = type(model).__name__
    printer.begin_group(len(name) + 1, f"{name}(")
    for number, (field, value) in enumerate(summary(model).items()):
        if number:
            printer.text(",")
            printer.breakable()
        printer.text(f"{field}=")
        printer.pretty(value)
    printer.end_group(len(name) + 1, ")")


def summary(model: Model) -> dict[str, Any]:
    """The fields to show, by name.

    Of a run, and of anything else with an id and a status: those, what it is about, its steps, result, error and age.
    Of other models: all fields that are set.
    """
    values = set_fields(model)
    own_id = next((name for name in values if name == "id" or name.endswith("_id")), None)
    if own_id is None or "status" not in values:
        return values
    subject = next((name for name in _SUBJECTS if name in values), None)
    # The result of a run that tells its goal is left to `run.result`, or it would fill the line.
    result = next((name for name in RESULTS if name in values and subject != "goal"), None)
    chosen = {name: values[name] for name in (own_id, "status", subject) if name is not None}
    if "num_of_steps" in values:
        chosen["steps"] = values["num_of_steps"]
    chosen |= {name: values[name] for name in ("error", result) if name is not None and name in values}
    # What the client knows about it, such as `adopted`.
    on_wire = model._names  # pyright: ignore[reportPrivateUsage]
    chosen |= {
        name: value for name, value in values.items() if name not in on_wire and name != "extra_fields"
    }
    age = age_of(values)
    return chosen if age is None else {**chosen, "age": span(age)}


def set_fields(model: Model) -> dict[str, Any]:
    """All fields that are set, but no passwords, by name."""
    values: dict[str, Any] = {}
    for attribute in fields(type(model)):
        value = getattr(model, attribute.name)
        if attribute.repr and value is not None and value is not attribute.default:
            values[attribute.name] = value
    return {**values, "extra_fields": model.extra_fields} if model.extra_fields else values


def age_of(values: Mapping[str, Any]) -> timedelta | None:
    """How long ago something began; None if it doesn't say."""
    for name in _BEGINNINGS:
        began = values.get(name)
        if isinstance(began, datetime):
            return datetime.now(UTC) - (began if began.tzinfo else began.replace(tzinfo=UTC))
    return None


def span(time: timedelta) -> str:
    """A time span in the unit that suits it, such as `12 s` or `3 min`."""
    seconds = max(time.total_seconds(), 0)
    if seconds < 10:
        return f"{seconds:.1f} s"
    for unit, length, limit in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
        if seconds < limit:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds / 86_400:,.0f} days"


def short(value: object, limit: int = _MAX_VALUE) -> str:
    """A value in one line of about that length."""
    if isinstance(value, Enum):
        value = value.value
        return value if isinstance(value, str) and value.isidentifier() else short(value, limit)
    if isinstance(value, str):
        return repr(str(value) if len(value) <= limit else f"{value[: limit - 3]}...")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Model):
        message = getattr(value, "message", None)
        text = short(message, limit) if isinstance(message, str) else line(value)
        return text if len(text) <= limit + len("''") else f"{type(value).__name__}(...)"
    if isinstance(value, dict):
        return _short_object(cast("dict[object, object]", value), limit)
    if isinstance(value, list | tuple):
        return _short_list(cast("list[object]", value))
    text = shown(value, limit)
    return " ".join(text.split())


def _short_object(value: Mapping[object, object], limit: int) -> str:
    parts: list[str] = []
    for name, member in value.items():
        if sum(map(len, parts)) >= limit:
            return f"{{{', '.join(parts)}, ...}}"
        inner = "{...}" if has_members(member, dict) else short(member, limit)
        parts.append(f"{short(name, limit)}: {inner}")
    return f"{{{', '.join(parts)}}}"


def has_members(value: object, kinds: Any = (Model, dict, list, tuple)) -> bool:
    """Whether a value has others in it."""
    return isinstance(value, kinds) and bool(value)


def _short_list(values: list[object] | tuple[object, ...]) -> str:
    """How many entries of which kind a list has."""
    if not values:
        return "[]"
    kinds = {type(value).__name__ for value in values if isinstance(value, Model)}
    noun = kinds.pop() if len(kinds) == 1 else "item" if len(values) == 1 else "items"
    statuses = Counter(
        short(status, 20) for v in values if (status := getattr(v, "status", None)) is not None
    )
    counts = ", ".join(f"{count} {status}" for status, count in statuses.most_common(5))
    return f"[{len(values)} {noun}: {counts}]" if counts else f"[{len(values)} {noun}]"
