from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, formatdate

import pytest
from clients import FakeTime
from hypothesis import given
from hypothesis import strategies as st

from tinyfish._core.calls import retry
from tinyfish._core.calls.retry import Effect, Verdict, judge, retry_delay
from tinyfish._core.calls.retry_after import parse_retry_after
from tinyfish._core.calls.server_clock import ServerClock
from tinyfish._core.wire.call import Failure

NOW = 1_800_000_000.0
STATUSES = st.integers(100, 999)
RETRYABLE = st.one_of(st.sampled_from([408, 429]), st.integers(500, 999))
OUTCOME_CODES = [
    "CANCELLED",
    "CONTENT_POLICY_VIOLATION",
    "MAX_STEPS_EXCEEDED",
    "SITE_BLOCKED",
    "TASK_FAILED",
    "TIMEOUT",
]


def verdicts(failure: Failure, status: int | None = None, code: str | None = None) -> tuple[Verdict, ...]:
    return tuple(
        judge(effect, failure, status, code) for effect in (Effect.SAFE, Effect.OPENS, Effect.STARTS)
    )


# The table of `judge`, row by row: what happened, and for which statuses and codes.
ROWS = {
    "never sent (connection refused, none free)": [(Failure.NOT_SENT, None, None)],
    "never sent, for a reason on this side": [(Failure.LOCAL, None, None)],
    "sent, no whole answer (cut, reset, time limit)": [(Failure.NO_ANSWER, None, None)],
    "429, with any body or none": [
        (failure, 429, code)
        for failure in (Failure.REFUSED, Failure.FOREIGN_ERROR)
        for code in (None, "RATE_LIMIT_EXCEEDED", "INTERNAL_ERROR", "NEVER_SEEN")
    ],
    "API's envelope, 503 with a code of a refusal": [
        (Failure.REFUSED, 503, code) for code in ("SERVICE_BUSY", "RATE_LIMIT_EXCEEDED", "service_busy")
    ],
    "the same code with 408 or another 5xx": [
        (Failure.REFUSED, status, code)
        for status in (408, 500, 502, 504, 520, 599)
        for code in ("SERVICE_BUSY", "RATE_LIMIT_EXCEEDED", "service_busy")
    ],
    "API's envelope, 408 / 5xx, INTERNAL_ERROR": [
        (Failure.REFUSED, status, code)
        for status in (408, 500, 502, 503, 504, 520, 599)
        for code in ("INTERNAL_ERROR", "internal_error")
    ],
    "API's envelope, 408 / 5xx, with any other code": [
        (Failure.REFUSED, status, code)
        for status in (408, 500, 503, 504)
        for code in (None, "NEVER_SEEN", "GatewayTimeout", "504", "timeout", "task_failed", *OUTCOME_CODES)
    ],
    "a body that names a run, 408 / 429 / 5xx": [(Failure.NAMES_RUN, s, None) for s in (408, 429, 500, 503)],
    "a body that names a run, any other status": [(Failure.NAMES_RUN, s, None) for s in (400, 403, 409)],
    "API's envelope, any other status": [
        (Failure.REFUSED, status, code)
        for status in (301, 400, 401, 402, 403, 404, 409, 422, 499)
        for code in (None, "INVALID_INPUT", "TASK_FAILED")
    ],
    "foreign body, 408 / 5xx": [(Failure.FOREIGN_ERROR, s, None) for s in (408, 500, 502, 503, 504, 520)],
    "foreign body, any other status": [(Failure.FOREIGN_ERROR, s, None) for s in (302, 400, 403, 404, 499)],
    "a success that cannot be read": [(Failure.UNREADABLE_SUCCESS, None, None)],
}


def documented_table() -> dict[str, tuple[Verdict, ...]]:
    verdict = "(repeat|final|uncertain|search)"
    rows = re.findall(
        rf"^ *(\S.*?) {{2,}}{verdict} +{verdict} +{verdict}$", judge.__doc__ or "", re.MULTILINE
    )
    return {row: tuple(Verdict[name.upper()] for name in names) for row, *names in rows}


def test_the_table_in_the_docstring_has_these_rows() -> None:
    assert documented_table().keys() == ROWS.keys()


@pytest.mark.parametrize("row", ROWS)
def test_judge_does_what_its_table_says(row: str) -> None:
    for case in ROWS[row]:
        assert verdicts(*case) == documented_table()[row], case


@given(STATUSES, st.none() | st.text())
def test_a_start_is_only_repeated_when_the_api_refused_it_or_it_was_never_sent(
    status: int, code: str | None
) -> None:
    for failure in Failure:
        if judge(Effect.STARTS, failure, status, code) is Verdict.REPEAT:
            assert failure in (Failure.NOT_SENT, Failure.REFUSED) or (
                failure is Failure.FOREIGN_ERROR and status == 429
            )
            assert failure is Failure.NOT_SENT or retry.is_retryable_status(status)
            assert (
                failure is Failure.NOT_SENT or status == 429 or code not in [*OUTCOME_CODES, "INTERNAL_ERROR"]
            )


@given(STATUSES, st.none() | st.text())
def test_a_safe_call_is_never_uncertain(status: int, code: str | None) -> None:
    for failure in Failure:
        assert judge(Effect.SAFE, failure, status, code) not in (Verdict.UNCERTAIN, Verdict.SEARCH)


@given(RETRYABLE)
def test_a_passing_refusal_is_worth_another_try(status: int) -> None:
    last = Verdict.REPEAT if status == 429 else Verdict.SEARCH
    assert verdicts(Failure.REFUSED, status, "INTERNAL_ERROR") == (Verdict.REPEAT, Verdict.REPEAT, last)


# Delays


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_the_jitter_is_full_and_bounded(attempt: int, dice: float) -> None:
    delay = retry_delay(attempt, None, lambda: dice)
    assert delay is not None
    assert 0 <= delay <= min(8.0, 0.5 * 2.0 ** min(attempt - 1, 100))
    assert retry_delay(attempt, None, lambda: 0.0) == 0.0


@pytest.mark.parametrize(("attempt", "most"), [(1, 0.5), (2, 1), (3, 2), (4, 4), (5, 8), (6, 8), (100, 8)])
def test_the_delays_double_from_half_a_second_to_eight(attempt: int, most: float) -> None:
    assert retry_delay(attempt, None, lambda: 1.0) == most


@given(st.integers(1, 100), st.floats(0, 60), st.floats(0, 1, exclude_max=True))
def test_what_the_server_asks_for_is_waited_wholly(attempt: int, asked: float, dice: float) -> None:
    delay = retry_delay(attempt, asked, lambda: dice)
    assert delay is not None
    assert asked <= delay <= asked + 8


@given(st.floats(60, exclude_min=True))
def test_a_wait_beyond_the_cap_is_refused(asked: float) -> None:
    assert retry_delay(1, asked, lambda: 0.0) is None


# Retry-After


@given(st.integers(0, 10**9))
def test_retry_after_in_seconds(seconds: int) -> None:
    assert parse_retry_after(str(seconds), NOW) == seconds


@given(st.integers(-(10**6), 10**6))
def test_retry_after_as_a_date(seconds: int) -> None:
    text = format_datetime(datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=seconds), usegmt=True)
    assert parse_retry_after(text, NOW) == max(0.0, seconds)


@given(
    st.text()
    | st.sampled_from(["nan", "inf", "-inf", "1e999", "-5", "Sun, 06 Nov 1994 08:49:37 +9999999999999"])
)
def test_no_retry_after_whatever_it_says_is_an_error(value: str) -> None:
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or (seconds >= 0 and math.isfinite(seconds))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3, 10", 10),
        ("10,3", 10),
        ("soon, 5", 5),
        (f"{formatdate(NOW + 20, usegmt=True)}, 10", 20),
        (f"10, {formatdate(NOW + 20, usegmt=True)}", 20),
        (f"{formatdate(NOW + 5, usegmt=True)}, {formatdate(NOW + 20, usegmt=True)}", 20),
        ("soon, later", None),
        (",", None),
    ],
)
def test_of_several_the_longest_counts(value: str, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


def test_no_retry_after() -> None:
    assert parse_retry_after(None, NOW) is None


@pytest.fixture
def far_from_utc() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
        patch.undo()
        time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process cannot be set here")
@pytest.mark.parametrize(
    "text",
    [
        "Fri, 06 Nov 2026 08:49:37 GMT",
        "Friday, 06-Nov-26 08:49:37 GMT",
        "Fri Nov  6 08:49:37 2026",
        "Fri, 06 Nov 2026 08:49:37 -0000",
    ],
)
def test_every_form_of_a_date_is_utc(far_from_utc: None, text: str) -> None:
    moment = datetime(2026, 11, 6, 8, 49, 37, tzinfo=UTC).timestamp()
    assert os.environ["TZ"] == "America/New_York"
    assert parse_retry_after(text, moment - 10) == 10
    now = FakeTime()
    clock = ServerClock(now.clock)
    clock.note(text, now.seconds)
    assert clock.now() == moment + 0.5


@pytest.mark.parametrize(
    "date",
    [
        None,
        "",
        "yesterday",
        "Sun, 06 Nov 1994 08:49:37 +9999999999999",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Sat, 01 Jan 0001 00:00:00 +2359",
        "Sat, 01 Jan 0000 00:00:00 GMT",
        "Sat, 01 Jan -0005 00:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Thu, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Th\u00fc, 01 J\u00e4n 2026 00:00:00 GMT",
    ],
)
def test_a_date_header_that_says_nothing_leaves_the_clock_as_it_is(date: str | None) -> None:
    now = FakeTime()
    clock = ServerClock(now.clock)
    clock.note(date, now.seconds)
    assert not clock.sure
    assert clock.now() == now.clock.wall()
