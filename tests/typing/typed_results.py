"""How type checkers see typed results; checked, never run."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple, TypedDict, assert_type

import attrs

from tinyfish.typed import Reading, ResultType, read, read_as, result_type, schema_for


@attrs.frozen
class Product:
    name: str


@dataclasses.dataclass
class Offer:
    price: float


class Row(TypedDict):
    name: str


class Point(NamedTuple):
    x: int


def check(raw: object) -> None:
    assert_type(schema_for(Product), dict[str, Any])
    assert_type(read_as(Product, raw), Product)
    assert_type(read_as(Offer, raw, strict=True), Offer)
    assert_type(read_as(Row, raw), Row)
    assert_type(read_as(Point, raw), Point)
    assert_type(read_as(list[Product], raw), list[Product])
    assert_type(read_as(dict[str, Offer], raw), dict[str, Offer])
    assert_type(read(Product, raw), Reading[Product])
    assert_type(read(list[Product], raw).value, list[Product])
    assert_type(result_type(Product), ResultType[Product])
    assert_type(result_type(list[Product]).read(raw).value, list[Product])
