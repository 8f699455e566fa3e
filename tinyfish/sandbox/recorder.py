"""The calls that a sandbox received, without secrets."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tinyfish_generated.rules import SECRET_FIELDS

from tinyfish.sandbox import clock
from tinyfish.sandbox.json_types import is_array, is_object

_SECRET_HEADERS = frozenset({"x-api-key", "authorization", "cookie", "proxy-authorization"})
_SECRET_FIELDS = SECRET_FIELDS | {"username"}
_CREDENTIALS = re.compile(r"//[^/@]*@")
_MASK = "****"
_KEPT = 10_000


@dataclass(slots=True, kw_only=True)
class RecordedRequest:
    """One call that the sandbox received.

    Attributes:
        method: Its HTTP method.
        path: Its path, without the query.
        query: Its query parameters.
        headers: Its headers, names in lower case, secrets masked.
        operation: Its operationId; None for a path that isn't in the contract.
        body: Its JSON body, secrets masked; None without one.
        received_at: When it was received, in the API's format.
        status: The response's status; None if it hasn't been answered yet.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    operation: str | None = None
    body: Any = None
    received_at: str = field(default_factory=clock.now)
    status: int | None = None


class Recorder:
    """Records the last calls."""

    def __init__(self) -> None:
        self._requests: deque[RecordedRequest] = deque(maxlen=_KEPT)

    def add(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> RecordedRequest:
        """Record a call. Details that become known later are set on the returned object."""
        request = RecordedRequest(
            method=method, path=path, query=dict(query), headers=_masked_headers(headers)
        )
        self._requests.append(request)
        return request

    def all(self) -> list[RecordedRequest]:
        """The calls, oldest first; at most the last 10,000."""
        return list(self._requests)

    def clear(self) -> None:
        """Delete all calls."""
        self._requests.clear()


def _masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers with lower-case names, without secrets."""
    lowered = {name.lower(): value for name, value in headers.items()}
    return {name: _MASK if name in _SECRET_HEADERS else value for name, value in lowered.items()}


def masked(body: Any) -> Any:
    """A request's body without secrets: proxy credentials, and the query of a webhook's address."""
    if not is_object(body):
        return body
    safe: dict[str, Any] = {name: _MASK if name in SECRET_FIELDS else value for name, value in body.items()}
    if is_object(safe.get("proxy_config")):
        safe["proxy_config"] = {
            name: _masked_field(name, value) for name, value in safe["proxy_config"].items()
        }
    if isinstance(safe.get("webhook_url"), str):
        address, mark, _ = _CREDENTIALS.sub(f"//{_MASK}@", safe["webhook_url"]).partition("?")
        safe["webhook_url"] = f"{address}?{_MASK}" if mark else address
    if is_array(safe.get("runs")):
        safe["runs"] = [masked(entry) for entry in safe["runs"]]
    return safe


def _masked_field(name: str, value: Any) -> Any:
    if name in _SECRET_FIELDS:
        return _MASK
    return _CREDENTIALS.sub(f"//{_MASK}@", value) if isinstance(value, str) else value
