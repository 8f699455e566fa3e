"""Each repair on its own: what it reads, what it leaves alone, that it is listed, and that `strict` turns it off."""

from __future__ import annotations

import dataclasses
import enum
import json
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyfish.typed import Repair, ResultMismatchError, read, read_as
from tinyfish.typed.numbers import number_in
from tinyfish.typed.repairs import json_in


@dataclasses.dataclass(frozen=True)
class Tea:
    name: str
    grams: int


@dataclasses.dataclass(frozen=True)
class Shop:
    teas: list[Tea]
    open: bool = True
    owner: str | None = None


TEA = Tea("Assam", 100)
RAW = {"name": "Assam", "grams": 100}
TEXT = json.dumps(RAW)


def repaired(returns: Any, raw: object) -> tuple[Any, list[tuple[str, str]]]:
    """Read, see that strict refuses the same, and return the value with its repairs."""
    with pytest.raises(ResultMismatchError):
        read_as(returns, raw, strict=True)
    reading = read(returns, raw)
    return reading.value, [tuple(repair) for repair in reading.repairs]


def refused(returns: Any, raw: object) -> None:
    for strict in (False, True):
        with pytest.raises(ResultMismatchError):
            read_as(returns, raw, strict=strict)


class TestJsonInString:
    def test_an_object(self) -> None:
        assert repaired(Tea, TEXT) == (TEA, [("$", "json-in-string")])

    def test_a_list(self) -> None:
        assert repaired(list[Tea], f"[{TEXT}]") == ([TEA], [("$", "json-in-string")])

    def test_within(self) -> None:
        assert repaired(Shop, {"teas": f"[{TEXT}]"}) == (Shop([TEA]), [("$.teas", "json-in-string")])

    def test_twice(self) -> None:
        assert repaired(Tea, json.dumps(TEXT)) == (TEA, [("$", "json-in-string"), ("$", "json-in-string")])

    def test_in_the_object_that_the_schema_asked_for(self) -> None:
        assert repaired(float, '{"value": 2.5}') == (2.5, [("$", "json-in-string")])

    def test_null(self) -> None:
        assert repaired(Tea | None, "null") == (None, [("$", "json-in-string")])

    def test_a_text_that_was_asked_for_stays_one(self) -> None:
        assert read(str, TEXT) == read(str, TEXT, strict=True)
        assert read_as(str, TEXT) == TEXT
        assert read_as(str | None, "null") == "null"


class TestCodeFence:
    @pytest.mark.parametrize(
        "text",
        [
            f"```json\n{TEXT}\n```",
            f"```\n{TEXT}\n```",
            f"```{TEXT}```",
            f"Here you are:\n\n```json\n{TEXT}\n```\n\nDone.",
        ],
    )
    def test_is_taken_off(self, text: str) -> None:
        assert repaired(Tea, text) == (TEA, [("$", "code-fence")])

    def test_of_another_kind_is_passed_over(self) -> None:
        assert repaired(Tea, f"```sh\nls\n```\n```json\n{TEXT}\n```")[0] == TEA

    def test_two_are_one_too_many(self) -> None:
        refused(Tea, f"```json\n{TEXT}\n``` or ```json\n{TEXT}\n```")


class TestTextAroundJson:
    @pytest.mark.parametrize(
        "text", [f"Result: {TEXT}", f"{TEXT} is it.", f"I found {TEXT}.", f"```json\n{TEXT}"]
    )
    def test_is_left_out(self, text: str) -> None:
        assert repaired(Tea, text) == (TEA, [("$", "text-around-json")])

    def test_words_in_brackets_are_no_json(self) -> None:
        assert repaired(Tea, f"See [1] and {{here}} (ok): {TEXT}")[0] == TEA

    def test_two_objects_are_one_too_many(self) -> None:
        refused(Tea, f"{TEXT} or {TEXT}")

    def test_a_part_of_broken_json_is_not_taken_for_the_whole(self) -> None:
        refused(Tea, '{"name": "cut off", "like": ' + TEXT + ', "grams": 10')
        refused(Tea, '{"name": "broken", "like": ' + TEXT + ", }")
        refused(Tea, '{"name": "broken",} ' + TEXT)

    @pytest.mark.parametrize(
        "text", ["[" * 200_000, '{"a":' * 100_000, '["' * 100_000, "``` " * 100_000, "{x}" * 100_000]
    )
    def test_a_large_wrong_text_is_refused_fast(self, text: str) -> None:
        refused(Tea, text)

    @given(st.text())
    def test_any_text_gives_what_was_asked_or_nothing(self, text: str) -> None:
        for kind, cls in (("object", dict), ("list", list)):
            found = json_in(text, kind)
            assert found is None or type(found[0]) is cls


class TestWrappingKey:
    @pytest.mark.parametrize("raw", [{"tea": RAW}, {"result": {"tea": RAW}}, {"a": {"b": {"c": RAW}}}])
    def test_around_an_object(self, raw: Any) -> None:
        assert repaired(Tea, raw) == (TEA, [("$", "wrapping-key")])

    def test_around_a_list(self) -> None:
        assert repaired(list[Tea], {"teas": [RAW]}) == ([TEA], [("$", "wrapping-key")])
        assert repaired(list[int], {"data": {"numbers": [1]}}) == ([1], [("$", "wrapping-key")])

    def test_around_a_dict(self) -> None:
        assert repaired(dict[str, int], {"grams": {"Assam": 1}}) == ({"Assam": 1}, [("$", "wrapping-key")])

    def test_around_a_text_with_json(self) -> None:
        value, repairs = repaired(Tea, {"result": f"```json\n{TEXT}\n```"})
        assert (value, repairs) == (TEA, [("$", "wrapping-key"), ("$.result", "code-fence")])

    def test_within(self) -> None:
        raw = {"teas": {"items": [{"tea": RAW}]}}
        value, repairs = repaired(Shop, raw)
        assert (value, repairs) == (
            Shop([TEA]),
            [("$.teas", "wrapping-key"), ("$.teas.items[0]", "wrapping-key")],
        )

    def test_paths_lead_through_it(self) -> None:
        with pytest.raises(ResultMismatchError) as caught:
            read_as(Tea, {"the tea": {"name": "Assam", "grams": "many"}})
        assert caught.value.problems[0].path == '$["the tea"].grams'

    @pytest.mark.parametrize(
        "raw", [{"tea": RAW, "note": "x"}, {"tea": {"title": "Assam"}}, {"a": {"b": {"c": {"d": RAW}}}}]
    )
    def test_other_objects_are_no_wrapping(self, raw: Any) -> None:
        refused(Tea, raw)

    def test_a_field_is_no_wrapping(self) -> None:
        @dataclasses.dataclass
        class Node:
            name: str = ""
            child: dict[str, Any] | None = None

        assert read_as(Node, {"child": {"name": "x"}}) == Node(child={"name": "x"})

    def test_a_class_that_needs_nothing_does_not_hide_it(self) -> None:
        @dataclasses.dataclass
        class Anything:
            name: str = "?"

        assert read_as(Anything, {"thing": {"name": "x"}}) == Anything("x")
        assert read_as(list[Anything], {"things": [{"name": "x"}]}) == [Anything("x")]
        refused(Anything, {"thing": {"title": "x"}})


class TestObjectForList:
    def test_of_a_class(self) -> None:
        assert repaired(list[Tea], RAW) == ([TEA], [("$", "object-for-list")])
        assert repaired(Shop, {"teas": RAW}) == (Shop([TEA]), [("$.teas", "object-for-list")])

    def test_its_problems_are_told(self) -> None:
        with pytest.raises(ResultMismatchError) as caught:
            read_as(list[Tea], {"name": "Assam"})
        assert caught.value.problems == (("$[0].grams", "is missing"),)

    def test_nothing_but_an_object(self) -> None:
        refused(list[str], "Assam")
        refused(list[int], 1)
        refused(list[Tea], {"title": "no tea"})

    def test_the_only_list_is_the_list(self) -> None:
        assert read_as(list[dict[str, Any]], {"rows": [{"a": 1}]}) == [{"a": 1}]

    def test_what_can_be_one_thing_only_is_that(self) -> None:
        assert read_as(list[dict[str, int]], {"rows": [{"a": 1}]}) == [{"a": 1}]
        assert read_as(list[dict[str, int]], {"a": 1}) == [{"a": 1}]


class TestNumberInString:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            *[
                ("7", "7"),
                ("-7", "-7"),
                ("2.50", "2.50"),
                ("1e3", "1000"),
                (" 7 ", "7"),
                ("+7", "7"),
                ("−7", "-7"),
            ],
            *[("$1,299", "1299"), ("1,299.00", "1299.00"), ("1,299,000", "1299000"), ("12,345.6", "12345.6")],
            *[("1.299,00", "1299.00"), ("1.299.000", "1299000"), ("12,5", "12.5"), ("0,299", "0.299")],
            *[
                ("1 299", "1299"),
                ("1 299,50", "1299.50"),
                ("1\u202f299", "1299"),
                ("1\u00a0299", "1299"),
                ("1'299.50", "1299.50"),
            ],
            *[
                ("$5", "5"),
                ("$1,299.00", "1299.00"),
                ("US$ 5", "5"),
                ("R$ 1.299,90", "1299.90"),
                ("€5", "5"),
                ("5 €", "5"),
            ],
            *[
                ("12,50 €", "12.50"),
                ("USD 5", "5"),
                ("5 EUR", "5"),
                ("1 299 SEK", "1299"),
                ("₹5", "5"),
                ("-$5", "-5"),
                ("$-5", "-5"),
            ],
        ],
    )
    def test_is_read(self, text: str, number: str) -> None:
        assert number_in(text) == Decimal(number)
        assert read_as(Decimal, text) == Decimal(number)
        assert read_as(float, text) == float(number)

    @pytest.mark.parametrize(
        "text",
        [
            *[
                "",
                " ",
                "-",
                "$",
                "USD",
                "abc",
                "5 stars",
                "about 5",
                "5-6",
                "45%",
                "1/2",
                "2x",
                "0x10",
                "1_000",
                "٣",
                "½",
            ],
            *[
                "1.2.3",
                "1,2,3",
                "12,34,567",
                "1,299.00.00",
                "1 2",
                "12 34",
                "--5",
                "$$5",
                "$5 USD",
                "1e5000",
                "NaN",
                "Infinity",
            ],
            *["5 PCS", "9" * 200],
        ],
    )
    def test_anything_else_is_none(self, text: str) -> None:
        refused(int, text)
        refused(float, text)
        assert number_in(text) is None

    @pytest.mark.parametrize(
        "text",
        [
            "1.299 €",
            "€1.299",
            "1,299 €",
            "1.299 EUR",
            "$1.299",
            "2.000",
            "13.900",
            "1,250",
            "€ 1,799",
            "R$ 1,299",
        ],
    )
    def test_what_could_be_two_numbers_is_neither(self, text: str) -> None:
        refused(float, text)

    def test_is_told(self) -> None:
        assert repaired(int, "$1,299") == (1299, [("$", "number-in-string")])
        assert repaired(float, "$2.50") == (2.5, [("$", "number-in-string")])
        assert repaired(Decimal, "$2.50") == (Decimal("2.50"), [("$", "number-in-string")])
        assert repaired(Tea, {"name": "Assam", "grams": "100"}) == (TEA, [("$.grams", "number-in-string")])
        assert repaired(Literal[1, 2], "2") == (2, [("$", "number-in-string")])

    def test_a_fraction_is_no_whole_number(self) -> None:
        refused(int, "2.5")
        assert read_as(int, "2.00") == 2

    def test_a_number_too_large_for_a_float_is_refused(self) -> None:
        refused(float, "1e400")
        refused(float, 1e400)
        assert read_as(int, "1e400") == 10**400

    def test_a_text_that_was_asked_for_stays_one(self) -> None:
        assert read(str, "$5").repairs == ()
        assert read_as(str | float, "$5") == "$5"
        assert read_as(float | None, "$5") == 5

    @given(st.text())
    def test_any_text_gives_a_number_or_nothing(self, text: str) -> None:
        number = number_in(text)
        assert number is None or number.is_finite()

    @given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
    def test_what_people_write_comes_back(self, number: Decimal) -> None:
        english = f"{number:,}"
        assert number_in(english) == number
        assert number_in(f"{english} USD") == number
        assert number_in(english.translate(str.maketrans(",.", ".,"))) == number
        assert number_in(english.replace(",", "\u00a0").replace(".", ",") + " €") == number


class TestNumberForText:
    def test_a_whole_number(self) -> None:
        assert repaired(Tea, {"name": 4711, "grams": 1}) == (Tea("4711", 1), [("$.name", "number-for-text")])

    def test_nothing_whose_text_is_not_known(self) -> None:
        refused(str, 2.5)  # it may have been "2.50"
        refused(str, True)
        refused(str, 10**5000)


class TestYesOrNo:
    @pytest.mark.parametrize(
        ("text", "truth"), [("yes", True), ("No", False), (" TRUE ", True), ("false", False)]
    )
    def test_is_read(self, text: str, truth: bool) -> None:
        assert repaired(bool, text) == (truth, [("$", "yes-or-no")])

    @pytest.mark.parametrize("raw", ["", "y", "on", "maybe", "yes and no", 1, 0, None])
    def test_anything_else_is_none(self, raw: object) -> None:
        refused(bool, raw)

    def test_in_a_literal(self) -> None:
        assert repaired(Literal[True], "yes") == (True, [("$", "yes-or-no")])


class TestEmptyForNull:
    @pytest.mark.parametrize("raw", ["", "  ", "\n"])
    def test_is_read(self, raw: str) -> None:
        assert repaired(int | None, raw) == (None, [("$", "empty-for-null")])
        assert repaired(Tea | None, raw) == (None, [("$", "empty-for-null")])

    def test_a_text_that_was_asked_for_stays_one(self) -> None:
        assert read_as(str | None, "") == ""
        assert read_as(Literal[""] | None, "") == ""

    def test_not_where_null_was_not_asked_for(self) -> None:
        refused(int, "")
        refused(Tea, "")


class TestNullAndNothing:
    def test_a_missing_key_for_null(self) -> None:
        @dataclasses.dataclass
        class Maybe:
            price: float | None

        assert repaired(Maybe, {}) == (Maybe(None), [("$.price", "missing-for-null")])

    def test_null_for_a_default(self) -> None:
        assert repaired(Shop, {"teas": [], "open": None}) == (Shop([]), [("$.open", "null-for-default")])

    def test_a_missing_key_with_a_default_is_no_repair(self) -> None:
        assert read(Shop, {"teas": []}, strict=True).repairs == ()

    def test_a_missing_key_is_not_made_up(self) -> None:
        refused(Shop, {})
        refused(Shop, {"teas": None})


def test_an_enum_is_matched_by_its_values_whatever_their_case() -> None:
    class Stock(enum.Enum):
        IN = "in stock"

    assert read_as(Stock, "in stock") is Stock.IN
    assert repaired(Stock, "In stock") == (Stock.IN, [("$", "letter-case")])
    refused(Stock, "IN")


def test_a_repair_is_a_path_and_a_name() -> None:
    [repair] = read(Tea, {"name": "Assam", "grams": "100"}).repairs
    assert repair == Repair("$.grams", "number-in-string")
    assert (repair.path, repair.name) == ("$.grams", "number-in-string")
