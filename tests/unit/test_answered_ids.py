"""Ids in responses that can't be parsed completely."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyfish._core.calls.salvaged_ids import in_events, run_ids, session, session_ids, whole_batch

RUN = {
    "run_id": "run-1",
    "status": "COMPLETED",
    "result": {"run_id": "of the page", "text": 'a "quoted" {[, text'},
}
TEXT = json.dumps(RUN).encode()

SPOILED = {
    "whole": TEXT,
    "camel case": b'{"runId": "run-1"}',
    "wrapped": b'{"data": {"run_id": "run-1"}}',
    "in an envelope": b'{"error": {"code": "INTERNAL_ERROR", "details": {"run_id": "run-1"}}}',
    "beside an envelope": b'{"error": {"code": "INTERNAL_ERROR", "message": "No"}, "run_id": "run-1"}',
    "a byte that is not UTF-8": TEXT.replace(b"quoted", b"qu\xffted"),
    "junk behind": TEXT + b"</html>",
    "junk before": b")]}',\n" + TEXT,
    "a byte order mark": b"\xef\xbb\xbf" + TEXT,
    "cut after the id": b'{"run_id": "run-1", "sta',
    "cut in the result": TEXT[:-12],
    "cut, the id last": b'{"result": {"run_id": "of the page", "a": [1, {"b": "}"}]}, "run_id": "run-1", "status":',
    "a comma too many": b'{"run_id": "run-1", "status": "COMPLETED",}',
    "control characters": b'{"run_id": "run-1", "text": "a\x00b\nc"}',
    "an escape that is none": rb'{"run_id": "run-1", "text": "\q", "status": "COMPLETED"}',
    "too deep": b'{"run_id": "run-1", "result": ' + b"[" * 100_000,
    "UTF-16": '{"run_id": "run-1"}'.encode("utf-16"),
    "written twice": json.dumps(TEXT.decode()).encode(),
    "behind another object": b'{"level": "info"}\n' + TEXT,
    "in a page with a script": b'<script>var state = {"a": 1}</script><pre>' + TEXT + b"</pre>",
    "line by line": TEXT + b"\n" + TEXT,
    "in a list": b"[" + TEXT + b"]",
    "in a list of data": b'{"data": [' + TEXT + b"]}",
    "in a list of runs": b'{"runs": [' + TEXT + b"]}",
    "in a page": b"<style>body {color: red}</style><pre>" + TEXT + b"</pre>",
}


@pytest.mark.parametrize("body", SPOILED.values(), ids=SPOILED.keys())
def test_the_run_is_named(body: bytes) -> None:
    assert run_ids(body) == ("run-1",)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"run-1"',
        b"<html>502 Bad Gateway</html>",
        b'{"run_id": "run-',
        b'{"run_id": null}',
        b'{"run_id": ""}',
        b'{"run_id": 17}',
        b'{"run_id": {"id": "run-1"}}',
        b'{"run_id": "' + b"x" * 100_000 + b'"}',
        b'{"run_id": "a\\nb"}',
        b'{"result": {"run_id": "of the page"}}',
        b'{"result": {"run_id": "of the page"',
        b'{"status": "COMPLETED",, "result": {"run_id": "of the page"}}',
        json.dumps('{"result": {"run_id": "of the page"}}').encode(),
    ],
)
def test_no_run_is_named(body: bytes) -> None:
    assert run_ids(body) == ()


@pytest.mark.parametrize(
    "body", [b'[{"run_id": "a"}, {"run_id": "b"}]', b'{"data": [{"run_id": "a"}, {"runId": "b"}]}']
)
def test_all_runs_that_are_named_are_told(body: bytes) -> None:
    """So that none of them is taken for the only one."""
    assert run_ids(body) == ("a", "b")
    assert whole_batch(body, 2) is None


@given(st.binary(max_size=300))
def test_no_body_is_too_odd(body: bytes) -> None:
    run_ids(body)
    session_ids(body)
    session(body)
    whole_batch(body, 2)
    in_events(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), JSON, max_size=5), st.data())
def test_a_cut_never_invents_an_id(result: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps({"status": "RUNNING", "result": result, "run_id": "run-1", "steps": []}).encode()
    cut = data.draw(st.integers(0, len(text)))
    named = text.rindex(b'"run-1"') + len(b'"run-1"')
    assert run_ids(text[:cut]) == (("run-1",) if cut >= named else ())


def test_a_batch_is_whole_or_not() -> None:
    assert whole_batch(b'{"run_ids": ["a", "b"]', 2) == ("a", "b")
    assert whole_batch(b'{"runIds": ["a", "b"]} junk', 2) == ("a", "b")
    for ids in (
        '["a"]',
        '["a", "b", "c"]',
        '["a", "a"]',
        '["a", null]',
        '["a", "b", null]',
        '"a"',
        '["a", "b',
    ):
        assert whole_batch(b'{"run_ids": %s' % ids.encode(), 2) is None


def test_a_session_is_told_under_the_names_of_the_contract() -> None:
    body = b'{"data": {"sessionId": "s", "cdpUrl": "wss://c", "baseUrl": "https://b"}} junk'
    assert session_ids(b'{"sessionId": "s"}') == ("s",)
    assert session(body) == {"session_id": "s", "cdp_url": "wss://c", "base_url": "https://b"}


def test_a_broken_event_names_its_run() -> None:
    stream = b'data: {"type": "HEARTBEAT"}\n\ndata: {"type": "STARTED", "run_id": "run-1", "timest'
    assert in_events(stream) == ("run-1",)


@pytest.mark.parametrize("depth", range(100, 1100, 100))
def test_wrappers_around_wrappers_are_no_error(depth: int) -> None:
    content = b'{"data": ' * depth + b'{"run_id": "run-1"}' + b"}" * depth
    assert run_ids(content) in ((), ("run-1",))
