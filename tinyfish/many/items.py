"""The items of a job: read lazily, each checked and with its key. Pure, but for the caller's iterable."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from attrs import define, field, frozen
from tinyfish_generated.models import BatchRunItem, BrowserProfile

from tinyfish._core import checks
from tinyfish._core.keyed.reference import canonical, fingerprint
from tinyfish._core.lazy import lazy_property
from tinyfish._core.requests.run_request import batch_body
from tinyfish.budget import DEFAULT_MAX_STEPS, Budget, Reservation
from tinyfish.errors import IdempotencyConflictError, InvalidArgumentError, InvalidArgumentTypeError
from tinyfish.many.key_text import text_of
from tinyfish.many.recorded import RecordedRun
from tinyfish.many.retrying import Again
from tinyfish.models import Run
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import OutputSpec
from tinyfish.outcomes import DEFAULT_RULES, Rule

if TYPE_CHECKING:  # without a ledger, it isn't loaded
    from tinyfish.ledger.entry import LedgerEntry

K = TypeVar("K")

MAX_KEY_CHARS: Final = 255


@frozen(kw_only=True, eq=False, slots=False)
class Recipe:
    """What all items of a job have in common.

    Attributes:
        output_spec: The requested form of the results.
        api_integration: The client's label.
        profiles: The browser profiles to try, one after the other; empty for that of each item.
        job: What precedes the keys in the ledger.
        has_ledger: Whether there is a ledger, in which a key must be found again.
        rules: What to doubt results for.
        budgets: What the runs may cost.
    """

    output_spec: OutputSpec
    api_integration: str | None = None
    profiles: tuple[BrowserProfile, ...] = ()
    job: str | None = None
    has_ledger: bool = False
    rules: tuple[Rule, ...] = DEFAULT_RULES
    budgets: tuple[Budget, ...] = ()
    _name: str = field(init=False, factory=lambda: secrets.token_hex(16))
    _numbers: Iterator[int] = field(init=False, factory=itertools.count)

    @property
    def key_prefix(self) -> str:
        """How all keys of its items begin in the ledger."""
        return "" if self.job is None else f"{self.job}/"

    def new_key(self) -> str:
        """A key that nobody else has. It takes no system call, which would let another thread run for a while."""
        return f"{self._name}-{next(self._numbers)}"

    def body(self, number: int, given: object) -> dict[str, Any]:
        """The body of an item's run, with the first profile.

        Raises:
            TypeError: An option doesn't exist, or has the wrong type.
            ValueError: An option has an invalid value.
        """
        options: object = given.to_dict() if isinstance(given, BatchRunItem) else given
        members = _members(options)
        if "idempotency_key" in members:
            raise InvalidArgumentTypeError(
                f"items[{number}] can't have an idempotency_key: its key is that. Pass (key, options), or a mapping of "
                "keys to options."
            )
        if self.profiles and members:
            options = {"browser_profile": self.profiles[0], **members}
        return batch_body(
            f"items[{number}]", options, api_integration=self.api_integration, output_spec=self.output_spec
        )

    def unchecked(self, given: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """The body of an item's run as it was given, and its fingerprint; empty if it must be checked first."""
        # A copy: a generator may change the dict for the next item.
        body = {"browser_profile": self.profiles[0], **given} if self.profiles else {**given}
        try:
            return body, self.fingerprint(body)
        except Exception:  # noqa: BLE001 - whatever it is, the check says what is wrong
            return body, b""

    def fingerprint(self, body: Mapping[str, Any]) -> bytes:
        """What distinguishes the content of an item; without a ledger nobody compares it."""
        return fingerprint(body, self._written_schema) if self.has_ledger else self._no_content

    @lazy_property
    def _no_content(self) -> bytes:
        return bytes.fromhex(self._name)

    @lazy_property
    def _written_schema(self) -> str | None:
        schema = self.output_spec.output_schema
        return None if schema is None else canonical(schema)


@define(eq=False)
class Item(Generic[K]):
    """One item, and where it stands.

    Attributes:
        key: Its key, for the caller.
        number: Its position, from 0.
        recipe: What it has in common with the others.
        body: The body of its run; empty if there is an error.
        ledger_key: The key of its run.
        error: Why it can't be started.
        is_checked: Whether its body was checked. It needn't be to find out that it has ended.
        takes_cached: Whether it can have the result of an earlier run: not if the caller's rules doubt that.
        fingerprint: That of its content.
        attempt: Which attempt with its profile is the current one, from 1.
        profile: Which profile it has, from 0.
        failures: How often an uncertain start was tried again.
        waits_since: Since when it waits for what others have begun; None if it doesn't.
        others: Items with the same key, which get the same outcome; None if there are none.
        reservations: What its run may cost.
        run_id: Its run.
    """

    key: K
    number: int
    recipe: Recipe
    body: dict[str, Any]
    ledger_key: str
    fingerprint: bytes = b""
    error: Exception | None = None
    is_checked: bool = True
    takes_cached: bool = True
    attempt: int = 1
    profile: int = 0
    failures: int = 0
    waits_since: float | None = None
    others: list[Item[K]] | None = None
    reservations: Sequence[Reservation] = ()
    run_id: str | None = None

    @property
    def name(self) -> str:
        """Its key as a text."""
        return text_of(self.key)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What to doubt its result for."""
        return self.recipe.rules

    @property
    def budgets(self) -> tuple[Budget, ...]:
        """What its run counts for."""
        return self.recipe.budgets

    @property
    def has_own_profile(self) -> bool:
        """Whether its browser profile isn't the job's: then no other one is tried."""
        given, profiles = self.body.get("browser_profile"), self.recipe.profiles
        return bool(profiles) and given is not None and str(given) != str(profiles[self.profile])

    @property
    def max_steps(self) -> int:
        """The most steps that its run can take."""
        config = cast("Mapping[str, object]", self.body.get("agent_config") or {})
        return cast("int", config.get("max_steps") or DEFAULT_MAX_STEPS)

    @property
    def request(self) -> dict[str, Any]:
        """What is sent, but for the reference."""
        schema = self.recipe.output_spec.output_schema
        return self.body if schema is None else {**self.body, "output_schema": dict(schema)}

    def matches(self, mark: bytes) -> bool:
        """Whether a fingerprint is that of its content."""
        if mark != self.fingerprint:
            self.check()  # it may have been given in another form, such as with an enum's member
        return mark == self.fingerprint

    def share_with(self, other: Item[K]) -> None:
        """Another item with the same key gets the same outcome."""
        if self.others is None:
            self.others = []
        self.others.append(other)

    def check(self) -> None:
        """Check its body, unless that was done."""
        if self.is_checked:
            return
        self.is_checked = True
        try:
            body = self.recipe.body(self.number, self.body)
        except (InvalidArgumentError, InvalidArgumentTypeError) as invalid:
            self.error = invalid.with_traceback(None)
            return
        except Exception as odd:  # noqa: BLE001 - the caller's code
            self.error = _unreadable(self.number, odd)
            return
        if body != self.body:
            self.body, self.fingerprint = body, self.recipe.fingerprint(body)

    def typed(self, run: Run[Any] | LedgerEntry) -> Run[Any] | RecordedRun:
        """Its run, with the type of its result."""
        wanted = self.recipe.output_spec.wanted
        return with_wanted(run, wanted) if isinstance(run, Run) else RecordedRun(run, wanted)

    def conflict_with(self, other: Item[K]) -> IdempotencyConflictError | None:
        """The error if another item has the same key for something else."""
        if other.fingerprint == self.fingerprint:
            return None
        differs = [name for name in ("goal", "url") if other.body.get(name) != self.body.get(name)]
        return IdempotencyConflictError.of(self.ledger_key, differs or ["options"], self.run_id)

    def try_again(self, again: Again) -> None:
        """Begin another attempt."""
        if not self.recipe.has_ledger:
            self.ledger_key = self.recipe.new_key()  # the server's list is to have one run for each
            self.failures = 0
        if again is Again.SAME:
            self.attempt += 1
            return
        self.profile += 1
        self.attempt = 1
        before, profile = self.recipe.profiles[self.profile - 1 : self.profile + 1]
        self.body = {**self.body, "browser_profile": str(profile)}
        self.fingerprint = self.recipe.fingerprint(self.body)
        if self.recipe.has_ledger:
            # A key of its own: it's another request, and a later job must not take it for a conflict.
            self.ledger_key = f"{self.ledger_key.removesuffix(f' ({before})')} ({profile})"


class Reader(Generic[K]):
    """Reads the items of a job, as many as are asked for.

    If some may be in a ledger, the items of a mapping or sequence are read twice: first those that have ended, then the
    others.

    Args:
        source: A mapping of keys to run options, or an iterable of run options or of (key, run options).
        recipe: What the items have in common.

    Attributes:
        total: How many items there are; None if that isn't known.
        count: How many have been read.
        looks_up: Whether items may be in the ledger.
        is_first: Whether the items are read for the first of two times.
        is_second: Whether they are read for the second time.
        is_over: Whether all have been read.
    """

    def __init__(self, source: object, recipe: Recipe) -> None:
        is_sized = isinstance(source, Mapping | Sequence) and not isinstance(source, str | bytes)
        if not is_sized and not isinstance(source, Iterable):
            raise InvalidArgumentTypeError(
                "items must be a mapping of keys to run options, or an iterable of run options or of "
                f"(key, run options), not {type(source).__name__}."
            )
        if isinstance(source, str | bytes):
            raise InvalidArgumentTypeError(f"items must be run options, not {type(source).__name__}.")
        self._source = cast("Iterable[object]", source)
        self._recipe = recipe
        self.total = len(cast("Sequence[object]", source)) if is_sized else None
        self._prefix = recipe.key_prefix
        self.looks_up = recipe.has_ledger
        self.is_first = is_sized and recipe.has_ledger
        self.is_second = self.is_over = False
        self.count = 0
        self._ended = bytearray(self.total or 0) if self.is_first else None
        self._seen: dict[bytes, int] = {}
        # Those of items that are equal to an earlier one, for the second reading.
        self._occurrences: dict[int, int] = {}
        self._begin()

    def _begin(self) -> None:
        source = self._source
        if isinstance(source, Mapping):
            source = cast("Mapping[object, object]", source).items()
        self._entries = enumerate(source)

    def none_is_known(self) -> None:
        """None of the items is in the ledger. Call it before they are read."""
        self.looks_up = self.is_first = False
        self._ended = None

    def read(self, count: int, is_late: Callable[[], bool] = lambda: False) -> list[Item[K]]:
        """The next items, `count` at most; fewer at the end of a reading, and as soon as it's late."""
        items: list[Item[K]] = []
        ended = None if self.is_first else self._ended
        is_mapping = isinstance(self._source, Mapping)
        for number, entry in self._entries:
            self.count = number + 1
            if ended is not None and number < len(ended) and ended[number]:
                continue
            items.append(self._item(number, entry, is_mapping=is_mapping))
            if len(items) >= count or is_late():
                return items
        if self.is_first:
            self.is_first, self.is_second = False, True
            self._seen.clear()
            self._begin()
        else:
            self.is_over = True
        return items

    def ended(self, items: Iterable[Item[K]]) -> None:
        """Items have ended: they aren't read again."""
        if self._ended is not None:
            for item in items:
                self._ended[item.number] = 1

    def _item(self, number: int, entry: object, *, is_mapping: bool) -> Item[K]:
        recipe = self._recipe
        key: Any = number
        given: Any = entry
        may_be_unchecked = False
        body: dict[str, Any] = {}
        mark, ledger_key, error = b"", "", None
        try:
            is_keyed = is_mapping or (isinstance(entry, tuple) and len(given) == 2)
            if is_keyed:
                key, given = given
            # Those that the ledger has need no check. In the second reading, they aren't looked up any more.
            may_be_unchecked = is_keyed and self.looks_up and not self.is_second and _is_plain(given)
            if may_be_unchecked:
                body, mark = recipe.unchecked(given)
            if not mark:
                may_be_unchecked = False
                body = recipe.body(number, given)
                mark = recipe.fingerprint(body)
            if not recipe.has_ledger:
                ledger_key = recipe.new_key()
            elif is_keyed:
                ledger_key = self._ledger_key(key)
            else:
                ledger_key = self._ledger_key(f"{mark.hex()}-{self._occurrence(number, mark)}")
        except (InvalidArgumentError, InvalidArgumentTypeError) as invalid:
            error = invalid.with_traceback(None)
        except Exception as odd:  # noqa: BLE001 - the caller's code
            error = _unreadable(number, odd)
        return Item(key, number, recipe, body, ledger_key, mark, error, not may_be_unchecked)

    def _occurrence(self, number: int, mark: bytes) -> int:
        """How many items are equal to this one, up to it."""
        if self.is_second:
            return self._occurrences.get(number, 1)
        count = self._seen[mark] = self._seen.get(mark, 0) + 1
        if count > 1 and self.is_first:
            self._occurrences[number] = count
        return count

    def _ledger_key(self, key: object) -> str:
        if isinstance(key, bool) or not isinstance(key, str | int):
            raise InvalidArgumentTypeError(
                f"The key of an item must be a text or an integer, not {key!r}: it must be the same in the next job."
            )
        text = f"{self._prefix}{key}"
        if not text.isascii():
            checks.text("The key of an item", text)
        if not text or len(text) > MAX_KEY_CHARS:
            raise InvalidArgumentError(
                f"The key of an item, with the name of its job, must have 1 to {MAX_KEY_CHARS} characters, "
                f"not {len(text)}: {text[:60]!r}"
            )
        return text


def _members(options: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", options) if isinstance(options, Mapping) else {}


def _unreadable(number: int, odd: Exception) -> InvalidArgumentError:
    """The error for an item whose key or options are objects that fail themselves, such as in their `__repr__`."""
    error = InvalidArgumentError(
        f"items[{number}] can't be read: its key or an option raises {type(odd).__name__}."
    )
    # Like its traceback, they would keep everything that is in their frames.
    odd.__context__ = odd.__cause__ = None
    error.__cause__ = odd.with_traceback(None)
    return error


def _is_plain(options: object) -> bool:
    return isinstance(options, dict)
