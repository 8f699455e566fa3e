"""Checks of single arguments. Each takes the argument's name and value, and returns the value to send.

All of them raise before anything is sent: an `InvalidArgumentTypeError` (a `TypeError`) for a wrong type, an
`InvalidArgumentError` (a `ValueError`) for a wrong value. The message says what would be right.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast
from urllib.parse import SplitResult, quote, urlsplit

from tinyfish_generated.types import Model, is_id, shown

from tinyfish._core.hints import field_hint
from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError

if TYPE_CHECKING:
    from attrs import Attribute

Check: TypeAlias = Callable[[str, object], object]

_NOT_IN_URL: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")
MAX_KEY_CHARS: Final = 255
_LOOPBACK_HOSTS: Final = ("localhost", "127.0.0.1", "::1")


def of_attribute(check: Check) -> Callable[[object, Attribute[Any], Any], None]:
    """The check as a validator of attrs, which lets None pass where it is the default."""

    def validate(_: object, attribute: Attribute[Any], value: object) -> None:
        if value is not None or attribute.default is not None:
            check(attribute.name, value)

    return validate


def text(name: str, value: object) -> str:
    """A non-empty string."""
    if not isinstance(value, str):
        raise InvalidArgumentTypeError(f"{name} must be a string, not {type(value).__name__}.")
    if not value.strip():
        raise InvalidArgumentError(f"{name} must be a non-empty string.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidArgumentError(
            f"{name} contains a lone surrogate, which is not valid Unicode text."
        ) from None
    return value


def trimmed_text(name: str, value: object) -> str:
    """A non-empty string, stripped."""
    return text(name, value).strip()


def boolean(name: str, value: object) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise InvalidArgumentTypeError(f"{name} must be True or False, not {value!r}.")
    return value


def callback(name: str, value: object, *, may_be_async: bool = False) -> None:
    """Check that a callback can be called.

    Args:
        name: The argument's name.
        value: The argument; None for no callback.
        may_be_async: Whether its result is awaited.

    Raises:
        TypeError: It isn't callable, or its result wouldn't be awaited.
    """
    if value is None:
        return
    if not callable(value):
        raise InvalidArgumentTypeError(f"{name} must be a function, not {value!r}.")
    if not may_be_async and inspect.iscoroutinefunction(value):
        raise InvalidArgumentTypeError(
            f"{name} must not be a coroutine function here: only AsyncTinyFish awaits it."
        )


def integer(least: int | None = None, most: int | None = None) -> Callable[[str, object], int]:
    """An integer within bounds."""
    if least is None:
        bounds = f"{most} or less"
    elif most is None:
        bounds = f"{least} or more"
    else:
        bounds = f"from {least} to {most}"

    def check(name: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidArgumentTypeError(f"{name} must be an integer, not {value!r}.")
        if (least is not None and value < least) or (most is not None and value > most):
            raise InvalidArgumentError(f"{name} must be {bounds}, not {value}.")
        return value

    return check


def choice(values: Collection[str]) -> Check:
    """One of several strings, or the enum member for it."""

    def check(name: str, value: object) -> str:
        for text in values:
            if (value.value if isinstance(value, Enum) else value) == text:
                return text
        raise InvalidArgumentError(f"{name} must be one of {', '.join(map(repr, values))}, not {value!r}.")

    return check


def page_address(name: str, value: object) -> str:
    """A URL, or a bare domain, to which the server adds https://."""
    address = text(name, value).strip()
    if _NOT_IN_URL.search(address):
        # Escaped, it would be a URL, but it could also be meant as two.
        raise InvalidArgumentError(
            f"{name} must not contain spaces or control characters: {address!r}; did you mean "
            f"{_NOT_IN_URL.sub(lambda found: quote(found[0]), address)!r}?"
        )
    return address


def proxy_url(name: str, value: object) -> str:
    """A URL with a scheme and a host; the server decides which schemes a proxy can have."""
    url = page_address(name, value)
    parts = _parts(name, url)
    if "://" not in url or not parts.hostname:
        raise InvalidArgumentError(f"{name} must be a complete URL, such as 'http://proxy.example:8080'.")
    return url


def absolute_url(name: str, value: object) -> str:
    """An http or https URL with a scheme and a host."""
    url = page_address(name, value)
    parts = _parts(name, url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        hint = f"; did you mean {'https://' + url!r}?" if "://" not in url and "." in url else "."
        raise InvalidArgumentError(f"{name} must be a complete http or https URL, not {url!r}{hint}")
    return url


def _parts(name: str, url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise InvalidArgumentError(f"{name} is not a URL ({error}).") from None


def https_url(name: str, value: object) -> str:
    """An https URL; http only for this machine, for a local sandbox.

    The messages show no more of it than the host: the rest can have a secret, such as that of a webhook.
    """
    url = text(name, value).strip()
    shown_part = _up_to_host(url)
    if _NOT_IN_URL.search(url):
        raise InvalidArgumentError(f"{name} must not contain spaces or control characters: {shown_part!r}...")
    parts = _parts(name, url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidArgumentError(f"{name} must be a complete https URL, not {shown_part!r}.")
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK_HOSTS:
        raise InvalidArgumentError(f"{name} must be an https URL, not {shown_part!r}.")
    return url


def _up_to_host(url: str) -> str:
    """Scheme and host of a URL, or of what was meant to be one."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        scheme, rest = "", url
    return f"{scheme}{mark}{re.split('[/?#]', rest, maxsplit=1)[0].rpartition('@')[2]}"


def run_id(name: str, value: object) -> str:
    """A run's or session's id. The server chooses its form, so anything that can be part of a path is accepted."""
    if value is None or (isinstance(value, str) and not value.strip()):
        raise InvalidArgumentError(f"{name} must be a non-empty string.")
    if not isinstance(value, str):
        raise InvalidArgumentTypeError(f"{name} must be a string, not {type(value).__name__}.")
    if not is_id(value):
        raise InvalidArgumentError(
            f"{name} is not a valid id: {shown(value)!r}. An id has no leading or trailing spaces, no control "
            "characters, and at most 4,096 characters."
        )
    return value


def cursor(name: str, value: object) -> str:
    """The cursor of a list's next page."""
    if not isinstance(value, str):
        raise InvalidArgumentTypeError(
            f"{name} must be a string, the next_cursor of a page, not {type(value).__name__}."
        )
    if not is_id(value):
        raise InvalidArgumentError(
            f"{name} must be the unchanged next_cursor of a page, not {shown(value)!r}."
        )
    return value


def id_list(name: str, value: object) -> list[str]:
    """Ids without duplicates, in order."""
    return list(dict.fromkeys(run_id(f"{name}[{i}]", item) for i, item in enumerate(items(name, value))))


def json_object(name: str, value: object) -> dict[str, Any]:
    """A mapping that is sent to the server unchanged."""
    if not isinstance(value, Mapping):
        raise InvalidArgumentTypeError(f"{name} must be a mapping, not {type(value).__name__}.")
    try:
        json.dumps(value, default=dict).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidArgumentError(f"{name} is not JSON serializable: {error}") from None
    return dict(cast("Mapping[str, Any]", value))


Moment = str | date | datetime


def moment(name: str, value: object) -> datetime:
    """A point in time. A date means midnight; without a time zone it's UTC."""
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    stamp = text(name, value).strip()
    try:
        return moment(name, datetime.fromisoformat(stamp))
    except ValueError:
        raise InvalidArgumentError(
            f"{name} must be a datetime, a date or an ISO 8601 string such as '2025-01-01T00:00:00Z', "
            f"not {value!r}."
        ) from None


def key(name: str, value: object) -> str:
    """A key that names what is to be done: a non-empty string of up to MAX_KEY_CHARS characters."""
    given = text(name, value)
    if len(given) > MAX_KEY_CHARS:
        raise InvalidArgumentError(f"{name} can have {MAX_KEY_CHARS} characters at most, not {len(given)}.")
    return given


def job_name(value: object) -> str:
    """The name of a job, which precedes the keys of its items: `job/key`. So it has no slash, or two could be equal."""
    given = text("job", value)
    if "/" in given:
        raise InvalidArgumentError(
            f"job must be a name without a slash, such as 'prices-2026-11', not {given!r}."
        )
    return given


def interval(name: str, value: float | None) -> float | None:
    """Seconds between two polls; None for the default."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise InvalidArgumentTypeError(f"{name} must be a number of seconds, not {type(value).__name__}.")
    if not 0 < value < float("inf"):
        raise InvalidArgumentError(f"{name} must be above 0 seconds, not {value!r}.")
    return float(value)


def fields(
    name: str, value: object, checks: Mapping[str, Check], required: Iterable[str] = ()
) -> dict[str, Any]:
    """A model or a mapping, with each field checked; fields that are None are omitted."""
    if isinstance(value, Model):
        given: Mapping[str, Any] = value.to_dict()
    elif isinstance(value, Mapping):
        given = cast("Mapping[str, Any]", value)
    else:
        raise InvalidArgumentTypeError(f"{name} must be a mapping or a model, not {type(value).__name__}.")
    for field in given:
        if field not in checks:
            raise InvalidArgumentError(f"{name} has no field {field!r}{field_hint(str(field), checks)}")
    for field in required:
        if given.get(field) is None:
            raise InvalidArgumentError(f"{name} needs {field!r}.")
    return {
        field: checks[field](f"{name}.{field}", item) for field, item in given.items() if item is not None
    }


def items(name: str, value: object) -> list[object]:
    """The items of a list or any other iterable, except a string."""
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InvalidArgumentTypeError(f"{name} must be a list, not {type(value).__name__}.")
    if isinstance(value, Mapping | Model):  # iterating over these gives their fields
        raise InvalidArgumentTypeError(
            f"{name} must be a list, not a {type(cast('object', value)).__name__}."
        )
    return list(cast("Iterable[object]", value))
