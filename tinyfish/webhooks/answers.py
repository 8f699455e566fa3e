"""What a receiver answers, and whom it lets in. Pure."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit

from attrs import field, frozen
from tinyfish_generated.models import RunWebhookEvent
from tinyfish_generated.types import written

from tinyfish._core import checks
from tinyfish._core.log import logger
from tinyfish.errors import InvalidArgumentError, WebhookError
from tinyfish.ledger.deliveries import Delivery
from tinyfish.webhooks.bodies import document_in
from tinyfish.webhooks.events import AnyEvent, RunEvent, encodable, event_of

PARAMETER: Final = "secret"


@frozen
class WebhookAnswer:
    """The answer to a webhook.

    Attributes:
        status: Its HTTP status. The sender repeats after 5xx only.
        text: Its body, plain text.
        headers: More headers than those for the text.
    """

    status: int
    text: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def all_headers(self) -> list[tuple[str, str]]:
        """All headers."""
        length = str(len(self.text.encode()))
        return [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", length), *self.headers]


ACCEPTED: Final = WebhookAnswer(200, "accepted")
UNKNOWN: Final = WebhookAnswer(404, "not found")
WRONG_METHOD: Final = WebhookAnswer(405, "webhooks are sent with POST", (("Allow", "POST"),))
TOO_LARGE: Final = WebhookAnswer(413, "too large")
NOT_NOW: Final = WebhookAnswer(503, "can't be recorded now; send it again")


class Secrets:
    """The secrets that let a webhook in; never shown.

    Args:
        given: One, or several: the first is written into URLs, the others are still accepted.

    Raises:
        TypeError: One isn't a string; `ValueError` if it's empty.
    """

    def __init__(self, given: object) -> None:
        several: list[object] = (
            [given] if isinstance(given, str) or not isinstance(given, Iterable) else [*given]
        )
        if not several:
            raise InvalidArgumentError("secret must have at least one secret.")
        self._secrets = [checks.text("secret", one).encode() for one in several]

    def let_in(self, given: str) -> bool:
        """Whether a secret is one of them. Takes the same time, however much of it is right."""
        told = given.encode(errors="replace")
        fitting = [
            hmac.compare_digest(told, secret) for secret in self._secrets
        ]  # all, so that the time tells nothing
        return any(fitting)

    def written_into(self, base: object) -> str:
        """A URL with the secret.

        Raises:
            ValueError: The URL isn't one that the API accepts. The message doesn't show the secret.
        """
        url = checks.https_url("base_url", base)
        parts = urlsplit(url)
        if parts.fragment:
            raise InvalidArgumentError("base_url must not have a fragment (#...): it isn't sent.")
        if any(name == PARAMETER for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
            raise InvalidArgumentError(f"base_url must not have the parameter {PARAMETER!r}: it's added.")
        own = urlencode({PARAMETER: self._secrets[0]})
        query = f"{parts.query}&{own}" if parts.query else own
        return parts._replace(path=parts.path or "/", query=query).geturl()

    def __repr__(self) -> str:
        return "Secrets(****)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("The secrets of webhooks cannot be pickled. Create a receiver in each process.")


def secret_in(query: str) -> str:
    """The secret in the query of a URL; empty if there is none."""
    return next((value for name, value in parse_qsl(query) if name == PARAMETER), "")


def length_in(header: str) -> int | None:
    """The length that a Content-Length tells; None if it tells none."""
    if not header.isdecimal():
        return None
    # Python refuses to read thousands of digits, and no body is as long as twenty of them tell.
    return int(header.lstrip("0")[:20] or "0")


@frozen
class Door:
    """Decides about a webhook before anything is recorded.

    Attributes:
        max_body_bytes: How large a body can be.
    """

    _secrets: Secrets = field(alias="secrets")
    max_body_bytes: int

    def refusal(self, method: str, secret: str, length: int | None = None) -> WebhookAnswer | None:
        """The answer to a request whose body isn't to be read; None if it is.

        Args:
            method: Its method.
            secret: What it has as the secret.
            length: The length of its body, if it tells that.
        """
        if not self._secrets.let_in(secret):
            logger.info("A webhook was refused: its URL has %s secret.", "a wrong" if secret else "no")
            return UNKNOWN
        if method.upper() != "POST":
            return WRONG_METHOD
        return TOO_LARGE if length is not None and length > self.max_body_bytes else None

    def delivery_in(self, body: bytes) -> Delivery | WebhookAnswer:
        """The event in a body, to be recorded; or the answer to a body without one."""
        if len(body) > self.max_body_bytes:
            return TOO_LARGE
        try:
            event = event_of(document_in(body))
        except WebhookError as error:
            return WebhookAnswer(400, encodable(error.message))
        return _delivery_of(event)


def end_of(run_id: str) -> Delivery:
    """The event that a run has ended, somehow: how is read from the API."""
    return _delivery_of(event_of({"event": RunWebhookEvent.RUN_COMPLETED, "run_id": run_id}))


def _delivery_of(event: AnyEvent[Any]) -> Delivery:
    message: dict[str, Any] = event.document
    if isinstance(event, RunEvent):  # the rest is read from the API before it's believed
        message = {"event": event.event, "run_id": event.run_id}
    return Delivery(event.key, encodable(written(message)))
