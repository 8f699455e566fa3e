from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyfish import BrowserUsageResponse, PaginationInfo
from tinyfish._core.batching import chunks, in_order
from tinyfish._core.pagination import CursorWalk, next_cursor, next_usage_page


def page(next_cursor: str | None, has_more: bool = True) -> PaginationInfo:
    return PaginationInfo(total=None, next_cursor=next_cursor, has_more=has_more)  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.none() | st.sampled_from("abcdef"), st.booleans())))
def test_a_walk_goes_on_while_there_are_new_cursors(pages: list[tuple[str | None, bool]]) -> None:
    walk = CursorWalk()
    seen: list[str] = []
    for cursor, has_more in pages:
        if not walk.advance(page(cursor, has_more)):
            assert not has_more or not cursor or cursor in seen
            return
        assert cursor is not None
        assert has_more
        assert cursor not in seen
        assert walk.cursor == cursor
        seen.append(cursor)


def test_a_cursor_says_that_there_is_more_where_nothing_else_does() -> None:
    silent = PaginationInfo.from_dict({"next_cursor": "b"})
    assert next_cursor(silent) == "b"
    assert next_cursor(PaginationInfo.from_dict({"next_cursor": "b", "has_more": None})) == "b"
    assert next_cursor(PaginationInfo.from_dict({"next_cursor": "b", "has_more": False})) is None
    assert next_cursor(PaginationInfo.from_dict({"has_more": True})) is None
    assert CursorWalk().advance(silent)


def test_a_walk_that_began_in_the_middle_does_not_come_back_to_its_beginning() -> None:
    walk = CursorWalk("a")
    assert walk.advance(page("b"))
    assert not walk.advance(page("b"))
    assert not CursorWalk("a").advance(page("a"))


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
