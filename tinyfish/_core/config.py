"""A client's configuration: arguments, environment variables, hosts, and the documented defaults."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from attrs import evolve, field, frozen

from tinyfish._version import __version__
from tinyfish.adopt import Adopt
from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError

if TYPE_CHECKING:  # without a ledger, it isn't loaded
    from tinyfish.ledger import Ledger

# The SDK's documented defaults.
DEFAULT_BASE_URL: Final = "https://agent.tinyfish.ai"
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

# Tags of openapi.yaml with their own host if no base URL is given. Its root is the product's first path. All others
# are served by the base URL.
PRODUCT_HOSTS: Final[Mapping[str, str]] = {
    "browser": "https://api.browser.tinyfish.ai",
    "search": "https://api.search.tinyfish.ai",
    "fetch": "https://api.fetch.tinyfish.ai",
}
# The first path of each, under a base URL.
_PRODUCT_PATHS: Final = {tag: f"/v1/{tag}" for tag in PRODUCT_HOSTS}
# Those whose other paths lack it too on their own host. The API's reference has the others with it:
# https://api.search.tinyfish.ai/v1/search/usage.
_AT_THE_ROOT: Final = ("browser",)

# Sockets reject timeouts of centuries. Such a value, or infinity, means no limit.
_ENDLESS_SECONDS: Final = 1e9

_MAX_CLIENT_LABEL_CHARS = 128  # the size of the server's column

# The base URL of a sandbox inside the program: `sandbox:`, or `sandbox:rules.yaml`.
_SANDBOX_SCHEME: Final = "sandbox:"
# The hosts of those, with their ports. Proxies from the environment aren't used for them.
IN_PROGRAM_HOSTS: Final[set[bytes]] = set()

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


class NotGiven:
    """Distinguishes "not given" from None, which means "no limit"."""

    def __repr__(self) -> str:
        return "the client's"


NOT_GIVEN = NotGiven()
Timeout = float | None | NotGiven


@frozen(kw_only=True, repr=False)
class Secret:
    """A string that is never shown: not in repr, str, logs or the locals of a traceback."""

    _value: str = field(alias="value")

    @property
    def is_text(self) -> bool:
        """Whether it's a string."""
        return isinstance(self._value, str)  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker

    @property
    def is_empty(self) -> bool:
        """Whether it's empty."""
        return not self._value

    @property
    def is_unicode(self) -> bool:
        """Whether it can be sent: a lone surrogate can't."""
        return not any("\ud800" <= char <= "\udfff" for char in self._value)

    @property
    def fits_header(self) -> bool:
        """Whether it's a valid header value."""
        return self._value.isascii() and self._value.isprintable()

    def stripped(self) -> Secret:
        """The same, stripped."""
        return Secret(value=self._value.strip(" "))

    def reveal(self) -> str:
        """The string itself, for the only place that sends it."""
        return self._value

    def __repr__(self) -> str:
        shown = self._value[:8] if self.is_text and len(self._value) > 12 else ""
        return f"'{shown}****'"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("An API key cannot be pickled; create a client in the process that uses it.")


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
            default_headers=merged_headers(_own_headers(), check_headers(default_headers or {})),
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
        if not isinstance(product, str) or product not in _PRODUCT_PATHS:  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
            products = ", ".join(map(repr, _PRODUCT_PATHS))
            raise InvalidArgumentError(f"product must be one of {products}, not {product!r}.")
        return self.url(product, _PRODUCT_PATHS[product])


def address_of(base_url: str | None, tag: str, path: str) -> str:
    """The absolute URL of an operation, with a base URL or on its product's own host."""
    if base_url is not None:
        return base_url + path
    host = PRODUCT_HOSTS.get(tag)
    if host is None:
        return DEFAULT_BASE_URL + path
    if path == _PRODUCT_PATHS[tag]:
        return f"{host}/"
    return host + (path.removeprefix(_PRODUCT_PATHS[tag]) if tag in _AT_THE_ROOT else path)


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


def check_headers(headers: Mapping[str, str], what: str = "default_headers") -> dict[str, str]:
    """Headers to send, checked.

    Args:
        headers: The headers.
        what: What to call them in errors.

    Raises:
        TypeError: A name or value isn't a string.
        ValueError: A name or value isn't valid, or it's the API key's header.
    """
    if not isinstance(headers, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
        raise InvalidArgumentTypeError(f"{what} must be a mapping, not {type(headers).__name__}.")
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
            raise InvalidArgumentTypeError(f"{what} must map strings to strings, not {name!r} to {value!r}.")
        if name.lower() == "x-api-key":
            raise InvalidArgumentError("Pass the API key as api_key=, not as a header.")
        if not name or not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise InvalidArgumentError(f"{what}: {name!r} is not a valid header name.")
        if name.lower() in _OWN_TO_THE_REQUEST:
            raise InvalidArgumentError(
                f"{what}: {name!r} cannot be set, because the client sets it for each request."
            )
        if not value.isascii() or not (value.isprintable() or value == "") or value != value.strip():
            raise InvalidArgumentError(
                f"{what}: the value of {name!r} must be printable ASCII, without spaces around it."
            )
    return dict(headers)


def merged_headers(*mappings: Mapping[str, str]) -> dict[str, str]:
    """All headers combined; a later one replaces an earlier one, ignoring the case of names."""
    merged: dict[str, tuple[str, str]] = {}
    for mapping in mappings:
        merged.update({name.lower(): (name, value) for name, value in mapping.items()})
    return dict(merged.values())


def hidden(argument: str | None) -> Secret | None:
    """An argument, made safe to be a local variable of frames that can raise. Never raises."""
    return None if argument is None else Secret(value=argument)


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


def is_in_program(address: str) -> bool:
    """Whether a base URL means a sandbox inside the program."""
    return address.strip().lower().startswith(_SANDBOX_SCHEME)


def _sandbox_in_program(address: str) -> tuple[str, Secret]:
    """The URL and the key of a sandbox inside the program, which is started if it isn't running."""
    from tinyfish.sandbox.in_program import sandbox_of  # only here: an ordinary client doesn't load it

    try:
        sandbox = sandbox_of(address[len(_SANDBOX_SCHEME) :])
    except (OSError, ValueError) as error:
        raise InvalidArgumentError(
            f"base_url {address!r} can't be used: {error}. Write 'sandbox:' and the path of a file of rules, such as "
            "'sandbox:rules.yaml', or 'sandbox:' alone for a sandbox without rules."
        ) from None
    IN_PROGRAM_HOSTS.add(sandbox.url.rpartition("/")[2].encode("ascii"))
    return sandbox.url, Secret(value=sandbox.api_key)


def check_base_url(url: str, name: str = "base_url") -> str:
    """The URL of a server that serves the whole API, without a slash at the end.

    Raises:
        ValueError: It isn't one; the message says what would be right.
    """
    if not is_http_url(url) or not _can_connect_to(url):
        raise InvalidArgumentError(
            f"{name} must be an absolute http or https URL like {DEFAULT_BASE_URL!r}, not {url!r}."
        )
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise InvalidArgumentError(
            f"{name} must not contain a user name or password; use http_client= for a proxy login."
        )
    if parts.query or parts.fragment:
        raise InvalidArgumentError(f"{name} must not have a query or fragment: {url!r}.")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidArgumentError(f"{name} contains an invalid character: {url!r}.")
    for host in PRODUCT_HOSTS.values():
        if parts.hostname == urlsplit(host).hostname:
            raise InvalidArgumentError(
                f"{name} must be a host that serves the whole API, such as {DEFAULT_BASE_URL!r}; {host!r} serves "
                f"only one product. Omit {name} to call each product on its own host."
            )
    url = url.rstrip("/")
    if url.endswith("/v1"):
        raise InvalidArgumentError(
            f"{name} must not end in /v1, which is part of every path: use {url[:-3]!r}."
        )
    return url


def is_http_url(url: str) -> bool:
    """Whether a string is a complete http or https URL with a valid port."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and is_host(parts.hostname) and parts.port != 0
    except ValueError:  # unclosed brackets, or a port that isn't a number or is too large
        return False


def is_host(name: str | None) -> bool:
    """Whether a string is a valid host name: names that IDNA rejects can't be looked up."""
    try:
        return name is not None and 0 < len(name.encode("idna")) <= _MAX_HOST_CHARS
    except UnicodeError:  # an empty label, or one longer than 63 characters
        return False


def _can_connect_to(url: str) -> bool:
    """Whether httpx accepts a URL. It uses IDNA 2008 for host names, which is stricter than browsers."""
    import httpx  # here, because it's slow to load, and a program may import the client without using it

    try:
        return bool(httpx.URL(url).host)
    except (UnicodeError, httpx.InvalidURL):
        return False


# Servers use these to find a request's end: a wrong value makes them wait for more, or misread the next request.
_OWN_TO_THE_REQUEST: Final = ("content-length", "transfer-encoding")

_MAX_HOST_CHARS: Final = 253

# Headers for hosts other than the API's.
FOREIGN_HEADERS: Final[Mapping[str, str]] = {"User-Agent": f"tinyfish-python/{__version__}"}


def _own_headers() -> dict[str, str]:
    headers = {
        **FOREIGN_HEADERS,
        "X-TF-Request-Origin": "tinyfish-python",
    }
    for variable, header in (
        ("TF_CLIENT_NAME", "X-TF-Client-Name"),
        ("TF_CLIENT_VERSION", "X-TF-Client-Version"),
    ):
        label = "".join(c for c in os.environ.get(variable, "") if c.isascii() and c.isprintable()).strip()
        if label:
            headers[header] = label[:_MAX_CLIENT_LABEL_CHARS].rstrip()
    attempt_id = os.environ.get("TINYFISH_RUNTIME_ATTEMPT_ID", "").strip()
    if _UUID.fullmatch(attempt_id):
        headers |= {
            "X-TF-Connect-Source": "setup_page",
            "X-TF-Connect-Client": "python",
            "X-TF-Connect-Attempt-Id": attempt_id,
        }
    return headers
