"""An idempotency key of which the caller knows more."""

from __future__ import annotations

from attrs import field, frozen

from tinyfish._core import checks
from tinyfish._core.constructors import checks_names


@checks_names
@frozen
class IdempotencyKey:
    """A key for `idempotency_key=`, with what the caller knows of it. A string works too, and is never new.

    Job engines know whether a task is tried for the first time: DBOS by its recorded steps, Celery by `redelivered` and
    `retries`. Without a ledger, that spares the search before the first start of a key, which takes 15 seconds.

    Attributes:
        key: The key, of up to 255 characters.
        is_new: Whether no start with this key was ever sent, by anybody. If that's wrong, the run may be started twice.

    Raises:
        ValueError: The key is empty or too long; `TypeError` if an argument has the wrong type.

    Example:
        >>> from tinyfish import IdempotencyKey, TinyFish
        >>> with TinyFish() as client:
        ...     key = IdempotencyKey("order-4711", is_new=True)
        ...     client.agent.queue(goal="Read the title", url="https://example.com", idempotency_key=key)
    """

    key: str = field(validator=checks.of_attribute(checks.key))
    is_new: bool = field(default=False, kw_only=True, validator=checks.of_attribute(checks.boolean))
