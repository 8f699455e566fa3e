"""No repair changes a value that the class itself accepts, over generated rules, classes and results."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Callable
from typing import Annotated, Any

import attrs
import msgspec
import pydantic
import pydantic.dataclasses
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyfish.typed import ResultMismatchError, read_as

pytestmark = pytest.mark.timeout(300)

TEXTS = [
    *("13.900", "1,250", "$1,299", "2.50", "12,50 €", "5", " 7 ", "1e3", "99", "-3", "NaN", "abc", "N/A", ""),
    *("yes", "no", "true", "null", "2024", "2024-01-05", "3 November 2026", '{"a": 1}', "[1]", "1", "0"),
]
VALUES: dict[type, list[Any]] = {
    int: [0, 1, 1250, 13900, -7],
    float: [0.5, 13.9, 13900.0, 1250.0],
    bool: [True, False],
    str: ["", "13.900", "2024", "yes", "x"],
}
Rule = Callable[[Any], Any]


@st.composite
def rules(draw: st.DrawFn, kind: type) -> Rule:
    """A rule of a class: what it makes of some texts; the others it gives on, or refuses."""
    table = draw(st.dictionaries(st.sampled_from(TEXTS), st.sampled_from(VALUES[kind]), min_size=8))
    refuses = draw(st.booleans())

    def rule(value: Any) -> Any:
        if isinstance(value, str) and value in table:
            return table[value]
        if refuses and isinstance(value, str):
            raise ValueError("not one of mine")
        return value

    return rule


def before(kind: Any, rule: Rule) -> Any:
    return Annotated[kind, pydantic.BeforeValidator(rule)]


def wrap(kind: Any, rule: Rule) -> Any:
    return Annotated[kind, pydantic.WrapValidator(lambda value, handler: handler(rule(value)))]


def pydantic_model(kinds: dict[str, Any], own: dict[str, Rule], draw: st.DrawFn) -> Any:
    way = draw(st.sampled_from([before, wrap]))
    fields = {name: (way(kind, own[name]) if name in own else kind, ...) for name, kind in kinds.items()}
    return pydantic.create_model("Thing", **fields)


def pydantic_validators(kinds: dict[str, Any], own: dict[str, Rule], draw: st.DrawFn) -> Any:
    checks = {
        f"check_{name}": pydantic.field_validator(name, mode="before")(staticmethod(rule))
        for name, rule in own.items()
    }
    return pydantic.create_model(
        "Thing", __validators__=checks, **{name: (kind, ...) for name, kind in kinds.items()}
    )


def pydantic_whole(kinds: dict[str, Any], own: dict[str, Rule], draw: st.DrawFn) -> Any:
    class Base(pydantic.BaseModel):
        @pydantic.model_validator(mode="before")
        @classmethod
        def check(cls, raw: Any) -> Any:
            return {key: own[key](value) if key in own else value for key, value in raw.items()}

    return pydantic.create_model(
        "Thing", __base__=Base, **{name: (kind, ...) for name, kind in kinds.items()}
    )


def pydantic_dataclass(kinds: dict[str, Any], own: dict[str, Rule], draw: st.DrawFn) -> Any:
    fields = [(name, before(kind, own[name]) if name in own else kind) for name, kind in kinds.items()]
    return pydantic.dataclasses.dataclass(dataclasses.make_dataclass("Thing", fields))


def struct(kinds: dict[str, Any], own: dict[str, Rule], draw: st.DrawFn) -> Any:
    return msgspec.defstruct("Thing", list(kinds.items()))


def read_by_pydantic(cls: Any, raw: Any) -> Any:
    adapter: Any = pydantic.TypeAdapter(cls)
    try:
        return adapter.validate_json(json.dumps(raw), strict=True)
    except pydantic.ValidationError:
        return adapter.validate_json(json.dumps(raw))


def read_by_msgspec(cls: Any, raw: Any) -> Any:
    try:
        return msgspec.convert(raw, cls)
    except msgspec.ValidationError:
        return msgspec.convert(raw, cls, strict=False)


LIBRARIES = [
    (pydantic_model, read_by_pydantic),
    (pydantic_validators, read_by_pydantic),
    (pydantic_whole, read_by_pydantic),
    (pydantic_dataclass, read_by_pydantic),
    (struct, read_by_msgspec),
]
scalars = st.one_of(
    *[st.sampled_from(TEXTS)] * 8,
    st.integers(-9, 9),
    st.floats(-9, 9),
    st.booleans(),
    st.none(),
    st.text(max_size=4),
)


@st.composite
def things(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Rule], dict[str, Any]]:
    kinds = {f"f{index}": draw(st.sampled_from(list(VALUES))) for index in range(draw(st.integers(1, 3)))}
    own = {name: draw(rules(kind)) for name, kind in kinds.items() if draw(st.booleans())}
    return kinds, own, {name: draw(scalars) for name in kinds}


def plain(value: Any) -> Any:
    return (type(value), value)


@given(st.data(), things(), st.sampled_from(LIBRARIES), st.booleans())
def test_of_libraries(
    data: st.DataObject,
    thing: tuple[dict[str, Any], dict[str, Rule], dict[str, Any]],
    library: Any,
    nested: bool,
) -> None:
    kinds, own, raw = thing
    make, read_itself = library
    mended = data.draw(
        st.sampled_from(["$1,299", 1])
    )  # beside the others, so that all of them are looked at again
    cls = make({**kinds, "price": float}, own, data.draw)
    raw = {**raw, "price": mended}
    returns, result = (list[cls], [raw]) if nested else (cls, raw)
    # What is read of it beside a field that it refuses, is as it would be beside one that it does not.
    for name in kinds:
        alone = make({name: kinds[name]}, {name: own[name]} if name in own else {}, data.draw)
        try:
            expected = getattr(read_itself(alone, {name: raw[name]}), name)
        except Exception:  # noqa: BLE001  (it does not read it)
            continue
        with contextlib.suppress(ResultMismatchError):
            value = read_as(returns, result)
            assert plain(getattr(value[0] if nested else value, name)) == plain(expected)


def attrs_class(kinds: dict[str, Any], own: dict[str, Rule]) -> Any:
    return attrs.make_class(
        "Thing", {name: attrs.field(type=kind, converter=own.get(name)) for name, kind in kinds.items()}
    )


def with_post_init(kinds: dict[str, Any], own: dict[str, Rule]) -> Any:
    def finish(self: Any) -> None:
        for name, rule in own.items():
            setattr(self, name, rule(getattr(self, name)))

    return dataclasses.make_dataclass("Thing", list(kinds.items()), namespace={"__post_init__": finish})


@given(things(), st.sampled_from([attrs_class, with_post_init]), st.booleans())
def test_of_converters_and_post_init(
    thing: tuple[dict[str, Any], dict[str, Rule], dict[str, Any]], make: Any, nested: bool
) -> None:
    kinds, own, raw = thing
    cls = make(kinds, own)
    with contextlib.suppress(ResultMismatchError):
        value: Any = read_as(list[cls], [raw])[0] if nested else read_as(cls, raw)
        for name, rule in own.items():
            with contextlib.suppress(ValueError):
                expected = rule(raw[name])
                if type(expected) is kinds[name]:
                    assert plain(getattr(value, name)) == plain(expected)
