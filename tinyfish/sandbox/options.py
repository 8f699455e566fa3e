"""The settings of a sandbox. A wrong one is refused here, and not by the first call that it breaks."""

import math
import os
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, cast

from attrs import field, frozen

from tinyfish._core import checks
from tinyfish._core.checks import of_attribute
from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError
from tinyfish.sandbox.addresses import is_loopback
from tinyfish.sandbox.script.files import Script


def _seconds(name: str, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidArgumentTypeError(f"{name} must be a number of seconds, not {value!r}")
    if not 0 <= value < math.inf:
        raise InvalidArgumentError(f"{name} must be 0 seconds or more, not {value!r}")
    return value


def _interval(name: str, value: object) -> object:
    if not _seconds(name, value):
        raise InvalidArgumentError(f"{name} must be above 0 seconds, not {value!r}")
    return value


def _delays(name: str, value: object) -> object:
    for number, delay in enumerate(checks.items(name, value)):
        _seconds(f"{name}[{number}]", delay)
    return value


def _loopback(name: str, value: object) -> object:
    if not isinstance(value, str):
        raise InvalidArgumentTypeError(f"{name} must be a string, not {type(value).__name__}")
    if not is_loopback(value):
        raise InvalidArgumentError(f"{name} must be a loopback address such as '127.0.0.1', not {value!r}")
    return value


def _program(name: str, value: object) -> object:
    if value is not False and not (value and isinstance(value, str | os.PathLike)):
        raise InvalidArgumentTypeError(
            f"{name} must be the path or the name of a program, None to look for one, or False for none, not {value!r}"
        )
    return cast("object", value)


def _unmatched(name: str, value: object) -> object:
    if value not in ("read", "fail"):
        raise InvalidArgumentError(f'{name} must be "read" or "fail", not {value!r}')
    return value


def _money(balance: Decimal | float | str | None) -> Decimal | None:
    if balance is None:
        return None
    if isinstance(balance, bool) or not isinstance(balance, Decimal | int | float | str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise InvalidArgumentTypeError(f"balance must be a number of US dollars or None, not {balance!r}")
    try:
        amount = Decimal(str(balance))
    except ArithmeticError:
        amount = Decimal("nan")
    if not amount.is_finite():
        raise InvalidArgumentError(f"balance must be a number of US dollars, not {balance!r}")
    return amount


_count: Any = of_attribute(checks.integer(1))


@frozen(kw_only=True)
class Options:
    """The settings of a sandbox; see `Sandbox`."""

    port: int = field(validator=of_attribute(checks.integer(0, 65535)))
    host: str = field(validator=of_attribute(_loopback))
    api_key: str = field(validator=of_attribute(checks.text))
    database: str = field(validator=of_attribute(checks.text))
    concurrency: int = field(validator=_count)
    step_delay: float = field(validator=of_attribute(_seconds))
    page_timeout: float = field(validator=of_attribute(_interval))
    tabs: int = field(validator=_count)
    chromium: str | os.PathLike[str] | Literal[False] | None = field(
        default=None, validator=of_attribute(_program)
    )
    max_sessions: int = field(validator=_count)
    max_session_seconds: float = field(validator=of_attribute(_interval))
    session_latency: float = field(validator=of_attribute(_seconds))
    heartbeat_interval: float = field(validator=of_attribute(_interval))
    webhook_delays: Sequence[float] = field(validator=of_attribute(_delays))
    script: Script
    unmatched: Literal["read", "fail"] = field(validator=of_attribute(_unmatched))
    balance: Decimal | None = field(converter=_money)
