"""The faster JSON parser gives the same values and errors."""

import json
import math
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tinyfish._core import json_text
from tinyfish._core.json_text import encoding_of

PADDING = " " * json_text.WORTH_LOADING_CHARS

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=20,
)
numbers = st.from_regex(r"\A-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?\Z")
PIECES = r'{ } [ ] , : " \\ \ud83d \ude00 \u0000 \x é 0 - 1 01 1. .5 e5 E+3 NaN -Infinity true nul null "a":1 "a":2'
fragments = st.lists(
    st.sampled_from([*PIECES.split(), *"\x00\x1f\t\n\x0b\xa0\ufeff\ud800 "]), max_size=12
).map("".join)


@pytest.fixture(params=["installed", "not installed"])
def _msgspec(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    json_text.faster.cache_clear()
    if request.param == "not installed":
        for name in [name for name in sys.modules if name.partition(".")[0] == "msgspec"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "msgspec", None)
    yield
    json_text.faster.cache_clear()


def outcome(read: Any, text: bytes | str) -> tuple[object, str]:
    """What comes of reading a text, so that values of different types differ, and NaN is itself."""
    try:
        value = read(text)
    except (ValueError, RecursionError) as error:
        return type(error), str(error)
    return dict if isinstance(value, dict) else None, repr(value)


def assert_same(text: bytes | str) -> None:
    padded = text + (PADDING if isinstance(text, str) else PADDING.encode())
    assert outcome(json_text.loads, padded) == outcome(json.loads, padded)


@given(values)
def test_values_are_the_same(value: Any) -> None:
    for ascii_only in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_only)
        assert_same(text)
        assert_same(text.encode("utf-8", "surrogatepass"))


@given(numbers)
@example("123456789012345678901234567890")
@example("-9223372036854775809")
@example("18446744073709551616")
@example("9007199254740993.0")
@example("2.2250738585072011e-308")
@example("1e400")
@example("-0")
def test_numbers_are_the_same_to_the_last_digit(text: str) -> None:
    assert_same(text)
    assert_same(f"[{text}]".encode())


@given(fragments)
def test_what_is_hardly_json_is_the_same(text: str) -> None:
    assert_same(text)
    assert_same(text.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=12))
@example(b"\xef\xbb\xbf{}")
@example(b'"\xed\xa0\x80"')
@example(b'"\xf4\x90\x80\x80"')
@example(b'"\xc0\x80"')
def test_bytes_are_the_same(content: bytes) -> None:
    assert_same(content)
    assert_same(b'{"a": "' + content + b'"}')


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_other_encodings_are_read(encoding: str) -> None:
    assert json_text.loads((json.dumps({"a": "é"}, ensure_ascii=False) + PADDING).encode(encoding)) == {
        "a": "é"
    }


@pytest.mark.usefixtures("_msgspec")
def test_what_matters_is_read_with_it_and_without() -> None:
    for padding in ("", PADDING):
        assert json_text.loads(f'{{"paid": {2**70}}}{padding}') == {"paid": 2**70}
        assert math.isnan(json_text.loads(b"NaN" + padding.encode()))
        assert json_text.loads('{"a": 1, "a": 2}' + padding) == {"a": 2}
        assert json_text.loads(r'"\ud800"' + padding) == "\ud800"
        with pytest.raises(json.JSONDecodeError):
            json_text.loads("{" + padding)
        with pytest.raises(json.JSONDecodeError):
            json_text.loads("[" * 200_000 + padding)


def test_msgspec_is_what_reads_long_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(text: bytes | str) -> Any:
        raise AssertionError(text)

    monkeypatch.setattr(json_text, "_raw_decode", refused)
    assert json_text.loads("{}" + PADDING) == {}
    with pytest.raises(AssertionError):
        json_text.loads("{}")


def failure(read: Any, text: str) -> object:
    """What comes of reading a text, without the words of the failure."""
    value, words = outcome(read, text)
    return "failure" if isinstance(value, type) and issubclass(value, Exception) else (value, words)


@given(values)
def test_without_a_stack_values_are_the_same(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, indent=2, ensure_ascii=False)):
        assert outcome(json_text._loads_deep, text) == outcome(json.loads, text)


@given(fragments | numbers)
@example('{"a":1,}')
@example("[1,]")
@example("[1 2]")
@example("[}")
@example('{"a"}')
@example("[] ]")
@example("1 ")
def test_without_a_stack_failures_are_failures(text: str) -> None:
    assert failure(json_text._loads_deep, text) == failure(json.loads, text)


@pytest.mark.parametrize("levels", [950, 2000, 20_000])
def test_no_nesting_is_too_deep(levels: int) -> None:
    text = '{"a":[' * (levels // 2) + "1.5" + "]}" * (levels // 2)
    for form in (text, text.encode(), text.encode("utf-16")):
        value: Any = json_text.loads(form)
        for _ in range(levels // 2):
            value = value["a"][0]
        assert value == 1.5
    with pytest.raises(json.JSONDecodeError):
        json_text.loads(text[:-1])


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-8-sig", "utf-8"]
)
def test_the_encoding_of_a_document_is_found(encoding: str) -> None:
    text = '{"run_id": "r-1"}'
    assert text.encode(encoding).decode(encoding_of(text.encode(encoding))) == text


def test_a_byte_of_damage_does_not_make_another_encoding() -> None:
    assert encoding_of(b'{\x00"run_id": "r-1"}') == "utf-8"
