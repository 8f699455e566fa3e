"""A client's configuration: arguments, environment variables, and the documented defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from attrs import evolve, field, frozen

from tinyfish._core.addresses import (
    DEFAULT_BASE_URL,
    IN_PROGRAM_HOSTS,
    SANDBOX_SCHEME,
    address_of,
    check_base_url,
    is_in_program,
    product_path,
)
from tinyfish._core.headers import check_headers, merged_headers, own_headers
from tinyfish._core.secret import Secret
from tinyfish.adopt import Adopt
from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError

if TYPE_CHECKING:  # without a ledger, it isn't loaded
    from tinyfish.ledger import Ledger

# The SDK's documented defaults.
DEFAULT_TIMEOUT: Final = 600.0
DEFAULT_MAX_RETRIES: Final = 2

# A connection that isn't established within this many seconds never will be.
MAX_CONNECT_SECONDS: Final = 15.0
# A read that is silent for this long is retried, if retries are left: reads are safe to repeat.
SILENT_READ_SECONDS: Final = 60.0
# A stream without any byte, including heartbeats, for this long counts as dead.
DEFAULT_IDLE_TIMEOUT: Final = 120.0
# A research run takes up to 45 minutes. Its stream, and that of a dataset, sends a heartbeat every 15 s.
DEFAULT_RESEARCH_SECONDS: Final = 3600.0
DEFAULT_HEARTBEAT_TIMEOUT: Final = 60.0
DEFAULT_MAX_EVENT_BYTES: Final = 64 * 1024 * 1024
# How long a browser session's page can take to become something other than blank.
DEFAULT_INSPECTOR_SECONDS: Final = 20.0

# How much memory a response body can use, decompressed; an error's body is truncated at MAX_ERROR_BYTES.
DEFAULT_MAX_BODY_BYTES: Final = 256 * 1024 * 1024
MAX_ERROR_BYTES: Final = 1024 * 1024

# Sockets reject timeouts of centuries. Such a value, or infinity, means no limit.
_ENDLESS_SECONDS: Final = 1e9


class NotGiven:
    """Distinguishes "not given" from None, which means "no limit"."""

    def __repr__(self) -> str:
        return "the client's"


NOT_GIVEN = NotGiven()
Timeout = float | None | NotGiven


@frozen(kw_only=True, eq=False)
class Config:
    """The checked configuration of one client."""

    api_key: Secret
    base_url: str | None  # None: each product on its own host
    timeout: float | None
    max_retries: int
    adopt: Adopt = Adopt.WHEN_SURE
    default_headers: Mapping[str, str] = field(factory=dict[str, str], repr=False)  # may contain a password
    schema_in_goal: bool = False
    api_integration: str | None = None
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES
    ledger: Ledger | None = None

    @classmethod
    def create(
        cls,
        *,
        api_key: Secret | None,
        base_url: str | None,
        timeout: float | None,
        max_retries: int,
        adopt: Adopt | str,
        schema_in_goal: bool,
        default_headers: Mapping[str, str] | None,
        max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
        ledger: Ledger | None = None,
    ) -> Config:
        """Check the arguments, and use environment variables for missing ones.

        Raises:
            ValueError: An argument or environment variable is missing or wrong; the message says what would be right.
            TypeError: An argument has the wrong type.
        """
        address = _given_base_url(base_url)
        if is_in_program(address):
            address, api_key = _sandbox_in_program(address)
        return cls(
            api_key=_read_api_key(api_key),
            base_url=check_base_url(address) if address else None,
            timeout=check_timeout(timeout),
            max_retries=check_max_retries(max_retries),
            adopt=check_adopt(adopt),
            schema_in_goal=schema_in_goal,
            default_headers=merged_headers(own_headers(), check_headers(default_headers or {})),
            api_integration=os.environ.get("TF_API_INTEGRATION") or None,
            max_body_bytes=check_max_body_bytes(max_body_bytes),
            ledger=ledger,
        )

    def with_options(
        self,
        *,
        timeout: float | None,
        max_retries: int,
        adopt: Adopt | str,
        schema_in_goal: bool,
        default_headers: Mapping[str, str],
    ) -> Config:
        """A copy with other options; headers are added to the existing ones."""
        return evolve(
            self,
            timeout=check_timeout(timeout),
            max_retries=check_max_retries(max_retries),
            adopt=check_adopt(adopt),
            schema_in_goal=schema_in_goal,
            default_headers=merged_headers(self.default_headers, check_headers(default_headers)),
        )

    def adopt_or(self, given: Adopt | str | None) -> Adopt:
        """The call's value, otherwise the client's.

        Raises:
            ValueError: It isn't one of the options.
        """
        return self.adopt if given is None else check_adopt(given)

    def schema_in_goal_or(self, given: bool | None) -> bool:
        """The call's value, otherwise the client's."""
        return self.schema_in_goal if given is None else given

    def describe(self) -> str:
        """For the client's repr; the key is masked."""
        return (
            f"api_key={self.api_key!r}, base_url={self.base_url or DEFAULT_BASE_URL!r}, "
            f"timeout={self.timeout}, max_retries={self.max_retries}"
        )

    def url(self, tag: str, path: str) -> str:
        """The absolute URL of an operation."""
        return address_of(self.base_url, tag, path)

    def product_url(self, product: str) -> str:
        """The URL of a product.

        Raises:
            InvalidArgumentError: There is no such product.
        """
        return self.url(product, product_path(product))


def check_timeout(seconds: float | None, name: str = "timeout") -> float | None:
    """A time limit in seconds; None for no limit.

    Raises:
        TypeError: Not a number.
        ValueError: Not above zero.
    """
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise InvalidArgumentTypeError(
            f"{name} must be a number of seconds or None, not {type(seconds).__name__}."
        )
    if not seconds > 0:
        raise InvalidArgumentError(f"{name} must be above 0 seconds, not {seconds!r}; None means no limit.")
    return None if seconds > _ENDLESS_SECONDS else float(seconds)


def check_max_retries(count: int) -> int:
    """How often a failed request can be retried.

    Raises:
        TypeError: Not an integer.
        ValueError: Negative.
    """
    if isinstance(count, bool) or not isinstance(count, int):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise InvalidArgumentTypeError(f"max_retries must be an integer, not {type(count).__name__}.")
    if count < 0:
        raise InvalidArgumentError(f"max_retries must be 0 or more, not {count}; 0 means one request.")
    return count


def check_max_body_bytes(count: int) -> int:
    """The size limit of response bodies.

    Raises:
        TypeError: Not an integer.
        ValueError: Not above zero.
    """
    if isinstance(count, bool) or not isinstance(count, int):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise InvalidArgumentTypeError(f"max_body_bytes must be an integer, not {type(count).__name__}.")
    if count < 1:
        raise InvalidArgumentError(f"max_body_bytes must be 1 or more, not {count}.")
    return count


def check_adopt(choice: Adopt | str) -> Adopt:
    """When to treat a run found after a lost response as the one that was started.

    Raises:
        ValueError: It isn't one of the options.
    """
    try:
        return Adopt(choice)
    except ValueError:
        options = ", ".join(repr(option.value) for option in Adopt)
        raise InvalidArgumentError(f"adopt must be one of {options}, not {choice!r}.") from None


def _read_api_key(given: Secret | None) -> Secret:
    key = Secret(value=os.environ.get("TINYFISH_API_KEY", "")) if given is None else given
    if not key.is_text:
        raise InvalidArgumentTypeError("api_key must be a string.")
    key = key.stripped()
    if key.is_empty:
        raise InvalidArgumentError(
            "No API key provided. Pass api_key=... or set the environment variable TINYFISH_API_KEY; "
            "create a key at https://agent.tinyfish.ai/api-keys. To try a program without a key, set "
            "TINYFISH_BASE_URL=sandbox: (it needs the extra sandbox)."
        )
    if not key.fits_header:
        raise InvalidArgumentError(
            "The API key contains an invalid character (a line break, a control character, or one outside "
            "ASCII). If you read it from a file, remove the line break with key.strip()."
        )
    return key


def _given_base_url(given: str | None) -> str:
    """The argument, otherwise the environment variable; empty if neither is given."""
    if given is not None and not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise InvalidArgumentTypeError(f"base_url must be a string, not {type(given).__name__}.")
    return (given if given is not None else os.environ.get("TINYFISH_BASE_URL", "")).strip()


def _sandbox_in_program(address: str) -> tuple[str, Secret]:
    """The URL and the key of a sandbox inside the program, which is started if it isn't running."""
    from tinyfish.sandbox.in_program import sandbox_of  # only here: an ordinary client doesn't load it

    try:
        sandbox = sandbox_of(address[len(SANDBOX_SCHEME) :])
    except (OSError, ValueError) as error:
        raise InvalidArgumentError(
            f"base_url {address!r} can't be used: {error}. Write 'sandbox:' and the path of a file of rules, such as "
            "'sandbox:rules.yaml', or 'sandbox:' alone for a sandbox without rules."
        ) from None
    IN_PROGRAM_HOSTS.add(sandbox.url.rpartition("/")[2].encode("ascii"))
    return sandbox.url, Secret(value=sandbox.api_key)
