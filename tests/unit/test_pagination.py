from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyfish import BrowserUsageResponse, PaginationInfo, ResponseDecodeError
from tinyfish._core.calls.batching import chunks, in_order
from tinyfish._core.calls.pagination import CursorWalk, Walk, next_usage_page


def page(next_cursor: str | None, has_more: bool = True) -> PaginationInfo:
    return PaginationInfo(total=None, next_cursor=next_cursor, has_more=has_more)  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.none() | st.sampled_from("abcdef"), st.booleans() | st.none())))
def test_a_walk_goes_on_while_there_are_new_cursors(pages: list[tuple[str | None, bool | None]]) -> None:
    walk = CursorWalk[str](str)
    seen: list[str] = []
    for cursor, has_more in pages:
        try:
            moved = walk.advance(page(cursor, has_more))
        except ResponseDecodeError:
            assert has_more is not False
            assert cursor is None or cursor in seen
            return
        if not moved:
            assert not has_more
            assert has_more is False or cursor is None
            return
        assert cursor is not None
        assert cursor not in seen
        assert walk.cursor == cursor
        seen.append(cursor)


def test_a_walk_that_began_in_the_middle_does_not_come_back_to_its_beginning() -> None:
    walk = CursorWalk[str](str, "a")
    assert walk.advance(page("b"))
    with pytest.raises(ResponseDecodeError, match="'b' before"):
        walk.advance(page("b"))
    with pytest.raises(ResponseDecodeError, match="'a' before"):
        CursorWalk[str](str, "a").advance(page("a"))


def test_entries_that_come_again_are_given_out_once() -> None:
    walk = Walk[str](str)
    assert list(walk.new(["a", "b"], more=True)) == ["a", "b"]
    assert list(walk.new(["b", "c"], more=True)) == ["c"]
    assert list(walk.new(["a"], more=False)) == []
    with pytest.raises(ResponseDecodeError, match="without new entries"):
        list(walk.new(["a", "c"], more=True))


def test_entries_without_an_id_are_always_new() -> None:
    walk = Walk[str](lambda entry: None if entry == "nameless" else entry)
    assert list(walk.new(["nameless", "a", "nameless"], more=True)) == ["nameless", "a", "nameless"]
    assert list(walk.new(["nameless", "a"], more=True)) == ["nameless"]


def test_empty_pages_are_not_asked_for_for_ever() -> None:
    walk = Walk[str](str)
    for _ in range(99):
        assert list(walk.new([], more=True)) == []
    with pytest.raises(ResponseDecodeError):
        list(walk.new([], more=True))


def usage(items: int, has_more: bool) -> BrowserUsageResponse:
    return BrowserUsageResponse.from_dict({"items": [{}] * items, "has_more": has_more})


def test_pages_by_number() -> None:
    assert next_usage_page(usage(2, True), 1) == 2
    assert next_usage_page(usage(2, False), 1) is None
    assert next_usage_page(usage(0, True), 5) is None  # a server that says so for ever is not asked for ever


@pytest.mark.parametrize(
    ("page", "asked", "following"),
    [
        ({"total_pages": 2, "has_more": True}, 1, 2),
        ({"total_pages": 2, "has_more": True}, 2, None),  # "true" for ever
        ({"total_pages": 1, "has_more": True}, 1, None),
        ({"total_pages": 2}, 1, 2),
        ({"total_pages": 2}, 2, None),
        ({}, 1, None),
        ({"total_pages": "many", "has_more": True}, 1, 2),
        ({"total_pages": 0, "has_more": True}, 1, 2),  # which cannot be: there are items
    ],
)
def test_the_number_of_pages_counts(page: dict[str, object], asked: int, following: int | None) -> None:
    answer = BrowserUsageResponse.from_dict({"items": [{}], **page})
    assert next_usage_page(answer, asked) == following


@given(st.lists(st.integers(), max_size=350))
def test_chunks_are_all_items_in_order(items: list[int]) -> None:
    pieces = list(chunks(items))
    assert [item for piece in pieces for item in piece] == items
    assert all(0 < len(piece) <= 100 for piece in pieces)
    assert len(pieces) == -(-len(items) // 100)


@given(st.lists(st.sampled_from("abcdefg"), unique=True), st.lists(st.sampled_from("abcdefgxyz")))
def test_what_was_found_comes_in_the_order_asked_for(asked: list[str], found: list[str]) -> None:
    data, missing = in_order(asked, found, str)
    assert data == [i for i in asked if i in found]
    assert missing == ([i for i in asked if i not in found] or None)
