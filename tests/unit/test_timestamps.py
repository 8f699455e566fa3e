"""Timestamps are read in every usual format, and never guessed."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tinyfish_generated.types import decode_timestamp, encode_timestamp

NINE = datetime(2026, 11, 1, 9, tzinfo=UTC)

offsets = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-01T09:00:00Z",
        "2026-11-01T09:00:00.000Z",
        "2026-11-01T09:00:00.000000000Z",
        "2026-11-01T10:00:00+01:00",
        "2026-11-01T09:00:00",
        "2026-11-01 09:00:00",
        "20261101T090000Z",
        "Sun, 01 Nov 2026 09:00:00 GMT",
        "2026/11/01 09:00:00",
        "2026-11-01 09:00:00 UTC",
        "2026-11-01T09:00:00 +0000",
        "2026-11-01T9:00:00Z",
        "Nov 1 2026 9:00 AM",
    ],
)
def test_every_usual_form_is_read(text: str) -> None:
    moment = decode_timestamp(text)
    assert moment == NINE
    assert moment.tzinfo is not None
    assert encode_timestamp(moment) == "2026-11-01T09:00:00Z"


def test_a_date_is_its_midnight_in_utc() -> None:
    assert decode_timestamp("2026-11-01") == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "soon",
        "09:00",
        "Monday",
        "November 2026",
        "12",
        "2026-13-45",
        "2026-11-01 09:00 XYZ",
        "1793523600",
        "0000-00-00 00:00:00",
        "9" * 5000,
        "2026-11-01T09:00:00" + "Z" * 5000,
        "\N{ARABIC-INDIC DIGIT THREE}",
        "\ud800",
    ],
)
def test_what_does_not_name_a_whole_moment_is_kept(value: str) -> None:
    assert decode_timestamp(value) == value


@pytest.mark.parametrize("value", [None, 1793523600, 1.5, True, ["2026"], {"seconds": 1}])
def test_what_is_no_text_is_kept(value: object) -> None:
    assert decode_timestamp(value) is value


@given(st.text() | st.from_regex(r"[0-9]{1,6}[-/., :TZ+0-9a-zA-Z]{0,24}"))
def test_no_text_is_too_odd(text: str) -> None:
    decoded = decode_timestamp(text)
    assert decoded == text or decoded == decode_timestamp(encode_timestamp(decoded))


@given(st.datetimes(timezones=offsets | st.just(UTC)))
@example(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))))
@example(datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-8))))
def test_a_moment_survives_being_written(moment: datetime) -> None:
    text = encode_timestamp(moment)
    assert decode_timestamp(text) == moment
    assert text.endswith("Z") or moment.year in (1, 9999)


def test_a_naive_moment_is_written_as_utc() -> None:
    assert encode_timestamp(datetime(2026, 11, 1, 9)) == "2026-11-01T09:00:00Z"


def test_dateutil_is_imported_only_for_odd_timestamps() -> None:
    program = (
        "import sys; from tinyfish_generated.types import decode_timestamp as decode;"
        "decode('2026-11-01T09:00:00Z'); assert not any('dateutil' in name for name in sys.modules);"
        "decode('Nov 1 2026'); assert 'dateutil.parser' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
