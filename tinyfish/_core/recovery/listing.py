"""What an unanswered start may have made, and where the API lists it: one description for each kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

from attrs import frozen
from tinyfish_generated.types import Request

T = TypeVar("T")
Page = TypeVar("Page")
Entry = TypeVar("Entry")


@frozen
class PageOf:
    """A page of a list.

    Attributes:
        keys: What identifies what is looked for.
        created_after: When it was created at the earliest; None if the server's clock isn't known.
        cursor: The page's cursor; None for the first page.
    """

    keys: Sequence[str]
    created_after: datetime | None = None
    cursor: str | None = None


@frozen(kw_only=True)
class Listing(Generic[Page, Entry]):
    """Where the API lists what a start makes.

    Attributes:
        noun: What it lists, such as "run".
        content: What identifies an entry, such as "goal", for messages.
        call: How to read the list with the client, for messages.
        request: Makes the request for a page.
        entries: Returns what is on a page.
        following: Returns the cursor of the next page; None if there is none.
        id_of: Returns an entry's id.
        key_of: Returns what identifies an entry's content: the key of the start that made it.
        created: Returns when an entry was created.
        wait: The method that waits for an entry, if it's a run.
        newest_first: Whether the list is sorted by time. Then it's read only until it's older than the start.
        verbatim: Whether an entry has the content as it was sent. Otherwise anything that was created at that time may
            have been made by the start.
        last_only: Whether only the newest entry is shown. Then another start's may hide the own one.
        exact: Whether the key is the whole content. Otherwise an entry is never surely the one that was made.
    """

    noun: str
    content: str
    call: str
    request: Callable[[PageOf], Request[Page]]
    entries: Callable[[Page], Sequence[Entry]]
    following: Callable[[Page], str | None] = lambda _: None
    id_of: Callable[[Entry], object]
    key_of: Callable[[Entry], object]
    created: Callable[[Entry], object]
    wait: str | None = None
    newest_first: bool = False
    verbatim: bool = False
    last_only: bool = False
    exact: bool = True


@frozen(kw_only=True)
class Unlisted:
    """What a start makes, if the API doesn't list it.

    Attributes:
        noun: What it makes, such as "check of a monitor".
        advice: What to check before starting it again.
    """

    noun: str
    advice: str


AnyListing: TypeAlias = Listing[Any, Any] | Unlisted


def _itself(entry: Any) -> Any:
    return entry


def _none(_: object) -> tuple[object, ...]:
    return ()


@frozen(kw_only=True)
class ProductStart(Generic[T]):
    """A start of something other than the agent's or research runs.

    Attributes:
        key: Its content as text. Two starts with the same key make the same thing.
        listing: Where to find what it has made.
        found: Makes the response of an entry that was found.
        ids_in: Returns the ids in a response. Another start that finds one of them knows that it isn't its own.
    """

    key: str
    listing: AnyListing
    found: Callable[[Any], T] = _itself
    ids_in: Callable[[T], Sequence[object]] = _none
