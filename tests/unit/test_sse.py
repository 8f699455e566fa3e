from __future__ import annotations

import itertools
import pickle
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tinyfish._core.streams import sse
from tinyfish._core.streams.sse import EventDecoder, EventTooLargeError, ServerSentEvent


def interpret(decoder: EventDecoder, blocks: str) -> list[ServerSentEvent]:
    return [event for block in blocks.split("\n\n") if (event := decoder.interpret(block)) is not None]


def decode(*chunks: bytes, max_event_bytes: int = 1_000_000) -> list[ServerSentEvent]:
    decoder = EventDecoder(max_event_bytes=max_event_bytes)
    return [event for chunk in chunks for event in interpret(decoder, decoder.feed(chunk))]


def event(data: str, event: str = "message", id: str = "") -> ServerSentEvent:
    return ServerSentEvent(event, data, id)


def reference(stream: bytes) -> list[ServerSentEvent]:
    """The rules again, told as plainly as they can be: the whole text, its lines, one state machine."""
    text = stream.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
    lines = re.split(r"\r\n|\r|\n", text)[:-1]  # what follows the last line end is no line
    events: list[ServerSentEvent] = []
    data, kind, last_id = "", "", ""
    for line in lines:
        if not line:
            if data:
                events.append(event(data[:-1], kind or "message", last_id))
            data, kind = "", ""
            continue
        match = re.fullmatch(r"([^:]*)(?:: ?(.*))?", line, flags=re.DOTALL)
        assert match is not None
        field, value = match[1], match[2] or ""
        if field == "data":
            data += value + "\n"
        elif field == "event":
            kind = value
        elif field == "id" and "\0" not in value:
            last_id = value
    return events


# Everything the rules speak of at once; the line ends are put in by the tests.
RICH = (
    "\ufeff: a comment\n"
    "data: plain\n\n"
    'data:{"no":"space"}\n\n'
    "data:  two spaces\n\n"
    "data: first\ndata: second\ndata\ndata:\ndata: fifth\n\n"
    "event: progress\nid: 7\nretry: 1500\ndata: named\n\n\n\n"
    "event: named but without data\nid: 8\n\n"
    "data: after it\n\n"
    "id: no\0thing\ndata: the id stays\n\n"
    "id\ndata: the id goes\n\n"
    "retry: 12a\nretry: ٣\nretry:\ndata: retry is passed over\n\n"
    "data:  s\u2028p\ndata: \u0085\v\fq\n\n"
    "DATA: x\n data: x\ndatas: x\nunknown: x\nunknown\n:\n::\ndata: only this\n\n"
    "data: \u2028 \u2029 \u0085 \v \f \x1c 😀 \ufeff é\n\n"
    "data\n\n"
    ": only a comment\n\n"
    "data: unterminated\n"
)
RICH_EVENTS = [
    event("plain"),
    event('{"no":"space"}'),
    event(" two spaces"),
    event("first\nsecond\n\n\nfifth"),
    event("named", "progress", "7"),
    event("after it", id="8"),
    event("the id stays", id="8"),
    event("the id goes"),
    event("retry is passed over"),
    event(" s\u2028p\n\u0085\v\fq"),
    event("only this"),
    event("\u2028 \u2029 \u0085 \v \f \x1c 😀 \ufeff é"),
    event(""),
]


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"], ids=["LF", "CR", "CRLF"])
class TestEveryCut:
    def test_in_two(self, line_end: str) -> None:
        stream = RICH.replace("\n", line_end).encode()
        for cut in range(len(stream) + 1):
            assert decode(stream[:cut], stream[cut:]) == RICH_EVENTS, cut

    def test_byte_by_byte(self, line_end: str) -> None:
        stream = RICH.replace("\n", line_end).encode()
        assert decode(*(stream[i : i + 1] for i in range(len(stream)))) == RICH_EVENTS

    def test_with_empty_chunks_between(self, line_end: str) -> None:
        stream = RICH.replace("\n", line_end).encode()
        assert decode(*(part for i in range(len(stream)) for part in (stream[i : i + 1], b""))) == RICH_EVENTS

    def test_the_reference_agrees(self, line_end: str) -> None:
        assert reference(RICH.replace("\n", line_end).encode()) == RICH_EVENTS


def test_line_ends_may_be_mixed() -> None:
    assert decode(b"data: a\r\n\rdata: b\n\r\ndata: c\r\r\n") == [event("a"), event("b"), event("c")]


def test_an_event_is_out_as_soon_as_its_blank_line_has_begun() -> None:
    decoder = EventDecoder(max_event_bytes=100)
    assert interpret(decoder, decoder.feed(b"data: a\r\n\r")) == [event("a")]
    assert interpret(decoder, decoder.feed(b"\n")) == []
    assert interpret(decoder, decoder.feed(b"\ndata: b\n\n")) == [event("b")]


def test_a_cr_at_the_end_of_a_chunk_does_not_swallow_a_later_lf() -> None:
    assert decode(b"data: a\r", b"data: b\n\n") == [event("a\nb")]
    assert decode(b"data: a\r", b"\ndata: b\n\n") == [event("a\nb")]
    assert decode(b"data: a\r", b"", b"\n\ndata: b\n\n") == [event("a"), event("b")]


def test_only_the_first_byte_order_mark_is_one() -> None:
    assert decode(b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n") == [event("b")]
    assert decode(b"\n", b"\xef\xbb\xbfdata: a\n\ndata: b\n\n") == [event("b")]
    assert decode(b"\xef", b"\xbb", b"\xbf", b"data: a\n\n") == [event("a")]
    assert decode(b"\xef\xbb", b"data: a\n\ndata: b\n\n") == [event("b")]


def test_invalid_utf_8_is_replaced() -> None:
    assert decode(b"data: \xff \xe2\x82 \xf0\x9f\n\n") == [event("\ufffd \ufffd \ufffd")]


def test_what_the_stream_did_not_finish_is_dropped() -> None:
    assert decode(b"data: a\n\ndata: b\n") == [event("a")]
    assert decode(b"data: a\n\ndata: b") == [event("a")]


class TestLimit:
    EXACT = b"data: 6789\n\n"  # eleven bytes to the end of its last line

    @pytest.mark.parametrize("line_end", [b"\n", b"\r", b"\r\n"])
    def test_is_the_same_for_every_cut(self, line_end: bytes) -> None:
        stream = (b"\n\n\n" + self.EXACT + b"\n" + self.EXACT + self.EXACT).replace(b"\n", line_end)
        for cut in range(len(stream) + 1):
            parts = stream[:cut], stream[cut:]
            assert decode(*parts, max_event_bytes=11) == [event("6789")] * 3
            with pytest.raises(EventTooLargeError):
                decode(*parts, max_event_bytes=10)
        assert (
            decode(*(stream[i : i + 1] for i in range(len(stream))), max_event_bytes=11)
            == [event("6789")] * 3
        )

    def test_what_came_before_is_not_lost(self) -> None:
        stream = b"id: 1\ndata: a\n\ndata: b\n\ndata: too large\n\ndata: c\n\n"
        for cut in range(len(stream)):
            decoder = EventDecoder(max_event_bytes=15)
            got: list[ServerSentEvent] = []
            try:
                for part in (stream[:cut], stream[cut:]):
                    got += interpret(decoder, decoder.feed(part))
            except EventTooLargeError as error:
                got += interpret(decoder, error.blocks)
            else:
                pytest.fail("nothing was raised")
            assert got == [event("a", id="1"), event("b", id="1")]

    def test_holds_for_an_event_that_never_ends(self) -> None:
        with pytest.raises(EventTooLargeError, match="larger than 1,000 bytes"):
            decode(*[b"data: x\n"] * 1000, max_event_bytes=1000)

    def test_counts_one_event_and_not_the_stream(self) -> None:
        assert len(decode(b"data: x\n\n" * 1000 + b": c\n\n" * 1000, max_event_bytes=8)) == 1000

    def test_the_error_is_a_value_error_that_pickles(self) -> None:
        error = EventTooLargeError(5, "data: a\n\n")
        again = pickle.loads(pickle.dumps(error))
        assert isinstance(again, ValueError)
        assert (again.limit, again.blocks, str(again)) == (5, "data: a\n\n", str(error))


# Streams that hit the rules' corners far more often than random bytes would.
pieces = st.sampled_from(
    (
        *(
            b"\n",
            b"\r",
            b"\r\n",
            b"\n\n",
            b"data",
            b"event",
            b"id",
            b"retry",
            b"data: ",
            b"id: ",
            b":",
            b": ",
        ),
        *(b" ", b"\0", b"x", b"17", b"\xef\xbb\xbf", b"\xef", b"\xbb", b"\xf0\x9f", b"{}"),
        "é😀\u2028\u0085".encode(),
    )
)
streams = st.one_of(st.lists(pieces, max_size=40).map(b"".join), st.binary(max_size=60))


@given(streams)
@example(b"\xef\xbb\xbf\n\ndata\n\n")
def test_agrees_with_the_reference(stream: bytes) -> None:
    assert decode(stream) == reference(stream)


@given(streams, st.lists(st.integers(0, 400), max_size=12))
def test_cuts_do_not_matter(stream: bytes, cuts: list[int]) -> None:
    bounds = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    chunks = [stream[a:b] for a, b in itertools.pairwise(bounds)]
    assert decode(*chunks) == decode(stream)


class AppendOnly(bytearray):
    """A buffer that counts what is put in and what is read back."""

    appended = 0
    read = 0

    def __iadd__(self, more: Any) -> AppendOnly:
        AppendOnly.appended += len(more)
        super().__iadd__(more)
        return self

    def decode(self, *args: Any, **kwargs: Any) -> str:
        AppendOnly.read += len(self)
        return super().decode(*args, **kwargs)

    def _scan(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("what is pending was searched or copied again")

    find = rfind = index = split = splitlines = replace = strip = lstrip = __contains__ = _scan
    __add__ = __getitem__ = __bytes__ = _scan


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_a_large_event_in_small_chunks_costs_its_own_size(
    line_end: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "bytearray", AppendOnly, raising=False)
    monkeypatch.setattr(AppendOnly, "appended", 0)
    monkeypatch.setattr(AppendOnly, "read", 0)
    payload = b"x" * 500_000
    stream = b"data: " + payload + line_end * 2
    got = decode(*(stream[i : i + 1024] for i in range(0, len(stream), 1024)))
    assert got == [event(payload.decode())]
    assert AppendOnly.appended <= len(stream)
    assert AppendOnly.read <= len(stream)
