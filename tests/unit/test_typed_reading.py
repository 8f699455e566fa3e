"""How JSON is read as each kind of type, and how mismatches are reported."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import json
import pickle
import subprocess
import sys
import uuid
from decimal import Decimal
from typing import Any, Generic, Literal, NamedTuple, NewType, TypedDict, TypeVar

import attrs
import httpx
import pytest

from tinyfish.errors import SDKError
from tinyfish.typed import (
    Problem,
    Reading,
    ResultMismatchError,
    SchemaError,
    read,
    read_as,
    result_type,
    schema_for,
)

T = TypeVar("T")


@attrs.frozen
class Offer:
    seller: str
    price: float
    until: dt.date | None = None


@dataclasses.dataclass
class Product:
    name: str
    offers: list[Offer]
    rating: int | None = None


@dataclasses.dataclass
class Page(Generic[T]):
    rows: list[T]


class Point(NamedTuple):
    x: int
    y: int = 0


class Row(TypedDict, total=False):
    name: str
    price: float


class Cat(TypedDict):
    kind: Literal["cat"]
    lives: int


class Dog(TypedDict):
    kind: Literal["dog"]
    lives: int


def problems(returns: Any, raw: object, *, strict: bool = False) -> list[tuple[str, str]]:
    with pytest.raises(ResultMismatchError) as caught:
        read_as(returns, raw, strict=strict)
    return [tuple(problem) for problem in caught.value.problems]


class TestScalars:
    @pytest.mark.parametrize(
        ("returns", "raw", "value"),
        [
            (int, 3.0, 3),
            (float, 3, 3.0),
            (Decimal, 0.1, Decimal("0.1")),
            (Decimal, 10**30 + 1, Decimal(10**30 + 1)),
            (dt.datetime, "2026-11-01T09:00:00Z", dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)),
            (dt.datetime, "2026-11-01 09:00", dt.datetime(2026, 11, 1, 9)),
            (dt.date, "2026-11-01", dt.date(2026, 11, 1)),
            (dt.time, "09:30", dt.time(9, 30)),
            (dt.timedelta, "PT1H30M", dt.timedelta(minutes=90)),
            (dt.timedelta, "P1W2DT0.5S", dt.timedelta(days=9, seconds=0.5)),
            (dt.timedelta, "P1,5D", dt.timedelta(hours=36)),
            (dt.timedelta, "-PT5M", -dt.timedelta(minutes=5)),
            (
                uuid.UUID,
                "9b1d6b0a-2f5e-4a8e-bb0c-0c7f5e1f2a33",
                uuid.UUID("9b1d6b0a-2f5e-4a8e-bb0c-0c7f5e1f2a33"),
            ),
            (httpx.URL, "https://shop.example/a", httpx.URL("https://shop.example/a")),
            (NewType("Url", str), "https://shop.example", "https://shop.example"),
            (Literal[1, "1", True], 1.0, 1),
            (Literal[1, "1", True], "1", "1"),
            (Literal[1, "1", True], True, True),
            (list[Any], [1, None, {"a": []}], [1, None, {"a": []}]),
            (tuple[int, ...], [1, 2], (1, 2)),
            (set[int], [1, 2, 1], {1, 2}),
            (frozenset[str], ["a"], frozenset("a")),
        ],
        ids=str,
    )
    def test_are_read_just_so(self, returns: Any, raw: object, value: object) -> None:
        reading = read(returns, raw, strict=True)
        assert reading == Reading(value)
        assert type(reading.value) is type(value)

    @pytest.mark.parametrize(
        ("returns", "raw", "reason"),
        [
            (int, True, "expected an integer, got true"),
            (int, 2.5, "expected an integer, got the number 2.5"),
            (int, None, "expected an integer, got null"),
            (float, float("nan"), "expected a number, got a huge number"),
            (float, 10**400, "expected a number, got a huge number"),
            (float, {}, "expected a number, got an object"),
            (bool, 1, "expected true or false, got the number 1"),
            (str, ["a"], "expected a string, got a list"),
            (str, "a", None),
            (dt.datetime, "2026-11-01", "expected a date with a time, got the string '2026-11-01'"),
            (dt.date, "1 Nov", "expected a date, got the string '1 Nov'"),
            (dt.date, "03/04/2024", "expected a date, got the string '03/04/2024'"),
            (dt.time, "9", "expected a time of day, got the string '9'"),
            (dt.timedelta, "P1M", "expected an ISO 8601 duration, got the string 'P1M'"),
            (dt.timedelta, "PT", "expected an ISO 8601 duration, got the string 'PT'"),
            (
                dt.timedelta,
                "P999999999999W",
                "expected an ISO 8601 duration, got the string 'P999999999999W'",
            ),
            (dt.timedelta, 90, "expected an ISO 8601 duration, got the number 90"),
            (uuid.UUID, "x" * 60, f"expected a UUID, got the string '{'x' * 40}...'"),
            (Literal["a", 1], True, "expected one of 'a', 1, got true"),
            (Literal[1, 2, 3, 4, 5, 6], 7, "expected one of 1, 2, 3, 4, 5..., got the number 7"),
            (int | None, "x", "expected an integer, got the string 'x'"),
            (Decimal, "x", "expected a number, got the string 'x'"),
            (int | Literal["a"], "x", "expected an integer or one of 'a', got the string 'x'"),
            (dict[str, int], [1], "expected an object, got a list"),
            (int | bool, "x", "expected an integer or true or false, got the string 'x'"),
            (list[int], 1, "expected a list, got the number 1"),
            (dict[str, int], 1, "expected an object, got the number 1"),
            (Offer, 1, "expected an object (Offer), got the number 1"),
            (httpx.URL, 1.5, "expected a string, got the number 1.5"),
        ],
        ids=str,
    )
    def test_say_what_is_wrong(self, returns: Any, raw: object, reason: str | None) -> None:
        if reason is None:
            assert read_as(returns, raw) == raw
        else:
            assert problems(returns, raw) == [("$", reason)]

    def test_a_class_of_texts(self) -> None:
        class Link(str):
            pass

        assert type(read_as(Link, "https://shop.example")) is Link


class TestClasses:
    def test_are_read_with_what_they_hold(self) -> None:
        raw = {"name": "Tea", "offers": [{"seller": "A", "price": 3, "until": "2026-11-30", "extra": 1}]}
        assert read(Product, raw, strict=True) == Reading(
            Product("Tea", [Offer("A", 3.0, dt.date(2026, 11, 30))])
        )

    def test_every_bad_field_is_told(self) -> None:
        raw = {"offers": [{"seller": None, "price": "free"}, {"price": 1}, 7], "rating": "good"}
        assert problems(Product, raw) == [
            ("$.name", "is missing"),
            ("$.offers[0].seller", "expected a string, got null"),
            ("$.offers[0].price", "expected a number, got the string 'free'"),
            ("$.offers[1].seller", "is missing"),
            ("$.offers[2]", "expected an object (Offer), got the number 7"),
            ("$.rating", "expected an integer, got the string 'good'"),
        ]

    def test_what_a_class_itself_refuses_is_told(self) -> None:
        @attrs.frozen
        class Positive:
            price: float = attrs.field(validator=attrs.validators.gt(0))

        @dataclasses.dataclass
        class Broken:
            price: float

            def __post_init__(self) -> None:
                raise KeyError("rate")

        [(path, reason)] = problems(list[Positive], {"items": [{"price": 1}, {"price": -1}]})
        assert path == "$.items[1].price"
        assert "must be > 0" in reason
        assert problems(Broken, {"price": 1}) == [("$", "KeyError: 'rate'")]
        [(path, reason)] = problems(set[Any], [[]])
        assert (path, "unhashable" in reason) == ("$", True)

    def test_converters_and_names_of_attrs(self) -> None:
        @attrs.define
        class Shouted:
            _name: str = attrs.field(converter=str.upper)

        assert read_as(Shouted, {"name": "tea"}) == Shouted("tea")

    def test_a_typed_dict_is_a_dict_of_what_is_there(self) -> None:
        assert read_as(Row, {"name": "Tea", "more": 1}) == {"name": "Tea"}
        assert read_as(Row, {}) == {}

    def test_a_named_tuple_is_read_from_a_list_too(self) -> None:
        assert read_as(Point, {"x": 1}, strict=True) == Point(1)
        assert read_as(list[Point], json.loads(json.dumps([Point(1, 2), Point(3)])), strict=True) == [
            (1, 2),
            (3, 0),
        ]
        assert problems(Point, []) == [("$.x", "is missing")]
        assert problems(Point, [1, 2, 3]) == [("$", "expected an object (Point), got a list")]

    def test_a_generic_class(self) -> None:
        assert read_as(Page[Offer], {"rows": [{"seller": "A", "price": 1}]}) == Page([Offer("A", 1.0)])

    def test_paths_quote_odd_keys(self) -> None:
        assert problems(dict[str, int], {"a b": "x", "c": None}) == [
            ('$["a b"]', "expected an integer, got the string 'x'"),
            ("$.c", "expected an integer, got null"),
        ]


class TestDicts:
    def test_are_read_as_objects_and_as_entries(self) -> None:
        entries = [{"key": "a", "value": 1}, {"key": "b", "value": 2}]
        for raw in ({"a": 1, "b": 2}, entries, {"items": entries}):
            assert read(dict[str, int], raw, strict=True) == Reading({"a": 1, "b": 2})

    def test_a_key_that_is_there_twice_is_told(self) -> None:
        raw = [{"key": "a", "value": 1}, {"key": "a", "value": 2}]
        assert problems(dict[str, int], raw) == [("$[1].key", "the string 'a' is a duplicate key")]

    def test_a_bad_entry_is_told(self) -> None:
        raw = [{"key": "a", "value": "x"}]
        assert problems(dict[str, int], raw) == [("$[0].value", "expected an integer, got the string 'x'")]
        assert problems(dict[str, int], [{"key": "a"}]) == [("$", "expected an object, got a list")]


class TestUnions:
    def test_the_first_that_fits_without_repairs(self) -> None:
        assert read(int | str, "5") == Reading("5")
        assert read_as(str | int, 5) == 5
        assert type(read_as(Decimal | float, 1.5)) is Decimal
        assert type(read_as(float | Decimal, 1.5)) is float
        assert read_as(dt.date | str, "2026-11-01") == dt.date(2026, 11, 1)
        assert read_as(str | dt.date, "2026-11-01") == "2026-11-01"

    def test_else_the_one_with_the_fewest_repairs(self) -> None:
        reading = read(Product | Offer, {"seller": 1, "price": "2"})
        assert reading.value == Offer("1", 2.0)
        assert read_as(bool | float, "yes") is True

    def test_the_class_that_leaves_the_least_over(self) -> None:
        @dataclasses.dataclass
        class Small:
            a: int

        @dataclasses.dataclass
        class Large:
            a: int
            b: int

        @dataclasses.dataclass
        class Padded:
            a: int
            c: int = 0

        for union in (Small | Large | Padded, Padded | Large | Small):
            assert read_as(union, {"a": 1}) == Small(1)
            assert read_as(union, {"a": 1, "b": 2}) == Large(1, 2)
            assert read_as(union, {"a": 1, "c": 2}) == Padded(1, 2)

    def test_by_a_literal(self) -> None:
        assert read_as(Cat | Dog, {"value": {"kind": "dog", "lives": 1}}) == {"kind": "dog", "lives": 1}

    def test_the_problems_of_the_nearest(self) -> None:
        assert problems(Cat | Dog, {"kind": "dog", "lives": "many"}) == [
            ("$.lives", "expected an integer, got the string 'many'")
        ]
        assert problems(Offer | int, None) == [("$", "expected an object (Offer) or an integer, got null")]


class TestTopLevel:
    def test_the_object_that_the_schema_asked_for_is_taken_off(self) -> None:
        assert read(list[int], {"items": [1]}, strict=True) == Reading([1])
        assert read(int | None, {"value": None}, strict=True) == Reading(None)
        assert read(Offer | None, {"value": {"seller": "A", "price": 1}}, strict=True).value == Offer(
            "A", 1.0
        )

    def test_bare_is_as_good(self) -> None:
        assert read(list[int], [1], strict=True) == Reading([1])
        assert read(Offer | None, {"seller": "A", "price": 1}, strict=True).value == Offer("A", 1.0)

    def test_what_stands_beside_it_is_passed_over(self) -> None:
        assert read(list[int], {"items": [1], "note": "all"}, strict=True) == Reading([1])

    def test_a_class_with_such_a_field(self) -> None:
        @dataclasses.dataclass
        class Held:
            value: int

        for raw in ({"value": 1}, {"value": {"value": 1}}):
            assert read_as(Held | None, raw, strict=True) == Held(1)

    def test_anything_at_all(self) -> None:
        for raw in ({"value": 1}, [1], None, "x"):
            assert read_as(Any, raw) is raw

    def test_paths_lead_through_it(self) -> None:
        assert problems(list[int], {"items": [1, None]}) == [("$.items[1]", "expected an integer, got null")]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("returns", [Product, list[Product], dict[str, int], int | str, float, str, Row])
def test_a_very_deep_result_is_refused(returns: Any, strict: bool) -> None:
    deep: Any = []
    for _ in range(20_000):
        deep = [deep]
    for raw in (deep, {"name": deep}, {"items": deep}):
        if returns is Row and raw is not deep:
            raw = {"price": raw}
        with pytest.raises(ResultMismatchError):
            read_as(returns, raw, strict=strict)


class TestMismatch:
    def test_carries_all_that_is_known(self) -> None:
        raw = {"name": 1.5}
        with pytest.raises(ResultMismatchError) as caught:
            read_as(Product, raw)
        error = caught.value
        assert isinstance(error, SDKError)
        assert error.raw is raw
        assert error.expected == "Product"
        assert error.run is None
        assert error.problems == (
            Problem("$.name", "expected a string, got the number 1.5"),
            Problem("$.offers", "is missing"),
        )
        assert str(error) == (
            "the result is not Product: $.name: expected a string, got the number 1.5; $.offers: is missing"
        )

    def test_says_only_the_first_of_many(self) -> None:
        with pytest.raises(ResultMismatchError, match=r"\$\.items\[4\]: [^;]*; 5 more$"):
            read_as(list[int], {"items": [None] * 10})

    @pytest.mark.parametrize(
        ("returns", "name"),
        [(list[Product], "list[Product]"), (Offer | None, "Offer | None"), (Literal["a"], "Literal['a']")],
    )
    def test_names_the_type(self, returns: Any, name: str) -> None:
        with pytest.raises(ResultMismatchError, match=r"^the result is not ") as caught:
            read_as(returns, 1)
        assert caught.value.expected == name

    def test_pickles(self) -> None:
        with pytest.raises(ResultMismatchError) as caught:
            read_as(Product, {"name": 1.5})
        again = pickle.loads(pickle.dumps(caught.value))
        assert (str(again), again.raw, again.problems, again.run) == (
            str(caught.value),
            {"name": 1.5},
            caught.value.problems,
            None,
        )


def test_a_type_is_looked_at_once_for_both_halves() -> None:
    wanted = result_type(list[Offer])
    assert wanted.name == "list[Offer]"
    assert wanted.schema() == schema_for(list[Offer])
    assert wanted.read({"items": [{"seller": "A", "price": "$1"}]}).value == [Offer("A", 1.0)]
    with pytest.raises(SchemaError):
        result_type(bytes)


def test_an_enum_that_is_a_text() -> None:
    class Stock(enum.StrEnum):
        IN = "in stock"

    assert read_as(list[Stock], ["in stock"]) == [Stock.IN]
    assert type(schema_for(Stock)["properties"]["value"]["enum"][0]) is str


class TestImports:
    def loaded(self, code: str) -> set[str]:
        program = f"import sys; {code}; print(*sys.modules)"
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return set(run.stdout.split())

    def test_pydantic_and_msgspec_are_left_alone(self) -> None:
        code = (
            "from tinyfish.typed import read_as, schema_for; schema_for(list[int]); read_as(list[int], [1])"
        )
        modules = self.loaded(code)
        assert "tinyfish.typed" in modules
        assert not modules & {"pydantic", "msgspec", "cattrs", "dateutil"}

    def test_the_client_does_not_load_it(self) -> None:
        assert "tinyfish.typed" not in self.loaded("import tinyfish")
