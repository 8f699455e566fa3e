"""The checked key of a start, and the options that go with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen
from tinyfish_generated.models import BatchRunItem

from tinyfish._core import checks
from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.batching import RUNS_IN_A_CALL, chunks
from tinyfish.errors import InvalidArgumentError
from tinyfish.idempotency import IdempotencyKey
from tinyfish.models.returns import OutputSpec

if TYPE_CHECKING:  # most starts have no key
    from tinyfish._core.keyed.keyed_start import KeyedStart


@frozen(kw_only=True)
class Keying:
    """The key of a start, and how it's used.

    Attributes:
        key: The caller's key; None for a new one.
        retry_failed: Whether to start a new run if that of the key failed or was cancelled.
        max_age: How old a result of the same content can be, to be used instead.
        has_ledger: Whether the client has one. Then every start has a key.
    """

    key: IdempotencyKey | None = None
    retry_failed: bool = False
    max_age: float | None = None
    has_ledger: bool = False

    @classmethod
    def of_options(cls, executor: BaseExecutor, options: dict[str, Any]) -> Keying:
        """Check the options, and take them out of the given ones.

        Raises:
            TypeError: An option has the wrong type.
            ValueError: An option has an invalid value, or needs a ledger.
        """
        has_ledger = executor.config.ledger is not None
        if not has_ledger and _OPTIONS.isdisjoint(options):
            return _NO_KEY
        key = options.pop("idempotency_key", None)
        max_age = checks.interval("max_age", options.pop("max_age", None))
        if max_age is not None and not has_ledger:
            raise InvalidArgumentError(
                "max_age needs a ledger, which has the results: pass ledger= to the client."
            )
        return cls(
            key=key_of("idempotency_key", key),
            retry_failed=checks.boolean("retry_failed", options.pop("retry_failed", False)),
            max_age=max_age,
            has_ledger=has_ledger,
        )

    def needed(self, *, has_keys: bool) -> bool:
        """Whether the start needs a key.

        Args:
            has_keys: Whether the caller gave one.

        Raises:
            InvalidArgumentError: There is an option that needs one, but none was given.
        """
        if has_keys or self.has_ledger:
            return True
        if self.retry_failed:
            raise InvalidArgumentError(
                "retry_failed needs an idempotency_key: without one, every call starts a run."
            )
        return False

    def start(self, key: IdempotencyKey | None, body: Mapping[str, Any]) -> KeyedStart:
        """The start of a run with a key; a new one if it's None."""
        from tinyfish._core.keyed.keyed_start import KeyedStart, new_key  # most starts have no key

        return KeyedStart(
            new_key() if key is None else key.key,
            body,
            is_new=key is None or key.is_new,
            is_made=key is None,
            retry_failed=self.retry_failed,
            max_age=self.max_age,
        )


# Most starts have none of these.
_OPTIONS: Final = frozenset({"idempotency_key", "retry_failed", "max_age"})
_NO_KEY: Final = Keying()


def key_of(name: str, value: object) -> IdempotencyKey | None:
    """A caller's key; None if there is none.

    Raises:
        TypeError: It isn't a string or an `IdempotencyKey`.
        ValueError: It's empty or too long.
    """
    if value is None or isinstance(value, IdempotencyKey):
        return value
    return IdempotencyKey(checks.key(name, value))


def starts_with_keys(
    items: Sequence[BatchRunItem],
    keys: Sequence[IdempotencyKey | None],
    keying: Keying,
    output_spec: OutputSpec,
) -> list[list[KeyedStart]] | None:
    """The starts of runs that have keys; a run without one gets a new one, if any other has one.

    Raises:
        InvalidArgumentError: Two have the same key, or there is an option that needs one.
    """
    if not keying.needed(has_keys=any(keys)):
        return None
    schema = {} if output_spec.output_schema is None else {"output_schema": dict(output_spec.output_schema)}
    starts: list[KeyedStart] = []
    places: dict[str, int] = {}
    for i, (item, key) in enumerate(zip(items, keys, strict=True)):
        start = keying.start(key, {**item.to_dict(), **schema})
        first = places.setdefault(start.key, i)
        if first != i:
            raise InvalidArgumentError(
                f"runs[{first}] and runs[{i}] have the same idempotency_key, {start.key!r}. Each run needs its own."
            )
        starts.append(start)
    return list(chunks(starts, RUNS_IN_A_CALL))
