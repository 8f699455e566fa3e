"""How the tools behave, checked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from attrs import field, frozen

from tinyfish._core import checks
from tinyfish._core.config import check_timeout
from tinyfish._core.no_copy import Live
from tinyfish._core.wire.masking import LEAST_PASSWORD_CHARS
from tinyfish.budget import Budget, checked_budget
from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError
from tinyfish.tools.secret_urls import secrets_of_urls
from tinyfish.tools.urls import UrlGuard

# The functions that each name brings. A run that takes longer than a framework waits has to be looked at again, and
# what was opened has to be closed.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "run": ("run", "get_run", "cancel_run"),
    "search": ("search",),
    "fetch": ("fetch",),
    "browser": ("browser", "browser_pages", "close_browser"),
}
DEFAULT_TOOLS: Final = ("run", "search", "fetch")
_LEAST_CHARS: Final = 500
# They are the tool's: the model's arguments, or what keeps a run from being paid twice.
_NOT_OPTIONS: Final = frozenset(
    [
        "goal",
        "url",
        "browser_profile",
        "idempotency_key",
        "retry_failed",
        "max_age",
        "timeout",
        "cancel_on_exit",
    ]
)


@frozen(kw_only=True)
class ToolOptions(Live):
    """The checked arguments of `toolset`, which describes them."""

    names: tuple[str, ...]
    budget: Budget | None
    patience: float
    max_chars: int
    guard: UrlGuard
    cancel_on_exit: bool
    run_options: Mapping[str, Any] = field(repr=False)  # may contain a password
    reuse_seconds: float
    job: str | None
    browser_idle_seconds: int
    max_browsers: int
    show_cdp_url: bool
    secrets: tuple[str, ...] = field(repr=False)

    @property
    def hidden(self) -> tuple[str, ...]:
        """What no answer may contain, besides the API key and the fields of `run_options` that are passwords."""
        return (*self.secrets, *secrets_of_urls(self.run_options))

    @classmethod
    def checked(
        cls,
        *,
        names: Sequence[str],
        budget: Budget | None,
        patience: float,
        max_chars: int,
        allowed_hosts: Sequence[str] | None,
        allow_private_hosts: bool,
        cancel_on_exit: bool,
        run_options: Mapping[str, Any] | None,
        reuse_seconds: float,
        job: str | None,
        browser_idle_seconds: int,
        max_browsers: int,
        show_cdp_url: bool,
        secrets: Sequence[str],
    ) -> ToolOptions:
        """Check the arguments.

        Raises:
            TypeError: One has the wrong type.
            ValueError: One has an invalid value.
        """
        patience_seconds = check_timeout(patience, "patience")
        if patience_seconds is None:
            raise InvalidArgumentError(
                "patience must be a number of seconds, because no framework waits endlessly for a tool."
            )
        if isinstance(secrets, str):
            raise InvalidArgumentTypeError("secrets must be a list of strings, not a string.")
        return cls(
            names=_functions_of(names),
            budget=checked_budget(budget),
            patience=patience_seconds,
            max_chars=checks.integer(_LEAST_CHARS)("max_chars", max_chars),
            guard=UrlGuard.of(
                allowed_hosts, allow_private_hosts=checks.boolean("allow_private_hosts", allow_private_hosts)
            ),
            cancel_on_exit=checks.boolean("cancel_on_exit", cancel_on_exit),
            run_options=_run_options(run_options),
            reuse_seconds=cast("float", checks.interval("reuse_seconds", reuse_seconds)),
            job=None if job is None else checks.key("job", job),
            browser_idle_seconds=checks.integer(5, 86400)("browser_idle_seconds", browser_idle_seconds),
            max_browsers=checks.integer(1)("max_browsers", max_browsers),
            show_cdp_url=checks.boolean("show_cdp_url", show_cdp_url),
            secrets=tuple(_secret(secret) for secret in secrets),
        )


def _functions_of(names: Sequence[str]) -> tuple[str, ...]:
    if isinstance(names, str):
        raise InvalidArgumentTypeError(f"names must be a list such as [{names!r}], not a string.")
    for name in names:
        if name not in GROUPS:
            raise InvalidArgumentError(
                f"There is no tool {name!r}. Choose from {', '.join(map(repr, GROUPS))}."
            )
    if not names:
        raise InvalidArgumentError(f"names is empty. Choose from {', '.join(map(repr, GROUPS))}.")
    return tuple(dict.fromkeys(function for name in names for function in GROUPS[name]))


def _secret(given: object) -> str:
    secret = checks.text("secrets", given)
    if len(secret) < LEAST_PASSWORD_CHARS:
        raise InvalidArgumentError(
            f"secrets has a text of {len(secret)} characters. It must have {LEAST_PASSWORD_CHARS} or more: a shorter "
            "one occurs in other words, so it can't be hidden."
        )
    return secret


def _run_options(given: Mapping[str, Any] | None) -> Mapping[str, Any]:
    options = dict(given or {})
    if wrong := sorted(_NOT_OPTIONS & options.keys()):
        raise InvalidArgumentError(f"run_options can't have {', '.join(wrong)}: the tools set it themselves.")
    return options
