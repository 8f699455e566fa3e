"""Values in other forms than requested are read if they are unambiguous, and listed as repairs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import pickle
from decimal import Decimal
from typing import Annotated, Any, Literal

import attrs
import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinyfish
from tinyfish.typed import ResultMismatchError, read, read_as


@dataclasses.dataclass(frozen=True)
class Tea:
    name: str
    grams: int


@attrs.frozen
class Issue:
    title: str


ASSAM, SENCHA = {"name": "Assam", "grams": 100}, {"name": "Sencha", "grams": 50}
TEAS = [Tea("Assam", 100), Tea("Sencha", 50)]


def repaired(returns: Any, raw: object, **options: Any) -> tuple[Any, list[tuple[str, str]]]:
    with pytest.raises(ResultMismatchError):
        read_as(returns, raw, strict=True)
    reading = read(returns, raw, **options)
    return reading.value, [tuple(each) for each in reading.repairs]


def refused(returns: Any, raw: object, **options: Any) -> ResultMismatchError:
    with pytest.raises(ResultMismatchError) as caught:
        read_as(returns, raw, **options)
    return caught.value


class TestNumbers:
    @pytest.mark.parametrize("kind", [int, float, Decimal, int | None, Literal[2, 1250]])
    @pytest.mark.parametrize(
        "text", ["2.000", "1,250", "€ 1,250", "1.250 EUR", "USD 1,250", "R$ 1,250", "$1.250"]
    )
    def test_one_divider_and_three_digits_is_ambiguous(self, kind: Any, text: str) -> None:
        refused(kind, text)

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            *[("$1,299", 1299), ("US$1,299", 1299), ("£1,299", 1299), ("¥ 1,299", 1299), ("1.299,00", 1299)],
            *[("1,299.00", 1299), ("1.299.000", 1299000), ("0,299", 0.299), ("1234.567", 1234.567)],
            *[("1'299", 1299), ("1\u202f299,5", 1299.5), ("₹1,29,900", 129900), ("12,5", 12.5)],
        ],
    )
    def test_a_sign_or_a_second_divider_decides(self, text: str, number: float) -> None:
        assert repaired(float, text) == (number, [("$", "number-in-string")])

    @pytest.mark.parametrize(
        "text",
        [
            *[
                "99¢",
                "99￠",
                "5₥",
                "- 5",
                "− 5",
                "- $5",
                "5-",
                "(5)",
                "($5)",
                "5-10",
                "5–10",
                "45%",
                "1.5k",
                "2M",
            ],
            *["USD-5", "٣", "५", "５", "½", "12,34,567", "1.2.3", "5,-", "1,299,00", "5 €/kg", "~5", "<5"],
        ],
    )
    def test_what_is_no_number_is_none(self, text: str) -> None:
        for options in ({}, {"decimal_sign": "."}, {"decimal_sign": ","}):
            if text != "12,34,567":
                refused(float, text, **options)
        refused(float, text)

    @pytest.mark.parametrize(
        ("text", "sign", "number"),
        [
            *[("13.900", ",", 13900), ("13.900", ".", 13.9), ("1,250", ",", 1.25), ("1,250", ".", 1250)],
            *[("€ 1,799", ".", 1799), ("1.799 €", ",", 1799), ("2.000", ".", 2), ("2.000", ",", 2000)],
            *[("1.299,00", ".", None), ("1,299.00", ",", None), ("12,5", ".", None), ("2.5", ",", None)],
            *[("1.299.000", ".", None), ("1.5e3", ",", None), ("12,34,567", ".", 1234567)],
        ],
    )
    def test_the_caller_decides(self, text: str, sign: Any, number: float | None) -> None:
        if number is None:
            refused(float, text, decimal_sign=sign)
        else:
            assert repaired(float, text, decimal_sign=sign) == (number, [("$", "number-in-string")])

    def test_a_field_decides_and_wins(self) -> None:
        comma = tinyfish.DecimalSign(",")
        fields: dict[str, Any] = {
            "price": Annotated[float, comma],
            "prices": Annotated[list[float], comma],
            "maybe": Annotated[Decimal | None, comma],
            "by_size": Annotated[dict[str, float], comma],
        }
        raw = {"price": "13.900", "prices": ["1.250"], "maybe": "1.250", "by_size": {"s": "1.250"}}
        typed_dict: Any = __import__("typing").TypedDict("Typed", fields)
        for cls in (
            attrs.make_class("Attrs", {name: attrs.field(type=kind) for name, kind in fields.items()}),
            dataclasses.make_dataclass("Data", list(fields.items())),
            typed_dict,
        ):
            for options in ({}, {"decimal_sign": "."}):
                value = read_as(cls, raw, **options)
                value = value if isinstance(value, dict) else vars(value)
                assert value == {
                    "price": 13900,
                    "prices": [1250],
                    "maybe": 1250,
                    "by_size": {"s": 1250},
                }

    def test_a_sign_is_a_sign(self) -> None:
        with pytest.raises(ValueError, match="must be in"):
            tinyfish.DecimalSign(";")  # type: ignore[arg-type]

    def test_decimal_texts_are_listed_like_others(self) -> None:
        assert repaired(Decimal, "0.10") == (Decimal("0.10"), [("$", "number-in-string")])

    @given(st.integers(1, 999), st.integers(0, 999), st.sampled_from(".,"))
    def test_never_one_of_two_meanings(self, thousands: int, rest: int, divider: str) -> None:
        for text in (f"{thousands}{divider}{rest:03}", f"€{thousands}{divider}{rest:03}"):
            refused(float, text)
        mark: Any = divider
        assert read_as(float, f"{thousands}{divider}{rest:03}", decimal_sign=mark) == float(
            f"{thousands}.{rest:03}"
        )


class TestWordsInBrackets:
    @pytest.mark.parametrize(
        "text",
        [
            *[
                "Access denied [403]",
                "![](a.png)",
                "- [ ] x",
                "- [x] done",
                "See [1, 2].",
                "Nothing: []",
                "Error {}",
            ],
            *['![](["a"])', 'He said ["sic"] so', '["a"](b.html) is a link', "`[403]`", "[null] [true]"],
        ],
    )
    @pytest.mark.parametrize("returns", [list[str], list[int], list[Any], dict[str, Any], list[str] | None])
    def test_are_no_json(self, text: str, returns: Any) -> None:
        refused(returns, text)

    @pytest.mark.parametrize(
        "text", ['Here: ["a"]', '["a"]\nThat is all.', 'They are\n["a"]', '```\n["a"]\n```']
    )
    def test_a_list_that_stands_apart_is(self, text: str) -> None:
        assert read_as(list[str], text) == ["a"]


class TestDenyingKeys:
    @pytest.mark.parametrize(
        "key",
        [
            *[
                "error",
                "errors",
                "missing",
                "previous",
                "example",
                "Examples",
                "previous_tea",
                "errorDetails",
            ],
            *[
                "notFound",
                "failed-items",
                "expected",
                "schema",
                "removed",
                "similarTeas",
                "PREVIOUS",
                "sample",
            ],
        ],
    )
    def test_wrap_nothing(self, key: str) -> None:
        refused(Tea, {key: ASSAM})
        refused(Tea, {"result": {key: ASSAM}})
        refused(list[Tea], {key: [ASSAM]})
        refused(list[str], {key: ["x"], "total": 1})
        refused(dict[str, int], {key: {"Assam": 1}})

    def test_unless_the_class_is_called_so(self) -> None:
        assert read_as(list[Issue], {"issues": [{"title": "x"}]}) == [Issue("x")]

    @pytest.mark.parametrize(
        "beside",
        [{"error": "blocked"}, {"errors": ["x"]}, {"success": False}, {"ok": False}, {"status": "failed"}],
    )
    def test_nor_does_what_stands_beside_an_error(self, beside: dict[str, Any]) -> None:
        refused(list[Tea], {"teas": [], **beside})

    def test_no_error_denies_nothing(self) -> None:
        raw = {"teas": [ASSAM], "error": None, "errors": [], "success": True, "status": "completed"}
        raw.pop("errors")
        assert read_as(list[Tea], raw) == TEAS[:1]


class TestLists:
    def test_the_only_list_of_an_object_is_the_list(self) -> None:
        raw = {"products": [ASSAM], "total": 1, "page": {"next": None}}
        assert repaired(list[Tea], raw) == (TEAS[:1], [("$", "wrapping-key")])
        assert repaired(list[dict[str, Any]], raw) == ([ASSAM], [("$", "wrapping-key")])
        assert read_as(list[Tea], {"data": {"teas": [ASSAM], "total": 1}, "success": True}) == TEAS[:1]
        assert read_as(list[dict[str, Any]], {"teas": [], "total": 0}) == []

    def test_of_two_lists_none_is(self) -> None:
        refused(list[Tea], {"teas": [ASSAM], "more": [SENCHA]})

    def test_an_item_with_a_list_is_an_item(self) -> None:
        raw = {"name": "Assam", "tags": ["black"]}
        assert read_as(list[dict[str, Any]], raw) == [raw]

    def test_bad_items_are_a_mismatch_that_has_the_good_ones(self) -> None:
        raw = [ASSAM, {"name": "x", "grams": "many"}, SENCHA, None]
        error = refused(list[Tea], raw)
        assert [path for path, _ in error.problems] == ["$[1].grams", "$[3]"]
        assert error.good == TEAS
        assert refused(list[Tea] | None, {"value": raw}).good == TEAS
        assert refused(list[Tea], {"items": raw}).good == TEAS
        assert refused(list[Tea], {"teas": raw, "total": 4}).good == TEAS
        assert refused(Tea, raw).good == []
        assert pickle.loads(pickle.dumps(error)).good == TEAS

    @pytest.mark.parametrize("strict", [False, True])
    def test_bad_items_are_skipped_and_listed(self, strict: bool) -> None:
        raw = [ASSAM, {"name": "x", "grams": "many"}, SENCHA, None]
        reading = read(list[Tea], raw, on_bad_item="skip", strict=strict)
        assert reading.value == TEAS
        assert reading.repairs == (("$[1]", "bad-item-skipped"), ("$[3]", "bad-item-skipped"))

    def test_bad_items_within(self) -> None:
        @dataclasses.dataclass
        class Shop:
            teas: list[Tea]
            tags: set[str]

        raw = {"teas": [ASSAM, {}], "tags": ["x", []]}
        value, repairs = repaired(Shop, raw, on_bad_item="skip")
        assert value == Shop(TEAS[:1], {"x"})
        assert repairs == [("$.teas[1]", "bad-item-skipped"), ("$.tags[1]", "bad-item-skipped")]
        assert refused(Shop, raw).good == []

    def test_nothing_but_bad_items_is_a_mismatch(self) -> None:
        refused(list[Tea], [{}, None], on_bad_item="skip")
        assert read_as(list[Tea], [], on_bad_item="skip") == []

    def test_a_union_skips_last(self) -> None:
        assert read_as(list[int] | list[str], ["a", "b", 1], on_bad_item="skip") == ["a", "b", "1"]

    def test_one_entry_of_a_dict_is_that_entry(self) -> None:
        assert repaired(dict[str, int], {"key": "a", "value": 1}) == ({"a": 1}, [("$", "object-for-list")])
        assert repaired(dict[str, str], {"key": "a", "value": "b"})[0] == {"a": "b"}
        assert read_as(dict[str, int], {"key": 1, "value": 2}) == {"key": 1, "value": 2}


class TestNullWords:
    @pytest.mark.parametrize("word", ["N/A", "n/a", "-", "none", "unknown", "None", " N/A ", "—", "Unknown"])
    def test_are_null_where_it_is_allowed(self, word: str) -> None:
        for returns in (int | None, float | None, dt.date | None, Tea | None, list[int] | None):
            assert repaired(returns, word) == (None, [("$", "empty-for-null")])
        refused(int, word)

    def test_are_texts_where_texts_are_asked_for(self) -> None:
        assert read(str | None, "N/A") == read(str | None, "N/A", strict=True)
        assert read_as(Literal["unknown", "new"] | None, "unknown") == "unknown"


class TestDates:
    @pytest.mark.parametrize(
        "text",
        [
            *["3 November 2026", "3 Nov 2026", "November 3, 2026", "Nov. 3rd, 2026", "3rd of November 2026"],
            *["Tuesday, 3 November 2026", "Tue, 3 Nov 2026", "3-Nov-2026", "2026/11/03", "NOVEMBER 3 2026"],
            *[
                "2026-11-03T10:00:00Z",
                "2026-11-03 10:00",
                "2026-11-03T10:00:00.5+01:00",
                "Nov 3, 2026 at 10:30 AM",
            ],
        ],
    )
    def test_one_date_is_that_date(self, text: str) -> None:
        assert repaired(dt.date, text) == (dt.date(2026, 11, 3), [("$", "date-in-words")])

    def test_numbers_that_can_be_one_date_only(self) -> None:
        for text in ("25/12/2026", "12/25/2026", "25.12.2026"):
            assert read_as(dt.date, text) == dt.date(2026, 12, 25)

    @pytest.mark.parametrize(
        "text",
        [
            *[
                "03/04/2024",
                "3.4.2024",
                "3-4-2024",
                "03/04/24",
                "November 2026",
                "3 November",
                "Monday, 3 November 2026",
            ],
            *[
                "32/12/2026",
                "30 February 2026",
                "2026-11-03T25:00",
                "3 Nov 26",
                "today",
                "2026",
                "20261103",
                "1793523600",
            ],
            *["3 and 4 November 2026", "3 Novembre 2026", "until 3 November 2026", "2026-11"],
        ],
    )
    def test_anything_else_is_none(self, text: str) -> None:
        refused(dt.date, text)

    def test_a_datetime_is_not_made_of_a_date(self) -> None:
        refused(dt.datetime, "3 November 2026")


class TestLetterCase:
    def test_of_values(self) -> None:
        class Stock(enum.Enum):
            IN = "in stock"

        assert repaired(Literal["new", "used"], "NEW") == ("new", [("$", "letter-case")])
        assert repaired(Stock, "In Stock") == (Stock.IN, [("$", "letter-case")])
        refused(Stock, "IN")

    def test_of_two_such_values_none_is_meant(self) -> None:
        refused(Literal["a", "A", "b"], "ä")
        assert read_as(Literal["us", "US"], "US") == "US"
        refused(Literal["us", "US"], "Us")

    @pytest.mark.parametrize("kind", ["attrs", "dataclass", "pydantic", "msgspec"])
    def test_of_keys(self, kind: str) -> None:
        fields: list[tuple[str, type, Any]] = [("name", str, "?"), ("grams", int, 0)]
        make: dict[str, Any] = {
            "attrs": lambda: attrs.make_class("T", {n: attrs.field(type=t, default=d) for n, t, d in fields}),
            "dataclass": lambda: dataclasses.make_dataclass("T", fields),
            "pydantic": lambda: pydantic.create_model("T", **{n: (t, d) for n, t, d in fields}),
            "msgspec": lambda: msgspec.defstruct("T", fields),
        }
        reading = read(make[kind](), {"Name": "Assam", "GRAMS": "100"})
        assert (reading.value.name, reading.value.grams) == ("Assam", 100)
        assert {("$.Name", "letter-case"), ("$.GRAMS", "letter-case")} <= set(reading.repairs)

    def test_of_keys_in_a_list_and_in_what_is_wrapped(self) -> None:
        assert read_as(list[Tea], {"teas": [{"Name": "Assam", "Grams": 100}], "total": 1}) == TEAS[:1]
        assert read_as(Tea, {"tea": {"Name": "Assam", "Grams": 100}}) == TEAS[0]
        assert read_as(list[Tea], {"Name": "Assam", "Grams": 100}) == TEAS[:1]

    def test_of_two_such_keys_none_is_meant(self) -> None:
        refused(Tea, {"Name": "Assam", "NAME": "Sencha", "grams": 1})
        assert read_as(Tea, {"name": "Assam", "NAME": "Sencha", "grams": 1}).name == "Assam"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"decimal_sign": ";"}, "decimal_sign must be '.' or ','"),
        ({"on_bad_item": "drop"}, "on_bad_item must be 'mismatch' or 'skip'"),
        ({"strict": "yes"}, "strict must be True or False"),
    ],
)
def test_options_are_checked(options: dict[str, Any], error: str) -> None:
    with pytest.raises((ValueError, TypeError), match=error):
        read_as(int, 1, **options)


class Ware(pydantic.BaseModel):
    price: Decimal


class Good(msgspec.Struct):
    price: Decimal


@pytest.mark.parametrize("cls", [Ware, Good])
@pytest.mark.parametrize(
    ("text", "sign", "number"),
    [
        *[
            ("$1.299", ",", "1299"),
            ("$1,299", ",", "1.299"),
            ("1.299,00", ",", "1299"),
            ("1.299,00", None, "1299"),
        ],
        *[("1.299 €", ".", "1.299"), ("$0.10", None, "0.10"), ("$12345678901234567890.125", None, None)],
    ],
)
def test_a_repaired_decimal_is_not_read_anew(cls: Any, text: str, sign: Any, number: str | None) -> None:
    reading = read(cls, {"price": text}, decimal_sign=sign)
    assert reading.value.price == Decimal(number or text[1:])
    assert reading.repairs == (("$.price", "number-in-string"),)
