"""pydantic and msgspec classes: read by their own rules first, and repaired where those reject the JSON."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
import pydantic
import pytest
from pydantic_core import core_schema

from tinyfish.typed import ResultMismatchError, SchemaError, read, read_as, schema_for

T = TypeVar("T")


class Offer(pydantic.BaseModel):
    """What a shop asks for it."""

    seller: str
    price: Annotated[float, pydantic.Field(gt=0, description="without shipping")]
    until: dt.date | None = None


class Product(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    name: str = pydantic.Field(min_length=2)
    offers: list[Offer]
    link: pydantic.HttpUrl | None = None


class Tea(msgspec.Struct):
    name: str
    grams: Annotated[int, msgspec.Meta(ge=1, description="weight")]
    until: dt.date | None = None


class Cup(msgspec.Struct, rename="camel", tag="cup", forbid_unknown_fields=True):
    milli_litres: int


class Pot(msgspec.Struct, tag="pot"):
    litres: float


def problems(returns: Any, raw: object, *, strict: bool = False) -> list[tuple[str, str]]:
    with pytest.raises(ResultMismatchError) as caught:
        read_as(returns, raw, strict=strict)
    return [tuple(problem) for problem in caught.value.problems]


def repairs(returns: Any, raw: object) -> list[tuple[str, str]]:
    return [tuple(repair) for repair in read(returns, raw).repairs]


class TestPydantic:
    def test_schema(self) -> None:
        assert schema_for(Product) == {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "offers": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "seller": {"type": "string"},
                            "price": {"type": "number", "minimum": 0},
                            "until": {"type": "string", "format": "date", "nullable": True},
                        },
                        "required": ["seller", "price"],
                    },
                },
                "link": {"type": "string", "nullable": True},
            },
            "required": ["name", "offers"],
        }

    def test_descriptions(self) -> None:
        offer = schema_for(Offer, descriptions=True)
        assert offer["description"] == "What a shop asks for it."
        assert offer["properties"]["price"]["description"] == "without shipping"

    def test_is_read_with_repairs(self) -> None:
        raw = {"product": {"name": "Tea", "offers": {"seller": "A", "price": "$2.50", "until": ""}}}
        reading = read(Product, raw)
        assert reading.value == Product(name="Tea", offers=[Offer(seller="A", price=2.5)])
        assert [tuple(repair) for repair in reading.repairs] == [
            ("$", "wrapping-key"),
            ("$.product.offers", "object-for-list"),
            ("$.product.offers[0].price", "number-in-string"),
            ("$.product.offers[0].until", "empty-for-null"),
        ]

    def test_strict_is_strict(self) -> None:
        good = {
            "name": "Tea",
            "offers": [{"seller": "A", "price": 2, "until": "2026-11-30"}],
            "link": "https://a.example",
        }
        assert read_as(Product, good, strict=True).offers[0].until == dt.date(2026, 11, 30)
        assert problems(Offer, {"seller": "A", "price": "2.5"}, strict=True) == [
            ("$.price", "expected a number, got the string '2.5'")
        ]

    def test_its_own_constraints_hold(self) -> None:
        for strict in (False, True):
            assert problems(Offer, {"seller": "A", "price": -1}, strict=strict) == [
                ("$.price", "Input should be greater than 0")
            ]
        assert problems(Product, {"name": "T", "offers": []}) == [
            ("$.name", "String should have at least 2 characters")
        ]
        assert problems(Product, {"name": "Tea", "offers": [], "odd": 1}) == [
            ("$.odd", "Extra inputs are not permitted")
        ]
        assert problems(Product, {"name": "Tea", "offers": [], "link": "no link"})[0][0] == "$.link"

    def test_its_constraints_hold_after_repairs(self) -> None:
        assert problems(Offer, {"seller": "A", "price": "-1"}) == [
            ("$.price", "Input should be greater than 0")
        ]

    def test_its_own_lax_reading_comes_last(self) -> None:
        class Rated(pydantic.BaseModel):
            stars: int
            new: bool

            @pydantic.field_validator("stars", mode="before")
            @classmethod
            def count(cls, value: object) -> object:
                return len(value) if isinstance(value, str) else value

        assert read(Rated, {"stars": "***", "new": True}, strict=True).value == Rated(stars=3, new=True)
        assert repairs(Rated, {"stars": "***", "new": 1}) == [("$.new", "read-by-class")]
        assert problems(Rated, {"stars": "***", "new": "?"}, strict=True)

    def test_a_validator_may_raise_anything(self) -> None:
        class Broken(pydantic.BaseModel):
            it: int

            @pydantic.model_validator(mode="after")
            def check(self) -> Broken:
                raise ZeroDivisionError("by nothing")

        assert problems(Broken, {"it": 1}) == [("$", "ZeroDivisionError: by nothing")]

    def test_aliases_are_the_keys(self) -> None:
        class Aliased(pydantic.BaseModel):
            name: str = pydantic.Field(alias="productName")
            price: float = pydantic.Field(validation_alias=pydantic.AliasChoices("cost", "price"))

        assert schema_for(Aliased)["required"] == ["productName", "cost"]
        assert read_as(Aliased, {"productName": "Tea", "cost": "$1"}).price == 1.0
        assert read_as(Aliased, {"productName": "Tea", "price": 1}).price == 1.0

    def test_an_alias_that_is_no_key_is_refused(self) -> None:
        class Deep(pydantic.BaseModel):
            name: str = pydantic.Field(validation_alias=pydantic.AliasPath("a", 0))

        with pytest.raises(SchemaError, match=r"^Deep\.name: "):
            schema_for(Deep)

    def test_a_root_model(self) -> None:
        class Numbers(pydantic.RootModel[list[int]]):
            pass

        assert list(schema_for(Numbers)["properties"]) == ["items"]
        assert read_as(Numbers, {"items": [1, "2"]}) == Numbers([1, 2])

    def test_a_generic_model(self) -> None:
        class Page(pydantic.BaseModel, Generic[T]):
            rows: list[T]

        assert read_as(Page[Offer], {"rows": [{"seller": "A", "price": "1"}]}).rows == [
            Offer(seller="A", price=1)
        ]

    def test_a_union_told_apart_by_a_field(self) -> None:
        class Cat(pydantic.BaseModel):
            kind: Literal["cat"]
            lives: int

        class Dog(pydantic.BaseModel):
            kind: Literal["dog"]
            lives: int

        class Home(pydantic.BaseModel):
            pet: Annotated[Cat | Dog, pydantic.Field(discriminator="kind")]

        assert read_as(Home, {"pet": {"kind": "dog", "lives": "1"}}).pet == Dog(kind="dog", lives=1)

    def test_in_another_class(self) -> None:
        @dataclasses.dataclass
        class Basket:
            offers: list[Offer]
            link: pydantic.HttpUrl

        raw = {"offers": [{"seller": "A", "price": "1"}], "link": "https://a.example"}
        assert str(read_as(Basket, raw).link) == "https://a.example/"
        assert problems(Basket, {**raw, "link": "x"}) == [
            ("$.link", "expected a value that pydantic reads as HttpUrl, got the string 'x'")
        ]

    @pytest.mark.parametrize("schema", [core_schema.any_schema(), core_schema.callable_schema()])
    def test_a_type_that_is_no_text_or_number_is_refused(self, schema: Any) -> None:
        class Custom:
            @classmethod
            def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
                return schema

        class Odd(pydantic.BaseModel):
            it: Custom

        with pytest.raises(SchemaError, match=r"^Odd\.it: "):
            schema_for(Odd)

    def test_odd_json(self) -> None:
        for raw in ({"seller": "A", "price": 10**5000}, {"seller": "A", "price": [1e999]}):
            assert problems(Offer, raw)


class TestMsgspec:
    def test_schema(self) -> None:
        assert schema_for(Tea) == {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "grams": {"type": "integer", "minimum": 1},
                "until": {"type": "string", "format": "date", "nullable": True},
            },
            "required": ["name", "grams"],
        }
        assert schema_for(Tea, descriptions=True)["properties"]["grams"]["description"] == "weight"

    def test_is_read_with_repairs(self) -> None:
        assert read_as(Tea, {"name": "Assam", "grams": 1, "until": "2026-11-30"}, strict=True) == Tea(
            "Assam", 1, dt.date(2026, 11, 30)
        )
        assert read_as(Tea, {"name": "Assam", "grams": "1,000.0"}) == Tea("Assam", 1000)
        assert repairs(Tea, {"name": "Assam", "grams": "$1,000"}) == [("$.grams", "number-in-string")]

    def test_strict_is_strict(self) -> None:
        assert problems(Tea, {"name": "Assam", "grams": "1"}, strict=True) == [
            ("$.grams", "expected an integer, got the string '1'")
        ]

    def test_its_own_constraints_hold(self) -> None:
        assert problems(Tea, {"name": "Assam", "grams": 0}) == [("$.grams", "Expected `int` >= 1")]
        assert problems(Tea, {"name": "Assam", "grams": "0"}) == [("$.grams", "Expected `int` >= 1")]
        assert "odd" in problems(Cup, {"milliLitres": 1, "odd": 1})[0][1]

    def test_names_and_tags(self) -> None:
        assert schema_for(Cup)["properties"] == {
            "type": {"type": "string", "enum": ["cup"]},
            "milliLitres": {"type": "integer"},
        }
        raw = json.loads(msgspec.json.encode([Cup(250), Pot(1.5)]))
        assert read_as(list[Cup | Pot], raw, strict=True) == [Cup(250), Pot(1.5)]
        assert read_as(list[Cup | Pot], [{"type": "pot", "litres": "1.5"}]) == [Pot(1.5)]
        assert repairs(Pot, {"type": "pot", "litres": "1.5"}) == [("$.litres", "number-in-string")]
        assert read_as(Cup, {"milliLitres": "250"}) == Cup(250)

    def test_one_that_is_a_list_is_refused(self) -> None:
        class Point(msgspec.Struct, array_like=True):
            x: int

        with pytest.raises(SchemaError, match=r"^Point: Point is array_like"):
            schema_for(Point)

    def test_in_another_class(self) -> None:
        @dataclasses.dataclass
        class Shelf:
            teas: dict[str, Tea]

        raw = {"teas": {"a": {"name": "Assam", "grams": "1"}}}
        assert read_as(Shelf, raw) == Shelf({"a": Tea("Assam", 1)})

    def test_a_generic_struct(self) -> None:
        class Page(msgspec.Struct, Generic[T]):
            rows: list[T]

        assert read_as(Page[Tea], {"rows": [{"name": "Assam", "grams": "1"}]}).rows == [Tea("Assam", 1)]
