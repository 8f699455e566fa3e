"""The headers of a request: those that users give, checked, and the client's own."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Final

from tinyfish._version import __version__
from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError

# Servers use these to find a request's end: a wrong value makes them wait for more, or misread the next request.
_OWN_TO_THE_REQUEST: Final = ("content-length", "transfer-encoding")

_MAX_CLIENT_LABEL_CHARS: Final = 128  # the size of the server's column
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)

# Headers for hosts other than the API's.
FOREIGN_HEADERS: Final[Mapping[str, str]] = {"User-Agent": f"tinyfish-python/{__version__}"}


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


def own_headers() -> dict[str, str]:
    """What the client says of itself, and of the program that uses it, to the API."""
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
