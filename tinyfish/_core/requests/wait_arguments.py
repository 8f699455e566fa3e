"""Checks the options of a wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

from tinyfish._core import checks
from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.cancellation.cancel_policy import CancelPolicy
from tinyfish._core.config import NOT_GIVEN
from tinyfish._core.hints import argument_hint
from tinyfish.errors import InvalidArgumentTypeError
from tinyfish.models import Run
from tinyfish.models.returns import ReadOptions, read_options
from tinyfish.options import WaitOptions


@frozen(kw_only=True, eq=False, repr=False)
class WaitArguments:
    """The checked options of a wait; see `WaitOptions`."""

    timeout: float | None
    poll_interval: float | None
    reading: ReadOptions
    on_update: Callable[[Run], object] | None
    cancel_policy: CancelPolicy

    @classmethod
    def of(cls, executor: BaseExecutor, given: WaitOptions) -> WaitArguments:
        """Check a wait's arguments.

        Raises:
            TypeError: An argument doesn't exist, or has the wrong type.
            ValueError: An argument has an invalid value.
        """
        options: dict[str, Any] = dict(given)
        for name in options:
            if name not in WaitOptions.__annotations__:
                hint = argument_hint(name, WaitOptions.__annotations__)
                raise InvalidArgumentTypeError(f"A wait has no argument {name!r}{hint}")
        on_update = options.get("on_update")
        checks.callback("on_update", on_update, may_be_async=executor.awaits_callbacks)
        return cls(
            timeout=executor.options(options.get("timeout", NOT_GIVEN), None).timeout,
            poll_interval=checks.interval("poll_interval", options.get("poll_interval")),
            reading=read_options(options),
            on_update=on_update,
            cancel_policy=CancelPolicy(
                cancel_on_exit=checks.boolean("cancel_on_exit", options.get("cancel_on_exit", False)),
                cancel_on_timeout=checks.boolean(
                    "cancel_on_timeout", options.get("cancel_on_timeout", False)
                ),
            ),
        )
