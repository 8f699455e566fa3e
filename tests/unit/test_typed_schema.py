"""The schemas of types, and the types without one."""

from __future__ import annotations

import abc
import collections.abc
import dataclasses
import datetime as dt
import enum
import json
import pickle
import sys
import typing
from decimal import Decimal
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    NotRequired,
    Required,
    TypedDict,
    TypeVar,
)
from uuid import UUID

import annotated_types
import attrs
import msgspec
import pydantic
import pydantic.dataclasses
import pytest
from typing_extensions import Doc, TypeAliasType

from tinyfish.errors import BadRequestError
from tinyfish.models.returns import OutputSpec, ReadOptions
from tinyfish.typed import SchemaError, schema_for

T = TypeVar("T")
Url = NewType("Url", str)


class Stock(enum.Enum):
    IN = "in stock"
    OUT = "sold out"


class Stars(enum.IntEnum):
    ONE = 1
    FIVE = 5


@attrs.frozen
class Offer:
    """What a shop asks for it.

    And where it is.
    """

    seller: str
    price: float = attrs.field(metadata={"description": "without shipping"})
    until: dt.date | None = None


@dataclasses.dataclass
class Product:
    name: Annotated[str, "as the page writes it"]
    stock: Stock
    offers: list[Offer] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Page(Generic[T]):
    rows: list[T]
    next: str | None


@dataclasses.dataclass
class OfferPage(Page[Offer]):
    total: int


@dataclasses.dataclass
class Pages(Page[list[T]], Generic[T]):
    first: T


@dataclasses.dataclass
class Comment:
    text: str
    answers: list[Comment]


OFFER = {
    "type": "object",
    "properties": {
        "seller": {"type": "string"},
        "price": {"type": "number"},
        "until": {"type": "string", "format": "date", "nullable": True},
    },
    "required": ["seller", "price"],
}


def said(annotation: Any) -> Any:
    """Return what is said for the type of a field."""
    cls = dataclasses.make_dataclass("Holder", [("it", annotation)])
    schema = schema_for(cls)
    assert schema["required"] == ["it"]
    return schema["properties"]["it"]


def test_a_class_becomes_an_object_and_what_it_holds_is_put_in() -> None:
    assert schema_for(Product) == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "stock": {"type": "string", "enum": ["in stock", "sold out"]},
            "offers": {"type": "array", "items": OFFER},
        },
        "required": ["name", "stock"],
    }


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (str, {"type": "string"}),
        (int, {"type": "integer"}),
        (float, {"type": "number"}),
        (bool, {"type": "boolean"}),
        (Decimal, {"type": "number"}),
        (dt.datetime, {"type": "string", "format": "date-time"}),
        (dt.date, {"type": "string", "format": "date"}),
        (dt.time, {"type": "string", "format": "time"}),
        (dt.timedelta, {"type": "string", "format": "duration"}),
        (UUID, {"type": "string"}),
        (Url, {"type": "string"}),
        (type("Link", (str,), {}), {"type": "string"}),
        (Any, {}),
        (object, {}),
        (Any | None, {}),
        (typing.Union[int, Any], {}),  # noqa: UP007
        (list, {"type": "array"}),
        (list[Any], {"type": "array"}),
        (dict, {"type": "object"}),
        (dict[str, Any], {"type": "object"}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (typing.List[int], {"type": "array", "items": {"type": "integer"}}),  # noqa: UP006
        (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
        (set[int], {"type": "array", "items": {"type": "integer"}}),
        (collections.abc.Sequence[int], {"type": "array", "items": {"type": "integer"}}),
        (int | None, {"type": "integer", "nullable": True}),
        (typing.Optional[int], {"type": "integer", "nullable": True}),  # noqa: UP045
        (int | str, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        (
            int | str | None,
            {"anyOf": [{"type": "integer", "nullable": True}, {"type": "string", "nullable": True}]},
        ),
        (str | UUID, {"type": "string"}),
        (Offer | None, {**OFFER, "nullable": True}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal["a", None], {"type": "string", "enum": ["a"], "nullable": True}),
        (Literal[1, 5], {"type": "integer", "minimum": 1, "maximum": 5}),
        (Literal[True], {"type": "boolean"}),
        (
            Literal["a", 1, True],
            {
                "anyOf": [
                    {"type": "string", "enum": ["a"]},
                    {"type": "boolean"},
                    {"type": "integer", "minimum": 1, "maximum": 1},
                ]
            },
        ),
        (Literal[Stock.IN], {"type": "string", "enum": ["in stock"]}),
        (Stars, {"type": "integer", "minimum": 1, "maximum": 5}),
        (enum.Enum("Half", {"A": 0.5, "B": 1}), {"type": "number", "minimum": 0.5, "maximum": 1}),
        (TypeAliasType("Rating", int | None), {"type": "integer", "nullable": True}),
        (
            Annotated[int, annotated_types.Ge(1), annotated_types.Lt(5)],
            {"type": "integer", "minimum": 1, "maximum": 4},
        ),
        (Annotated[int, annotated_types.Gt(0.5)], {"type": "integer", "minimum": 1}),
        (
            Annotated[float, annotated_types.Interval(gt=0, le=1.5)],
            {"type": "number", "minimum": 0, "maximum": 1.5},
        ),
        (Annotated[int | None, annotated_types.Le(5)], {"type": "integer", "nullable": True, "maximum": 5}),
        (Annotated[str, annotated_types.Len(1, 5)], {"type": "string"}),
        (
            Annotated[list[int], annotated_types.Len(1, 5)],
            {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 5},
        ),
    ],
    ids=str,
)
def test_what_is_said_for_a_field(annotation: Any, schema: dict[str, Any]) -> None:
    assert said(annotation) == schema


def test_a_dict_is_said_as_a_list_of_its_entries() -> None:
    assert said(dict[str, int]) == {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"key": {"type": "string"}, "value": {"type": "integer"}},
            "required": ["key", "value"],
        },
    }


@pytest.mark.parametrize(
    ("annotation", "key", "schema"),
    [
        (list[Offer], "items", {"type": "array", "items": OFFER}),
        (dict[str, int], "items", said(dict[str, int])),
        (Offer | None, "value", {**OFFER, "nullable": True}),
        (int | str, "value", {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        (float, "value", {"type": "number"}),
    ],
    ids=str,
)
def test_what_is_no_object_is_put_into_one(annotation: Any, key: str, schema: dict[str, Any]) -> None:
    assert schema_for(annotation) == {"type": "object", "properties": {key: schema}, "required": [key]}


def test_anything_at_all_is_any_object() -> None:
    assert schema_for(Any) == schema_for(dict[str, Any]) == {"type": "object"}


class TestClasses:
    def test_typed_dict(self) -> None:
        class Base(TypedDict):
            a: int
            b: NotRequired[int]

        class Row(Base, total=False):
            c: int
            d: Required[int]

        schema = schema_for(Row)
        assert sorted(schema["properties"]) == ["a", "b", "c", "d"]
        assert sorted(schema["required"]) == ["a", "d"]

    def test_named_tuple(self) -> None:
        class Point(NamedTuple):
            x: int
            y: int = 0

        assert schema_for(Point) == {
            "type": "object",
            "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}},
            "required": ["x"],
        }

    def test_fields_that_are_not_given_are_not_asked_for(self) -> None:
        @attrs.define
        class Counted:
            name: str
            _private: int = 0
            total: int = attrs.field(init=False, default=0)
            kind: typing.ClassVar[str] = "x"

        assert list(schema_for(Counted)["properties"]) == ["name", "private"]

        @dataclasses.dataclass
        class Summed:
            name: str
            total: int = dataclasses.field(init=False, default=0)

        assert list(schema_for(Summed)["properties"]) == ["name"]

    def test_generic(self) -> None:
        assert schema_for(Page[Offer])["properties"]["rows"] == {"type": "array", "items": OFFER}
        assert schema_for(Page[Page[int]])["properties"]["rows"]["items"] == schema_for(Page[int])

    def test_generic_base(self) -> None:
        assert schema_for(OfferPage)["properties"]["rows"] == {"type": "array", "items": OFFER}

    def test_generic_base_with_the_same_variable_for_something_else(self) -> None:
        properties = schema_for(Pages[int])["properties"]
        assert properties["first"] == {"type": "integer"}
        assert properties["rows"]["items"] == {"type": "array", "items": {"type": "integer"}}

    def test_generic_base_whose_field_is_overridden(self) -> None:
        @dataclasses.dataclass
        class Flat(Page[list[T]], Generic[T]):
            rows: T

        assert schema_for(Flat[int])["properties"]["rows"] == {"type": "integer"}

    def test_without_fields(self) -> None:
        assert schema_for(dataclasses.make_dataclass("Empty", [])) == {"type": "object"}

    def test_generic_typed_dict(self) -> None:
        class Base(TypedDict, Generic[T]):
            rows: list[T]

        class Row(Base[list[T]], Generic[T]):
            first: T

        properties = schema_for(Row[int])["properties"]
        assert properties["first"] == {"type": "integer"}
        assert properties["rows"]["items"] == {"type": "array", "items": {"type": "integer"}}

    def test_a_class_may_be_there_twice(self) -> None:
        cls = dataclasses.make_dataclass("Pair", [("a", Offer), ("b", Offer)])
        assert schema_for(cls)["properties"] == {"a": OFFER, "b": OFFER}


class TestDescriptions:
    def test_are_left_out(self) -> None:
        assert "description" not in json.dumps(schema_for(Product))

    def test_are_there_to_show_to_an_agent(self) -> None:
        schema = schema_for(Product, descriptions=True)
        assert schema["properties"]["name"]["description"] == "as the page writes it"
        offer = schema["properties"]["offers"]["items"]
        assert offer["description"] == "What a shop asks for it."
        assert offer["properties"]["seller"] == {"type": "string"}
        assert offer["properties"]["price"] == {"description": "without shipping", "type": "number"}
        assert "description" not in schema  # a dataclass writes its own docstring

    def test_by_doc(self) -> None:
        cls = dataclasses.make_dataclass("Holder", [("it", Annotated[int, Doc("how many")])])
        assert schema_for(cls, descriptions=True)["properties"]["it"]["description"] == "how many"


def nested(levels: int) -> Any:
    annotation: Any = int
    for _ in range(levels):
        annotation = list[annotation]
    return annotation


class TestWhatCannotBeSaid:
    @pytest.mark.parametrize(
        ("annotation", "path", "reason"),
        [
            (bytes, ".it", "bytes cannot be expressed in JSON"),
            (complex, ".it", "complex cannot be expressed in JSON"),
            (list[bytes], ".it[]", "bytes cannot be expressed in JSON"),
            (dict[str, bytes], ".it{}", "bytes cannot be expressed in JSON"),
            (dict[int, str], ".it", "JSON keys are strings; int is not supported"),
            (tuple[int, str], ".it", "tuples of fixed length are not supported"),
            (tuple[int, int], ".it", "tuples of fixed length are not supported"),
            (None, ".it", "None"),
            (Literal[None], ".it", "null alone"),
            (Literal[b"x"], ".it", "b'x' is not a string"),
            (T, ".it", "T is not a supported type"),
            (collections.abc.Callable[[], int], ".it", "Callable"),
            (enum.Enum("None_", {}), ".it", "has no members"),
            (enum.Enum("Odd", {"A": (1, 2)}), ".it", "is not a string, a number"),
            (enum.Enum("Endless", {"A": float("inf")}), ".it", "inf is not"),
            (enum.Flag("Bits", ["A", "B"]), ".it", "is a Flag"),
            (nested(10), ".it[][][][][][][][][]", "more than 10 levels deep"),
        ],
        ids=str,
    )
    def test_names_the_field(self, annotation: Any, path: str, reason: str) -> None:
        with pytest.raises(SchemaError) as caught:
            said(annotation)
        assert caught.value.path == "Holder" + path
        assert reason in caught.value.reason
        assert str(caught.value) == f"Holder{path}: {caught.value.reason}"

    def test_ten_levels_are_not_too_deep(self) -> None:
        said(nested(8))

    def test_a_dict_is_two_levels(self) -> None:
        said(dict[str, nested(6)])
        with pytest.raises(SchemaError, match="levels deep"):
            said(dict[str, nested(7)])

    def test_recursion(self) -> None:
        with pytest.raises(SchemaError, match=r"^Comment\.answers\[\]: Comment contains itself"):
            schema_for(Comment)

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="no such statement")
    def test_recursion_of_an_alias(self) -> None:
        names: dict[str, Any] = {}
        exec("type Json = list[Json]", names)
        with pytest.raises(SchemaError, match="contains itself"):
            schema_for(names["Json"])

    def test_an_open_type_variable(self) -> None:
        with pytest.raises(SchemaError, match=r"^Page\.rows\[\]: T is not"):
            schema_for(Page)

    def test_an_annotation_that_cannot_be_found(self) -> None:
        @dataclasses.dataclass
        class Lost:
            it: Nowhere  # noqa: F821

        with pytest.raises(SchemaError, match=r"^Lost: its annotations cannot be evaluated .*Nowhere"):
            schema_for(Lost)

    def test_a_plain_class(self) -> None:
        class Plain:
            it: int

        with pytest.raises(SchemaError, match="Plain cannot be expressed in JSON"):
            schema_for(Plain)

    def test_too_large(self) -> None:
        fields = [(f"field_{number}_{'x' * 100}", int) for number in range(600)]
        with pytest.raises(SchemaError, match="larger than 64 KB"):
            schema_for(dataclasses.make_dataclass("Wide", fields))

    def test_too_large_is_seen_before_it_fills_the_memory(self) -> None:
        cls: Any = int
        for _ in range(9):
            cls = dataclasses.make_dataclass("Bush", [(f"f{number}", cls) for number in range(20)])
        with pytest.raises(SchemaError, match="larger than 64 KB"):
            schema_for(cls)

    def test_is_a_type_error_that_pickles(self) -> None:
        error = SchemaError("Product.photo", "no")
        again = pickle.loads(pickle.dumps(error))
        assert isinstance(again, TypeError)
        assert (again.path, again.reason, str(again)) == ("Product.photo", "no", "Product.photo: no")


def test_the_parts_of_a_mixed_choice_count_as_a_level() -> None:
    kind: Any = Literal["a", 1]
    for _ in range(7):
        kind = list[kind]
    assert schema_for(kind)
    with pytest.raises(SchemaError, match="10 levels"):
        schema_for(list[kind])


class TestWordsAboutFields:
    def test_below_them_and_in_the_docstring(self) -> None:
        @dataclasses.dataclass
        class Tea:
            """A tea.

            Attributes:
                name: As the tin
                    says it.
                grams (int): What it weighs.
            """

            name: str
            grams: int
            price: float
            """Without shipping."""

        properties = schema_for(Tea, descriptions=True)["properties"]
        assert {key: each["description"] for key, each in properties.items()} == {
            "name": "As the tin says it.",
            "grams": "What it weighs.",
            "price": "Without shipping.",
        }
        assert "description" not in json.dumps(schema_for(Tea))

    def test_of_every_kind_of_class(self) -> None:
        @attrs.frozen
        class Attrs:
            name: str
            """As the tin says it."""

        class Model(pydantic.BaseModel):
            name: str
            """As the tin says it."""

        class Struct(msgspec.Struct):
            name: str
            """As the tin says it."""

        class Dict(TypedDict):
            name: str
            """As the tin says it."""

        class Tuple(NamedTuple):
            name: str
            """As the tin says it."""

        @pydantic.dataclasses.dataclass
        class Data:
            name: str = pydantic.Field(description="As the tin says it.")

        for cls in (Attrs, Model, Struct, Dict, Tuple, Data):
            name = schema_for(cls, descriptions=True)["properties"]["name"]
            assert name["description"] == "As the tin says it."


class TestWhatCannotBeBuilt:
    def test_an_init_var_without_a_default(self) -> None:
        @dataclasses.dataclass
        class Rated:
            price: float
            rate: dataclasses.InitVar[float]

        @dataclasses.dataclass
        class Defaulted:
            price: float
            rate: dataclasses.InitVar[float] = 1.0

        with pytest.raises(SchemaError, match=r"Rated cannot be created from its fields .*'rate'"):
            schema_for(list[Rated])
        assert schema_for(Defaulted)

    def test_an_init_of_its_own(self) -> None:
        @dataclasses.dataclass(init=False)
        class Parsed:
            price: float

            def __init__(self, text: str) -> None:
                self.price = float(text)

        @attrs.define
        class Made:
            price: float

            def __init__(self, text: str) -> None:
                self.price = float(text)

        @attrs.define(init=False)
        class Never:
            price: float

        class Model(pydantic.BaseModel):
            price: float

            def __init__(self, text: str) -> None:
                super().__init__(price=float(text))

        for cls in (Parsed, Made, Never, Model):
            with pytest.raises(SchemaError, match="cannot be created from its fields"):
                schema_for(cls)

    def test_an_init_of_its_own_that_takes_the_fields(self) -> None:
        @dataclasses.dataclass(init=False)
        class Same:
            price: float

            def __init__(self, price: float, rate: float = 1) -> None:
                self.price = price * rate

        class Model(pydantic.BaseModel):
            price: float

            def __init__(self, **data: Any) -> None:
                super().__init__(**data)

        assert schema_for(Same)
        assert schema_for(Model)

    def test_an_abstract_class(self) -> None:
        @dataclasses.dataclass
        class Shape(abc.ABC):
            size: float

            @abc.abstractmethod
            def area(self) -> float: ...

        with pytest.raises(SchemaError, match="abstract"):
            schema_for(Shape)


class TestMessagesLeadOn:
    def test_a_dict_names_output_schema(self) -> None:
        with pytest.raises(SchemaError, match="output_schema="):
            schema_for({"type": "object"})

    def test_a_plain_class_names_dataclass(self) -> None:
        class Plain:
            name: str

        class Inited:
            def __init__(self, name: str) -> None:
                self.name = name

        for cls in (Plain, Inited):
            with pytest.raises(SchemaError, match="@dataclass"):
                schema_for(cls)

    @pytest.mark.parametrize("at", ["top", "field"])
    def test_a_refused_schema_of_a_model_names_returns(self, at: str) -> None:
        class Model(pydantic.BaseModel):
            name: str = pydantic.Field(description="as the tin says it")

        schema: Any = Model.model_json_schema() if at == "top" else {"properties": {"name": {"default": "x"}}}
        asked = OutputSpec.of(None, schema, ReadOptions(), in_goal=False)
        error = BadRequestError("no", status_code=400)
        asked.hint(error)
        [note] = error.__notes__
        assert "returns=" in note
        assert ("description" if at == "top" else "default") in note

    def test_a_class_as_output_schema_names_returns(self) -> None:
        class Model(pydantic.BaseModel):
            name: str

        with pytest.raises(TypeError, match="returns=Model"):
            OutputSpec.of(None, Model, ReadOptions(), in_goal=False)  # type: ignore[arg-type]
