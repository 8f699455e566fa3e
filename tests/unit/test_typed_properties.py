"""Properties of typed results, over generated types, their values, and arbitrary JSON."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import enum
import functools
import json
import math
import operator
import re
import types
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal, NamedTuple, NotRequired
from uuid import UUID

import attrs
import msgspec
import pydantic
import typing_extensions
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from tinyfish.typed import ResultMismatchError, SchemaError, read, schema_for


class Kind(NamedTuple):
    """A type, its values, and how they are written: bare as people dump them, or as the schema asks for."""

    annotation: Any
    values: st.SearchStrategy[Any]
    dump: Callable[[Any, bool], Any]  # (value, as the schema asks)
    is_one: Callable[[Any], bool]
    json: frozenset[str]  # the kinds of JSON that its values are written as
    hashable: bool = True
    nullable: bool = False
    libraries: frozenset[str] = frozenset({"pydantic", "msgspec"})  # that can have it for a field


def leaf(
    annotation: Any, values: st.SearchStrategy[Any], dump: Callable[[Any], Any], json: str, **rest: Any
) -> Kind:
    cls = rest.pop("cls", annotation)
    is_one = lambda value: type(value) is cls  # noqa: E731
    return Kind(annotation, values, lambda value, _: dump(value), is_one, frozenset({json}), **rest)


def same(value: Any) -> Any:
    return value


def duration(value: dt.timedelta) -> str:
    microseconds = value // dt.timedelta(microseconds=1)
    sign, microseconds = ("-", -microseconds) if microseconds < 0 else ("", microseconds)
    seconds, fraction = divmod(microseconds, 1_000_000)
    return f"{sign}P{seconds // 86400}DT{seconds % 86400}.{fraction:06}S"


decimals = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places), st.integers(-(10**14), 10**14), st.integers(0, 6)
)
zones = st.one_of(
    st.none(),
    st.just(dt.UTC),
    st.integers(-14 * 60, 14 * 60).map(lambda m: dt.timezone(dt.timedelta(minutes=m))),
)

LEAVES = [
    leaf(str, st.text(max_size=8), same, "text"),
    leaf(int, st.integers(-(2**63), 2**63 - 1), same, "number"),
    leaf(float, st.floats(allow_nan=False, allow_infinity=False), same, "number"),
    leaf(bool, st.booleans(), same, "truth"),
    Kind(
        Decimal,
        decimals,
        lambda value, asked: float(value),
        lambda value: type(value) is Decimal,
        frozenset({"number"}),
    ),
    leaf(
        dt.datetime,
        st.builds(lambda moment, zone: moment.replace(tzinfo=zone), st.datetimes(), zones),
        dt.datetime.isoformat,
        "text",
    ),
    leaf(dt.date, st.dates(), dt.date.isoformat, "text"),
    leaf(dt.time, st.times(), dt.time.isoformat, "text"),
    leaf(
        dt.timedelta, st.timedeltas(dt.timedelta(days=-(10**6)), dt.timedelta(days=10**6)), duration, "text"
    ),
    leaf(UUID, st.uuids(), str, "text"),
]


@st.composite
def enums(draw: st.DrawFn) -> Kind:
    texts = draw(st.booleans())
    values = draw(
        st.lists(st.text(max_size=5) if texts else st.integers(-99, 99), min_size=1, max_size=4, unique=True)
    )
    cls: Any = enum.Enum("Shade", {f"M{index}": value for index, value in enumerate(values)})
    return leaf(cls, st.sampled_from(list(cls)), lambda member: member.value, "text" if texts else "number")


@st.composite
def literals(draw: st.DrawFn) -> Kind:
    values = draw(
        st.lists(st.one_of(st.text(max_size=5), st.integers(-99, 99), st.booleans()), min_size=1, max_size=4)
    )
    names = {str: "text", int: "number", bool: "truth"}
    return Kind(
        Literal[tuple(values)],
        st.sampled_from(values),
        lambda value, _: value,
        lambda value: any(type(value) is type(each) and value == each for each in values),
        frozenset(names[type(value)] for value in values),
        libraries=frozenset(
            {"pydantic"} if any(isinstance(value, bool) for value in values) else {"pydantic", "msgspec"}
        ),
    )


def lists(item: Kind) -> Kind:
    return Kind(
        list[item.annotation],
        st.lists(item.values, max_size=3),
        lambda value, asked: [item.dump(each, asked) for each in value],
        lambda value: type(value) is list and all(map(item.is_one, value)),
        frozenset({"list"}),
        hashable=False,
        libraries=item.libraries,
    )


def sets(item: Kind) -> Kind:
    return Kind(
        set[item.annotation],
        st.sets(item.values, max_size=3),
        lambda value, asked: [item.dump(each, asked) for each in value],
        lambda value: type(value) is set and all(map(item.is_one, value)),
        frozenset({"list"}),
        hashable=False,
        libraries=item.libraries,
    )


def dicts(item: Kind) -> Kind:
    def dump(value: dict[str, Any], asked: bool) -> Any:
        if asked:
            return [{"key": key, "value": item.dump(each, True)} for key, each in value.items()]
        return {key: item.dump(each, False) for key, each in value.items()}

    return Kind(
        dict[str, item.annotation],
        st.dictionaries(st.text(max_size=5), item.values, max_size=3),
        dump,
        lambda value: (
            type(value) is dict and all(type(key) is str and item.is_one(each) for key, each in value.items())
        ),
        frozenset({"list", "object"}),
        hashable=False,
        libraries=item.libraries,
    )


def optionals(item: Kind) -> Kind:
    return item._replace(
        annotation=item.annotation | None,
        values=st.none() | item.values,
        dump=lambda value, asked: None if value is None else item.dump(value, asked),
        is_one=lambda value: value is None or item.is_one(value),
        nullable=True,
    )


@st.composite
def unions(draw: st.DrawFn, kinds: st.SearchStrategy[Kind]) -> Kind:
    """A union whose members no JSON value could belong to two of."""
    members: list[Kind] = []
    for kind in draw(st.lists(kinds, min_size=2, max_size=4)):
        if not any(kind.json & other.json for other in members):
            members.append(kind)
    assume(len(members) > 1)

    def dump(value: Any, asked: bool) -> Any:
        return next(kind for kind in members if kind.is_one(value)).dump(value, asked)

    return Kind(
        functools.reduce(operator.or_, [kind.annotation for kind in members]),
        st.one_of([kind.values for kind in members]),
        dump,
        lambda value: any(kind.is_one(value) for kind in members),
        frozenset().union(*(kind.json for kind in members)),
        hashable=all(kind.hashable for kind in members),
        nullable=any(kind.nullable for kind in members),
        libraries=frozenset({"pydantic"}).intersection(*(kind.libraries for kind in members)),
    )


FLAVOURS = ["attrs", "dataclass", "TypedDict", "NamedTuple", "pydantic", "msgspec"]
ABSENT = object()


@st.composite
def classes(draw: st.DrawFn, kinds: st.SearchStrategy[Kind]) -> Kind:
    flavour = draw(st.sampled_from(FLAVOURS))
    names = [f"f{index}" for index in range(draw(st.integers(1, 3)))]
    fields = {name: draw(kinds) for name in names}
    if flavour in ("pydantic", "msgspec"):
        assume(all(flavour in kind.libraries for kind in fields.values()))
    # Fields with a default come last; theirs is drawn here and must be hashable, or a class would share it.
    defaults = {
        name: draw(fields[name].values)
        for name in names[draw(st.integers(0, len(names))) :]
        if fields[name].hashable
    }
    if list(defaults) != names[len(names) - len(defaults) :]:
        defaults = {}
    cls = make_class(flavour, fields, defaults)

    def build(values: dict[str, Any]) -> Any:
        return cls(**{name: value for name, value in values.items() if value is not ABSENT})

    def each_of(value: Any) -> dict[str, Any]:
        return dict(value) if flavour == "TypedDict" else {name: getattr(value, name) for name in names}

    def dump(value: Any, asked: bool) -> Any:
        return {name: fields[name].dump(each, asked) for name, each in each_of(value).items()}

    def is_one(value: Any) -> bool:
        kind = dict if flavour == "TypedDict" else cls
        return type(value) is kind and all(fields[name].is_one(each) for name, each in each_of(value).items())

    present = {name: kind.values for name, kind in fields.items()}
    if flavour == "TypedDict":
        present |= {name: st.just(ABSENT) | fields[name].values for name in defaults}
    libraries = {
        "dataclass": {"pydantic", "msgspec"},
        "TypedDict": {"pydantic", "msgspec"},
        "NamedTuple": {"pydantic", "msgspec"},
        "pydantic": {"pydantic"},
        "msgspec": {"msgspec"},
        "attrs": {"msgspec"},
    }[flavour]
    return Kind(
        cls,
        st.fixed_dictionaries(present).map(build),
        dump,
        is_one,
        frozenset({"object"}),
        hashable=False,
        libraries=frozenset(libraries).intersection(*(kind.libraries for kind in fields.values())),
    )


def make_class(flavour: str, fields: dict[str, Kind], defaults: dict[str, Any]) -> Any:
    if flavour == "attrs":
        return attrs.make_class(
            "Thing",
            {
                name: attrs.field(type=kind.annotation, default=defaults.get(name, attrs.NOTHING))
                for name, kind in fields.items()
            },
            frozen=True,
        )
    if flavour == "dataclass":
        return dataclasses.make_dataclass(
            "Thing",
            [
                (name, kind.annotation, dataclasses.field(default=defaults[name]))
                if name in defaults
                else (name, kind.annotation)
                for name, kind in fields.items()
            ],
        )
    if flavour == "TypedDict":
        return typing_extensions.TypedDict(
            "Thing",
            {
                name: NotRequired[kind.annotation] if name in defaults else kind.annotation
                for name, kind in fields.items()
            },
        )
    if flavour == "NamedTuple":
        annotations = {name: kind.annotation for name, kind in fields.items()}
        return types.new_class(
            "Thing",
            (NamedTuple,),
            exec_body=lambda body: body.update(__annotations__=annotations, __module__=__name__, **defaults),
        )
    if flavour == "pydantic":
        return pydantic.create_model(
            "Thing", **{name: (kind.annotation, defaults.get(name, ...)) for name, kind in fields.items()}
        )
    return msgspec.defstruct(
        "Thing",
        [
            (name, kind.annotation, defaults[name]) if name in defaults else (name, kind.annotation)
            for name, kind in fields.items()
        ],
    )


leaves = st.integers(0, 9).flatmap(
    lambda number: st.sampled_from(LEAVES) if number < 7 else enums() if number == 7 else literals()
)
parts = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(lists),
        inner.map(dicts),
        inner.map(optionals),
        unions(inner),
        classes(inner),
        leaves.map(sets),
    ),
    max_leaves=6,
)
kinds = st.one_of(classes(parts), classes(classes(parts)), classes(parts).map(lists), unions(parts), parts)

anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=10),
        st.text(st.characters(categories=["Cs", "Nd", "Sc"]), max_size=3),
        st.sampled_from(["", "$1,299.00", "yes"]),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["f0", "f1", "f2", "items", "value", "key", "result", "a b"]), inner, max_size=3
        )
        | inner.map(json.dumps)
        | inner.map(lambda value: f"Sure: ```json\n{json.dumps(value)}\n```")
    ),
    max_leaves=12,
)


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


def bare(kind: Kind, value: Any) -> Any:
    return as_json(kind.dump(value, False))


def wrapped(schema: dict[str, Any], kind: Kind, value: Any) -> Any:
    """Write a value as its schema asks for it; see whether it must be in an object by whether it could be one."""
    dumped = kind.dump(value, True)
    if list(schema.get("properties", {})) in (["items"], ["value"]):
        return as_json({next(iter(schema["properties"])): dumped})
    return as_json(dumped)


@st.composite
def readable(draw: st.DrawFn) -> tuple[Kind, Any]:
    kind = draw(kinds)
    return kind, draw(kind.values)


@st.composite
def nearly(draw: st.DrawFn) -> tuple[Kind, Any]:
    """A type, and the JSON of one of its values with something in it replaced."""
    kind, value = draw(readable())
    raw = {"": kind.dump(value, draw(st.booleans()))}
    place: Any = raw
    key: Any = ""
    while isinstance(place[key], (dict, list)) and place[key] and draw(st.booleans()):
        place = place[key]
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    old = place[key]
    place[key] = draw(
        st.one_of(
            anything,
            st.sampled_from(
                [str(old), json.dumps(old), f"It is {json.dumps(old)}.", {"result": old}, [old], f" ${old} "]
            ),
        )
    )
    return kind, as_json(raw[""])


@given(readable())
def test_a_dumped_value_comes_back_equal(pair: tuple[Kind, Any]) -> None:
    kind, value = pair
    raw = bare(kind, value)
    assume(
        not (isinstance(raw, dict) and raw.keys() & {"items", "value"})
    )  # it would be taken for the wrapping
    for strict in (False, True):
        reading = read(kind.annotation, raw, strict=strict)
        assert reading.value == value
        assert kind.is_one(reading.value)
        assert reading.repairs == ()


@given(readable())
def test_a_value_written_as_the_schema_asks_comes_back_equal(pair: tuple[Kind, Any]) -> None:
    kind, value = pair
    # Not solved: in a union with a list, an object without required fields takes the list's wrapping for itself.
    assume(not kind.json >= {"list", "object"})
    schema = schema_or_assume(kind)
    raw = wrapped(schema, kind, value)
    for strict in (False, True):
        reading = read(kind.annotation, raw, strict=strict)
        assert reading.value == value
        assert kind.is_one(reading.value)
        assert reading.repairs == ()


@given(readable())
def test_the_schema_is_in_the_subset_and_fits_the_values(pair: tuple[Kind, Any]) -> None:
    kind, value = pair
    schema = schema_or_assume(kind)
    assert_output_schema(schema)
    assert_fits(wrapped(schema, kind, value), schema)


@given(kinds, anything, st.booleans())
def test_any_json_is_read_or_refused(kind: Kind, raw: Any, strict: bool) -> None:
    assert_read_or_refused(kind, raw, strict)


@given(nearly(), st.booleans())
def test_nearly_right_json_is_read_or_refused(pair: tuple[Kind, Any], strict: bool) -> None:
    assert_read_or_refused(*pair, strict)


def assert_read_or_refused(kind: Kind, raw: Any, strict: bool) -> None:
    with contextlib.suppress(ResultMismatchError):
        reading = read(kind.annotation, raw, strict=strict)
        assert kind.is_one(reading.value)
        assert not (strict and reading.repairs)


def schema_or_assume(kind: Kind) -> dict[str, Any]:
    try:
        return schema_for(kind.annotation)
    except SchemaError as error:
        if "levels deep" in error.reason:
            reject()
        raise


ALLOWED = {"anyOf", "enum", "format", "items", "maxItems", "maximum", "minItems", "minimum", "nullable"} | {
    *("properties", "propertyOrdering", "required", "type")
}
ONLY_WITH = {
    "properties": "object",
    "required": "object",
    "items": "array",
    "minItems": "array",
    "maxItems": "array",
    "enum": "string",
    "format": "string",
}


def assert_output_schema(schema: dict[str, Any]) -> None:
    """The rules of the API for the whole of an output_schema."""
    assert schema["type"] == "object"
    assert "anyOf" not in schema
    assert "nullable" not in schema
    assert len(json.dumps(schema)) <= 64 * 1024
    assert_subset(schema, 1)


def assert_subset(schema: Any, depth: int) -> None:
    assert depth <= 10
    assert type(schema) is dict
    assert schema.keys() <= ALLOWED
    assert "type" in schema or "anyOf" in schema
    if "type" in schema:
        assert schema["type"] in ("object", "array", "string", "number", "integer", "boolean")
    for keyword, kind in ONLY_WITH.items():
        assert keyword not in schema or schema["type"] == kind
    assert schema.get("nullable", True) is True
    assert schema.get("format", "date") in ("date", "date-time", "duration", "time")
    assert all(type(text) is str for text in schema.get("enum", []))
    assert schema.get("enum", ["x"])
    assert set(schema.get("required", [])) <= schema.get("properties", {}).keys()
    assert schema.get("required", ["x"])
    for keyword in ("minimum", "maximum"):
        assert keyword not in schema or (
            schema["type"] in ("integer", "number") and math.isfinite(schema[keyword])
        )
    for inner in [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]:
        assert_subset(inner, depth + 1)
    if "items" in schema:
        assert_subset(schema["items"], depth + 1)


def assert_fits(raw: Any, schema: dict[str, Any]) -> None:
    assert fits(raw, schema), f"{raw!r} does not fit {schema}"


def fits(raw: Any, schema: dict[str, Any]) -> bool:
    """Validate JSON as the subset's keywords mean it."""
    if raw is None and schema.get("nullable"):
        return True
    if "anyOf" in schema:
        return any(fits(raw, each) for each in schema["anyOf"])
    if "enum" in schema and raw not in schema["enum"]:
        return False
    if (
        not schema.get("minimum", -math.inf)
        <= (raw if isinstance(raw, (int, float)) else 0)
        <= schema.get("maximum", math.inf)
    ):
        return not isinstance(raw, (int, float))
    match schema["type"]:
        case "object":
            properties = schema.get("properties", {})
            return (
                isinstance(raw, dict)
                and set(schema.get("required", ())) <= raw.keys()
                and all(fits(raw[key], each) for key, each in properties.items() if key in raw)
            )
        case "array":
            return isinstance(raw, list) and all(fits(each, schema.get("items", {})) for each in raw)
        case "string":
            return isinstance(raw, str) and has_format(raw, schema.get("format"))
        case "boolean":
            return isinstance(raw, bool)
        case "integer":
            return isinstance(raw, int) and not isinstance(raw, bool)
        case "number":
            return isinstance(raw, (int, float)) and not isinstance(raw, bool)
    raise AssertionError(schema)


def has_format(text: str, name: str | None) -> bool:
    patterns = {
        "date": r"\d{4}-\d\d-\d\d",
        "time": r"\d\d:\d\d:\d\d(\.\d+)?",
        "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d)?",
        "duration": r"-?P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?",
    }
    return name is None or re.fullmatch(patterns[name], text) is not None
