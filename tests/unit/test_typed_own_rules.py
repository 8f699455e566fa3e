"""A class's own rules come first: what it accepts is never repaired, however it reads it."""

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

import attrs
import msgspec
import pydantic
import pydantic.dataclasses
import pytest
from typing_extensions import TypedDict

from tinyfish.typed import ResultMismatchError, read, read_as


def german(value: Any) -> Any:
    return float(value.replace(".", "").replace(",", ".")) if isinstance(value, str) else value


def problems(returns: Any, raw: object, **rules: Any) -> list[tuple[str, str]]:
    with pytest.raises(ResultMismatchError) as caught:
        read_as(returns, raw, **rules)
    return [tuple(problem) for problem in caught.value.problems]


class Before(pydantic.BaseModel):
    price: Annotated[float, pydantic.BeforeValidator(german)]
    qty: int = 1


class Wrapped(pydantic.BaseModel):
    price: Annotated[float, pydantic.WrapValidator(lambda value, handler: handler(german(value)))]
    qty: int = 1


class Plain(pydantic.BaseModel):
    price: Annotated[float, pydantic.PlainValidator(german)]
    qty: int = 1


class Field(pydantic.BaseModel):
    price: float
    qty: int = 1

    @pydantic.field_validator("price", mode="before")
    @classmethod
    def read_price(cls, value: Any) -> Any:
        return german(value)


class Model(pydantic.BaseModel):
    price: float
    qty: int = 1

    @pydantic.model_validator(mode="before")
    @classmethod
    def read_all(cls, raw: Any) -> Any:
        return {**raw, "price": german(raw["price"])}


class Text(pydantic.BaseModel):
    """Its validator makes a text that only the lax rules read."""

    price: Annotated[
        float,
        pydantic.BeforeValidator(
            lambda each: each.replace(".", "").replace(",", ".") if isinstance(each, str) else each
        ),
    ]
    qty: int = 1


@pydantic.dataclasses.dataclass
class PydanticDataclass:
    price: Annotated[float, pydantic.BeforeValidator(german)]
    qty: int = 1


@attrs.frozen
class Attrs:
    price: float = attrs.field(converter=german)
    qty: int = 1


@attrs.frozen
class Pipe:
    price: float = attrs.field(converter=attrs.converters.pipe(str.strip, german))
    qty: int = 1


@attrs.frozen
class WithField:
    price: float = attrs.field(
        converter=attrs.Converter(lambda value, field: german(value), takes_field=True)
    )
    qty: int = 1


@attrs.frozen
class WithSelf:
    price: float = attrs.field(converter=attrs.Converter(lambda value, this: german(value), takes_self=True))
    qty: int = 1


@dataclasses.dataclass
class PostInit:
    price: float
    qty: int = 1

    def __post_init__(self) -> None:
        self.price = german(self.price)


@attrs.define
class AttrsPostInit:
    price: float
    qty: int = 1

    def __attrs_post_init__(self) -> None:
        self.price = german(self.price)


CLASSES = [
    *(Before, Wrapped, Plain, Field, Model, Text, PydanticDataclass),
    *(Attrs, Pipe, WithField, WithSelf, PostInit, AttrsPostInit),
]


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize(
    ("text", "price"), [("13.900", 13900.0), ("12,50", 12.5), ("2.50", 250.0), ("1.299", 1299.0)]
)
@pytest.mark.parametrize("qty", [{}, {"qty": "5"}, {"qty": "$5"}], ids=str)
def test_its_reading_of_a_number_wins(cls: Any, text: str, price: float, qty: dict[str, Any]) -> None:
    raw = {"price": text, **qty}
    for returns, one in ((cls, raw), (list[cls], [raw]), (dict[str, cls], {"a": raw}), (cls | None, raw)):
        value: Any = read_as(returns, one)
        value = value[0] if isinstance(value, list) else value["a"] if isinstance(value, dict) else value
        assert (value.price, value.qty) == (price, 5 if qty else 1)


@pytest.mark.parametrize("cls", CLASSES)
def test_nested(cls: Any) -> None:
    @dataclasses.dataclass
    class Shop:
        offers: list[cls]
        open: bool = True

    raw = {"offers": [{"price": "13.900", "qty": "$2"}], "open": "yes"}
    assert read_as(Shop, raw).offers[0].price == 13900.0
    if cls in (Before, Wrapped, Plain, Field, Model, Text, PydanticDataclass):
        model = pydantic.create_model("Shops", offers=(list[cls], ...), open=(bool, True))
        reading = read(model, raw)
        assert (reading.value.offers[0].price, reading.value.offers[0].qty) == (13900.0, 2)
        assert ("$.offers[0].qty", "number-in-string") in [tuple(each) for each in reading.repairs]


def test_a_plain_pydantic_number_is_as_ambiguous_as_any() -> None:
    class Bare(pydantic.BaseModel):
        price: float

    for text in ("13.900", "1,250", "NaN", "Infinity"):
        [(path, _)] = problems(Bare, {"price": text})
        assert path == "$.price"
    assert read_as(Bare, {"price": "13.900"}, decimal_sign=",").price == 13900.0
    assert read_as(Bare, {"price": "13.900"}, decimal_sign=".").price == 13.9
    assert [tuple(each) for each in read(Bare, {"price": "2.5"}).repairs] == [("$.price", "number-in-string")]


def test_after_validators_have_their_say() -> None:
    class Rounded(pydantic.BaseModel):
        price: Annotated[float, pydantic.AfterValidator(round)]

    assert read_as(Rounded, {"price": "$2.60"}).price == 3


def test_aliases_are_no_wrappers() -> None:
    class Choices(pydantic.BaseModel):
        price: float = pydantic.Field(
            default=0.0,
            validation_alias=pydantic.AliasChoices("cost", "amount", pydantic.AliasPath("offer", "price")),
        )
        name: str = ""

    assert read_as(Choices, {"amount": 1}).price == 1.0
    assert read_as(Choices, {"offer": {"price": 2}}).price == 2.0
    assert read_as(Choices, {"offer": {"price": "$2", "name": "inner"}}).price == 2.0
    assert read_as(Choices, {"amount": "$3"}).price == 3.0
    assert read_as(list[Choices], [{"amount": 1}])[0].price == 1.0

    class ByName(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(populate_by_name=True)
        price: float = pydantic.Field(alias="cost", default=0.0)

    assert read_as(ByName, {"price": "$3"}).price == 3.0


def test_a_discriminator() -> None:
    class Cat(pydantic.BaseModel):
        kind: Literal["cat"]
        price: Annotated[float, pydantic.BeforeValidator(german)]

    class Dog(pydantic.BaseModel):
        kind: Literal["dog"]
        price: float

    class Home(pydantic.BaseModel):
        pets: list[Annotated[Cat | Dog, pydantic.Field(discriminator="kind")]]

    raw = {"pets": [{"kind": "cat", "price": "13.900"}, {"kind": "dog", "price": "$2.50"}]}
    assert [pet.price for pet in read_as(Home, raw).pets] == [13900.0, 2.5]


class TestAttrsConverters:
    def test_default_if_none(self) -> None:
        @attrs.frozen
        class Defaulted:
            qty: int = attrs.field(converter=attrs.converters.default_if_none(7))

        assert read_as(Defaulted, {"qty": None}) == Defaulted(7)
        assert read_as(Defaulted, {"qty": "$3"}) == Defaulted(3)

    def test_of_lists_get_what_the_lists_hold(self) -> None:
        @attrs.frozen
        class Shop:
            offers: tuple[Attrs, ...] = attrs.field(converter=tuple)

        assert read_as(Shop, {"offers": [{"price": "13.900"}]}).offers == (Attrs(13900.0),)

    def test_that_make_objects_themselves(self) -> None:
        @attrs.frozen
        class Shop:
            offers: list[Attrs] = attrs.field(converter=lambda rows: [Attrs(row["price"]) for row in rows])

        assert read_as(Shop, {"offers": [{"price": "13.900"}]}).offers == [Attrs(13900.0)]

    def test_that_read_anything_read_nothing_ambiguous(self) -> None:
        @attrs.frozen
        class Loose:
            price: float = attrs.field(converter=float)
            name: str = attrs.field(converter=str, default="")

        assert problems(Loose, {"price": "13.900"})[0][0] == "$.price"
        assert problems(Loose, {"price": 1, "name": {"a": 1}})[0][0] == "$.name"
        assert read_as(Loose, {"price": "$2.50"}) == Loose(2.5)

    def test_of_dates(self) -> None:
        @attrs.frozen
        class Dated:
            day: dt.date = attrs.field(converter=lambda text: dt.datetime.strptime(text, "%d/%m/%Y").date())

        assert read_as(Dated, {"day": "03/04/2026"}).day == dt.date(2026, 4, 3)


class TestMsgspec:
    def test_rename_tag_and_post_init(self) -> None:
        class Offer(msgspec.Struct, rename="camel", tag="offer"):
            unit_price: float
            pack_size: int = 1

            def __post_init__(self) -> None:
                if self.unit_price < 0:
                    raise ValueError("below nothing")

        class Shop(msgspec.Struct):
            offers: list[Offer]

        raw = {"offers": [{"type": "offer", "unitPrice": "$2.50", "packSize": "5"}] * 3}
        assert read_as(Shop, raw).offers[2] == Offer(2.5, 5)
        assert "below nothing" in problems(Shop, {"offers": [{"type": "offer", "unitPrice": -1}]})[0][1]

    def test_all_bad_fields_are_named(self) -> None:
        class Tea(msgspec.Struct):
            grams: Annotated[int, msgspec.Meta(ge=1)]
            price: float
            name: str

        assert [path for path, _ in problems(list[Tea], [{"grams": 0, "price": "x"}])] == [
            "$[0].grams",
            "$[0].price",
            "$[0].name",
        ]


NOTHING = [
    {"error": "Access denied"},
    {"error": {"message": "Access denied"}},
    {"Nome": "Tea"},
    {"type": "object", "properties": {"name": {"type": "string"}}},
]


@attrs.frozen
class AttrsLoose:
    name: str = ""


@dataclasses.dataclass
class DataLoose:
    name: str = ""


class DictLoose(pydantic.BaseModel):
    name: str = ""


class StructLoose(msgspec.Struct):
    name: str = ""


class TypedLoose(TypedDict, total=False):
    name: str


class TupleLoose(NamedTuple):
    name: str = ""


@pydantic.dataclasses.dataclass
class PydanticDataLoose:
    name: str = ""


@pytest.mark.parametrize(
    "cls",
    [AttrsLoose, DataLoose, DictLoose, StructLoose, TypedLoose, TupleLoose, PydanticDataLoose],
)
@pytest.mark.parametrize("raw", NOTHING, ids=str)
@pytest.mark.parametrize("strict", [False, True])
def test_of_what_nothing_is_read_is_a_mismatch(cls: Any, raw: Any, strict: bool) -> None:
    @dataclasses.dataclass
    class Page:
        rows: list[cls] = dataclasses.field(default_factory=list)

    for returns, one in (
        (cls, raw),
        (list[cls], [raw]),
        (dict[str, cls], {"a": raw}),
        (cls | None, raw),
        (cls | Page, raw),
        (Page, raw),
        (Page, {"rows": [raw]}),
    ):
        with pytest.raises(ResultMismatchError):
            read_as(returns, one, strict=strict)
    read_as(cls, {}, strict=strict)
    if cls is DictLoose:
        model = pydantic.create_model("Pages", rows=(list[cls], []))
        for one in (raw, {"rows": [raw]}):
            with pytest.raises(ResultMismatchError):
                read_as(model, one, strict=strict)


def test_a_validator_that_renames_keys_has_read_them() -> None:
    class Renamed(pydantic.BaseModel):
        name: str = ""

        @pydantic.model_validator(mode="before")
        @classmethod
        def rename(cls, raw: Any) -> Any:
            return {"name": raw.get("Nome", "")}

    assert read_as(Renamed, {"Nome": "Tea"}).name == "Tea"


def test_a_union_prefers_what_uses_more_keys() -> None:
    @dataclasses.dataclass
    class Short:
        name: str = ""

    @dataclasses.dataclass
    class Long:
        name: str
        price: float
        sku: str = ""
        colour: str = ""
        size: str = ""

    for union in (Short | Long, Long | Short):
        assert read_as(union, {"name": "Tea", "price": "$2"}) == Long("Tea", 2.0)
        assert read_as(union, {"name": "Tea"}) == Short("Tea")


class TestMoments:
    class Model(pydantic.BaseModel):
        at: dt.datetime | None = None
        on: dt.date | None = None
        time: dt.time | None = None
        all: list[dt.datetime] = []
        some: set[dt.datetime] = set()

    class Struct(msgspec.Struct):
        at: dt.datetime | None = None
        on: dt.date | None = None
        time: dt.time | None = None

    @pytest.mark.parametrize("strict", [False, True])
    @pytest.mark.parametrize("digits", ["2024", "20240105", "1704067200", "2024.5", " 2024", 2024, 20240105])
    def test_are_not_made_of_digits(self, digits: Any, strict: bool) -> None:
        for cls in (self.Model, self.Struct):
            for key in ("at", "on", "time"):
                assert problems(cls, {key: digits}, strict=strict)[0][0] == f"$.{key}"
        for key in ("all", "some"):
            assert problems(self.Model, {key: [digits]}, strict=strict)[0][0] == f"$.{key}[0]"
        for kind in (dt.datetime, dt.date, dt.time):
            assert problems(kind, digits, strict=strict)

    def test_are_what_a_class_makes_of_them(self) -> None:
        class Year(pydantic.BaseModel):
            at: Annotated[dt.datetime, pydantic.BeforeValidator(lambda each: dt.datetime(int(each), 1, 1))]

        assert read_as(Year, {"at": "2024"}).at == dt.datetime(2024, 1, 1)

    @pytest.mark.parametrize("text", ["2024-W05", "2024-W05-1", "20240105"])
    def test_a_week_is_no_date(self, text: str) -> None:
        problems(dt.date, text, strict=True)

    def test_a_timestamp_is_what_a_library_reads(self) -> None:
        reading = read(self.Model, {"at": 1704067200})
        assert reading.value.at == dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
        assert [tuple(each) for each in reading.repairs] == [("$.at", "read-by-class")]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("strict", [False, True])
def test_nan_is_no_number(number: float, strict: bool) -> None:
    class Model(pydantic.BaseModel):
        it: float = 0
        more: list[Any] = []
        decimal: Decimal = Decimal(0)

    class Struct(msgspec.Struct):
        it: float = 0
        more: list[Any] = []

    for cls in (Model, Struct):
        assert problems(cls, {"it": number}, strict=strict)[0][0] == "$.it"
        assert problems(cls, {"more": [number]}, strict=strict)[0][0] == "$.more[0]"
    assert problems(Model, {"decimal": number}, strict=strict)[0][0] == "$.decimal"
    for returns in (float, Decimal, Any, dict[str, Any]):
        problems(returns, number if returns is not dict[str, Any] else {"a": [number]}, strict=strict)


def test_a_key_that_is_there_twice_is_a_mismatch() -> None:
    for text in (
        '{"name": "a", "name": "b"}',
        'Here: {"name": "a", "name": "b"}',
        '```json\n{"name": 1, "name": 2}\n```',
    ):
        problems(AttrsLoose, text)
        problems(DictLoose, text)


class TestEveryBadFieldIsNamed:
    def test_constraints_beside_what_cannot_be_read(self) -> None:
        class Offer(pydantic.BaseModel):
            seller: str = pydantic.Field(min_length=3)
            price: Annotated[float, pydantic.Field(gt=0)]
            qty: int

        class Shop(pydantic.BaseModel):
            offers: list[Offer]

        raw = {
            "offers": [
                {"seller": "A", "price": "-1", "qty": "many"},
                {"seller": "ABC", "price": "$-2", "qty": "$3"},
            ]
        }
        assert [path for path, _ in problems(Shop, raw)] == [
            "$.offers[0].seller",
            "$.offers[0].price",
            "$.offers[0].qty",
            "$.offers[1].price",
        ]

    def test_validators_of_attrs(self) -> None:
        @attrs.frozen
        class Offer:
            seller: str = attrs.field(validator=attrs.validators.min_len(3))
            price: float = attrs.field(validator=attrs.validators.gt(0))
            qty: int = attrs.field(validator=attrs.validators.ge(1))

        raw = [{"seller": "A", "price": -1, "qty": "many"}, {"seller": "B", "price": 1, "qty": 0}]
        assert [path for path, _ in problems(list[Offer], raw)] == [
            *("$[0].qty", "$[0].seller", "$[0].price"),
            *("$[1].seller", "$[1].qty"),
        ]

    def test_unions_name_the_choices_of_all_members(self) -> None:
        @dataclasses.dataclass
        class Cat:
            kind: Literal["cat"]

        @dataclasses.dataclass
        class Dog:
            kind: Literal["dog"]

        assert problems(Cat | Dog, {"kind": "cow"}) == [
            ("$.kind", "expected one of 'cat', 'dog', got the string 'cow'")
        ]
        assert problems(Literal["a"] | Literal["b"], "c") == [
            ("$", "expected one of 'a', 'b', got the string 'c'")
        ]

        class Pcat(pydantic.BaseModel):
            kind: Literal["cat"]

        class Pdog(pydantic.BaseModel):
            kind: Literal["dog"]

        class Home(pydantic.BaseModel):
            pet: Pcat | Pdog

        for returns, raw in ((Pcat | Pdog, {"kind": "cow"}), (Home, {"pet": {"kind": "cow"}})):
            told = problems(returns, raw)
            assert "'cat'" in str(told)
            assert "'dog'" in str(told)


class Row(pydantic.BaseModel):
    name: str = ""
    price: float | None = None


class Rows(pydantic.BaseModel):
    rows: list[list[Row]]
    more: list[Row] = []


def test_bad_items_within_a_class_are_skipped_and_listed_where_they_came() -> None:
    raw = {
        "rows": [["junk"], [{"name": "a"}, "junk", {"name": "b", "price": "2.5"}]],
        "more": [{"price": "x"}, {"name": "z", "price": "$2"}],
    }
    assert [path for path, _ in problems(Rows, raw)] == ["$.rows[0][0]", "$.rows[1][1]", "$.more[0].price"]
    reading = read(Rows, raw, on_bad_item="skip")
    assert reading.value == Rows(
        rows=[[Row(name="a"), Row(name="b", price=2.5)]], more=[Row(name="z", price=2)]
    )
    assert [tuple(each) for each in reading.repairs] == [
        ("$.rows[0]", "bad-item-skipped"),
        ("$.rows[1][1]", "bad-item-skipped"),
        ("$.rows[1][2].price", "number-in-string"),
        ("$.more[0]", "bad-item-skipped"),
        ("$.more[1].price", "number-in-string"),
    ]
    assert problems(Rows, {"rows": [["junk"]]}, on_bad_item="skip")


def test_a_key_in_another_case_is_not_passed_over_for_a_default() -> None:
    for cls in (Row, msgspec.defstruct("Row", [("name", str, ""), ("price", float, 0.0)])):
        reading = read(cls, {"Name": "a", "price": 1})
        assert (reading.value.name, reading.value.price) == ("a", 1.0)
        assert [tuple(each) for each in reading.repairs] == [("$.Name", "letter-case")]


@dataclasses.dataclass
class Held:
    price: Annotated[float, pydantic.BeforeValidator(german)]
    qty: int = 1


def test_a_plain_class_in_a_pydantic_one_is_read_by_its_rules_too() -> None:
    class Shop(pydantic.BaseModel):
        offer: Held

    for offer in (
        {"price": "2.50", "qty": "$5"},
        '{"price": "2.50", "qty": "$5"}',
        {"offer": {"price": "2.50", "qty": 5}},
    ):
        assert read_as(Shop, {"offer": offer}).offer == Held(250.0, 5)


def test_decimals_from_texts_are_listed() -> None:
    class Priced(pydantic.BaseModel):
        price: Decimal

    assert [tuple(each) for each in read(Priced, {"price": "10.5"}).repairs] == [
        ("$.price", "number-in-string")
    ]
    assert problems(Priced, {"price": "13.900"})[0][0] == "$.price"


def test_a_root_model_reads_itself() -> None:
    class Root(pydantic.RootModel[list[Row]]):
        pass

    class German(pydantic.RootModel[list[float]]):
        @pydantic.field_validator("root", mode="before")
        @classmethod
        def each(cls, rows: Any) -> Any:
            return [german(row) for row in rows]

    assert problems(Root, [{"name": "x", "price": "13.900"}])[0][0] == "$[0].price"
    assert problems(Root, {"items": [{"error": "x"}]})[0][0] == "$.items[0]"
    assert read_as(German, {"items": ["13.900"]}).root == [13900.0]
