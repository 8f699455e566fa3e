"""Which responses are read as event streams: the content type and the beginning of the body."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyfish._core.calls.stream_check import StreamCheck

UNSPECIFIC = [
    None,
    "",
    "text/plain",
    "Text/Plain; charset=utf-8",
    "application/octet-stream",
    "binary/octet-stream",
]
OTHER = ["application/json", "text/html; charset=utf-8", "APPLICATION/JSON", "application/xml", "image/png"]
STREAMS = [
    "text/event-stream",
    "TEXT/EVENT-STREAM",
    "text/event-stream;charset=utf-8",
    "text/event-stream, x/y",
]

EVENTS = [b"data: {", b"event: STARTED\n", b"id: 1", b"retry: 5", b": comment", b":\n", b"data\n"]
BEFORE = [b"", b"\n\n", b"\r\n", b"\xef\xbb\xbf"]
DOCUMENTS = [b'{"run_id"', b"[", b"<!doctype html>", b'"text"', b"  {", b"\r\n <html>", b"\xef\xbb\xbf{"]
UNCLEAR = [b"Bad gateway", b"database: x", b"\x00\x01", b"idle"]


@pytest.mark.parametrize("label", STREAMS)
@given(body=st.binary(max_size=20), is_all=st.booleans())
def test_a_labelled_stream_is_one_before_its_body_begins(label: str, body: bytes, is_all: bool) -> None:
    assert StreamCheck.of(label).judge(body, is_all) is True


@pytest.mark.parametrize("label", UNSPECIFIC + OTHER)
@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("body", EVENTS)
def test_events_are_a_stream_whatever_the_label(label: str | None, before: bytes, body: bytes) -> None:
    assert StreamCheck.of(label).judge(before + body, False) is True


@pytest.mark.parametrize("label", UNSPECIFIC + OTHER)
@pytest.mark.parametrize("body", DOCUMENTS)
def test_a_document_is_none(label: str | None, body: bytes) -> None:
    assert StreamCheck.of(label).judge(body, False) is False


@pytest.mark.parametrize("body", UNCLEAR)
def test_the_label_decides_where_the_body_does_not_tell(body: bytes) -> None:
    assert {StreamCheck.of(label).judge(body, False) for label in UNSPECIFIC} == {True}
    assert {StreamCheck.of(label).judge(body, False) for label in OTHER} == {False}


@pytest.mark.parametrize("label", UNSPECIFIC + OTHER)
@pytest.mark.parametrize("body", [b"", b"\n", b"da", b"event", b"\xef\xbb\xbf", b"\r\nr", b" \n"])
def test_more_is_read_of_what_may_become_either(label: str | None, body: bytes) -> None:
    assert StreamCheck.of(label).judge(body, False) is None
    assert StreamCheck.of(label).judge(body, True) is (label in UNSPECIFIC)


def test_no_more_than_enough_is_read() -> None:
    assert StreamCheck.of(None).judge(b"\n" * 5000, False) is True


@given(label=st.one_of(st.none(), st.text()), body=st.binary(max_size=40), is_all=st.booleans())
def test_there_is_a_verdict_about_a_whole_body(label: str | None, body: bytes, is_all: bool) -> None:
    verdict = StreamCheck.of(label).judge(body, is_all)
    assert verdict is not None or not is_all
