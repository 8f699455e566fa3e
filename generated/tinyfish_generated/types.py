# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""The base of the generated models and operations.

Decoding is strict at the top level of a document, and lenient inside. A document must be an object with all required
fields, valid ids, and entries that are objects; otherwise DecodeError is raised. Inside, nothing is rejected: a missing
or null field is None; an unknown enum value, or a value of a wrong type, is kept as it was sent.

Models use no recursion on JSON values, so these can be nested as deeply as the parser allows.
"""

from __future__ import annotations

import copy
import functools
import json
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum, StrEnum
from typing import Any, ClassVar, Generic, Literal, Self, TypeAlias, TypeVar, cast
from urllib.parse import quote

from attrs import NOTHING, define, field, fields

from .tabular import Tabular

Json: TypeAlias = dict[str, Any] | list[Any] | str | float | bool | None
"""A parsed JSON value."""

T = TypeVar("T")
M = TypeVar("M", bound="Model")


_log = logging.getLogger("tinyfish")

# An id is quoted in a URL, which has at most 65,536 bytes; each character can become 12 bytes.
_MAX_ID_CHARS = 4096
# Parsing a long string that isn't ISO 8601 takes a long time, and no timestamp is that long.
_MAX_TIMESTAMP_CHARS = 64
_MAX_DECIMAL_CHARS = 100
_MAX_SHALLOW_LEVELS = 100
# What the message of a webhook has; the run is in its data.
_MESSAGE_FIELDS = frozenset({"event", "run_id", "status", "data"})


class DecodeError(ValueError):
    """A document doesn't match the contract."""


class OpenEnum(StrEnum):
    """An enum that is closed for callers, but open for values from the server.

    Calling it with an unknown value raises a ValueError. `decode` keeps unknown values, as unlisted members: name and
    value are the server's string, and they compare, hash, print, copy and pickle like that string.
    """

    @classmethod
    def decode(cls, value: Any) -> Any:
        """Return the member for a string from the server; other values are returned unchanged."""
        try:
            return cls._value2member_map_[value]
        except (KeyError, TypeError):
            if not isinstance(value, str):
                return value
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member

    def __reduce_ex__(self, protocol: object) -> tuple[Callable[[str], Self], tuple[str]]:
        """Pickle and copy with `decode`, because calling the class would reject unlisted values."""
        return type(self).decode, (str(self.value),)


class _Field:
    """Decodes a field when it's first read, and stores it in the instance's dict, like `functools.cached_property`."""

    def __init__(
        self,
        name: str,
        alias: str,
        decode: Callable[[Any], Any] | None,
        absent: Callable[[], Any] | None,
        others: Collection[str],
    ) -> None:
        self._name = name
        self._alias = alias
        self._decode = decode
        self._absent = absent
        self._others = others

    def __get__(self, model: Model | None, owner: type[Model]) -> Any:
        if model is None:
            return self
        values = model.__dict__
        value = values["_document"].get(self._alias)
        if value is None and self._others:
            value = next(
                (values["_document"][name] for name in self._others if name in values["_document"]), None
            )
        if value is None and self._absent is not None:
            value = self._absent()
        elif self._decode is not None:
            value = self._decode(value)
        values[self._name] = value
        return value


class _ExtraFields:
    """Collects the fields of a document that aren't in the contract, when they are first read."""

    def __init__(self, known: frozenset[str], others: Mapping[str, str]) -> None:
        self._known = known
        self._others = others

    def __get__(self, model: Model | None, owner: type[Model]) -> Any:
        if model is None:
            return self
        values = model.__dict__
        document = values["_document"]
        unknown = unknown_fields(document, self._known)
        if unknown and self._others:
            # Under another name of a field, which stands for it where the document lacks the field itself.
            for name in [*self._others.keys() & unknown]:
                if document.get(self._others[name]) is None:
                    del unknown[name]
        values["extra_fields"] = unknown
        return unknown


@define(frozen=True, kw_only=True)
class ModelField:
    """A field of a model, as `model_fields` describes it.

    Attributes:
        alias: Its name on the wire.
        annotation: Its type.
        default: Its value if it is left out; None for a required field.
        description: What it means.
        required: Whether a model cannot be made without it.
    """

    alias: str
    annotation: Any
    default: Any
    description: str | None
    required: bool

    def is_required(self) -> bool:
        """Whether a model cannot be made without it."""
        return self.required


class _ModelFields:
    """Tells the fields of a class when they are first asked for."""

    def __get__(self, model: Model | None, owner: type[Model]) -> dict[str, ModelField]:
        from .schemas import model_fields

        return model_fields(owner, owner._names)  # pyright: ignore[reportPrivateUsage] - its own class's


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class Model:
    """Base of all models: frozen, keyword-only attrs classes.

    A decoded model keeps its document, and decodes each field when it's first read, because programs read only some of
    the fields.

    Two models are equal if they have the same class, and all their fields are equal. A subclass can add fields that
    aren't in the JSON. Their defaults must be values, not factories, because decoding doesn't call the constructor. A
    model of the same document with other classes inside inherits `_names`, `_known` and so on, and defines its own
    `_decoders`.
    """

    _names: ClassVar[Mapping[str, str]] = {}
    """The JSON names of the contract's fields, by their Python names."""

    _required: ClassVar[frozenset[str]] = frozenset()
    """The JSON names of the required fields."""

    _known: ClassVar[frozenset[str]] = frozenset()
    """The JSON names of all fields of the contract."""

    _ids: ClassVar[frozenset[str]] = frozenset()
    """The JSON names of the ids and cursors that the client needs for further requests, and that are never null."""

    _nullable_ids: ClassVar[frozenset[str]] = frozenset()
    """The JSON names of such ids and cursors that can be null."""

    _id_lists: ClassVar[frozenset[str]] = frozenset()
    """The JSON names of the lists of ids."""

    _entries: ClassVar[Mapping[str, type[Model]]] = {}
    """The entry models of the required lists of objects, by JSON name."""

    _parts: ClassVar[Mapping[str, type[Model]]] = {}
    """The models of the required objects, by JSON name."""

    _other_names: ClassVar[Mapping[str, str]] = {}
    """The name in Python of each field that has other names too: that on the wire, and those that it once had there."""

    _decoders: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    """The decoders of fields, by Python name; they also get None. Fields without one are kept as they are in JSON."""

    _absent: ClassVar[Mapping[str, Callable[[], Any]]] = {}
    """Create the value of a missing or null field, if that isn't None, by Python name."""

    _caches: ClassVar[tuple[str, ...]] = ()
    """What an instance may hold that is made of its fields."""

    extra_fields: dict[str, Any] = field(factory=dict[str, Any], repr=False)
    """The fields from the server that aren't in the contract, unchanged."""

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        """Set the defaults on the class, for fields that an instance's dict doesn't have; for attrs, they have none."""
        others = {name: cls._names[own] for name, own in cls._other_names.items()} | dict(cls._names)
        others = {other: alias for other, alias in others.items() if other != alias}
        for name, alias in cls._names.items():
            of_this = [other for other in others if others[other] == alias]
            decode, absent = cls._decoders.get(name), cls._absent.get(name)
            setattr(cls, name, _Field(name, alias, decode, absent, of_this))
        for attribute in fields(cls):
            if attribute.name == "extra_fields":
                setattr(cls, attribute.name, _ExtraFields(cls._known, others))
            elif attribute.name not in cls._names:
                if attribute.default is NOTHING or hasattr(attribute.default, "factory"):
                    raise TypeError(
                        f"{cls.__name__}.{attribute.name} must have a value as its default, not a factory"
                    )
                setattr(cls, attribute.name, attribute.default)
        construct: Callable[..., None] = cls.__init__

        @functools.wraps(construct)
        def construct_of_any(self: Model, **given: Any) -> None:
            construct(self, **cls._in_python(given))

        setattr(cls, "__init__", construct_of_any)

    @classmethod
    def _in_python(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a constructor, which may have the names and values of the wire, as attrs takes them."""
        values = {cls._other_names.get(name, name): value for name, value in given.items()}
        for name, decode in cls._decoders.items():
            if values.get(name) is not None:
                values[name] = decode(values[name])
        return values

    model_fields: ClassVar[Mapping[str, ModelField]] = cast("Mapping[str, ModelField]", _ModelFields())
    """The fields of the class by their names in Python, as pydantic has them."""

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Yield the names and values of all fields, as `dict(model)` takes them."""
        yield from {name: getattr(self, name) for name in self._names}.items()
        yield from self.extra_fields.items()

    @classmethod
    def model_validate(cls, obj: object) -> Self:
        """Make a model of a mapping, under the names of Python or of the wire, or return the model that is given.

        Raises:
            DecodeError: It is none, lacks a field that the contract requires, or has an id that cannot be one.
        """
        if isinstance(obj, cls):
            return obj
        if isinstance(obj, Model) and issubclass(cls, type(obj)):
            obj = obj.to_dict()
        if not isinstance(obj, Mapping):
            raise DecodeError(
                f"{cls.__name__}: expected a mapping or a {cls.__name__}, got {type(obj).__name__}"
            )
        given = cast("Mapping[str, Any]", obj)
        on_wire = {cls._names.get(cls._other_names.get(name, name), name): given[name] for name in given}
        cls._refuse_webhook(on_wire)  # before it gets fields of the class
        for attribute in fields(cls):
            alias = cls._names.get(attribute.name)
            if alias is None or not isinstance(attribute.default, str):
                continue  # it has not one value alone
            if on_wire.setdefault(alias, attribute.default) != attribute.default:
                raise DecodeError(
                    f"{cls.__name__}: {alias} must be {attribute.default!r}, not {shown(on_wire[alias])}"
                )
        return cls.decode_document(_copy(on_wire))

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray) -> Self:
        """Make a model of JSON text.

        Raises:
            DecodeError: It is no JSON, or not what `model_validate` takes.
        """
        try:
            document = json.loads(json_data)
        except (ValueError, RecursionError) as error:
            raise DecodeError(f"{cls.__name__}: the text is not JSON: {error}") from error
        return cls.model_validate(document)

    @classmethod
    def model_json_schema(cls, *, ref_template: str = "#/$defs/{model}") -> dict[str, Any]:
        """Return the JSON Schema of the class's documents. It comes from the contract.

        Args:
            ref_template: How a schema refers to another one.
        """
        from .schemas import json_schema

        return json_schema(cls, ref_template)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Make it a type that pydantic and FastAPI take: they validate and write the JSON object of the wire."""
        from .schemas import pydantic_core_schema

        return pydantic_core_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        from .schemas import pydantic_json_schema

        return pydantic_json_schema(cls, cls._names, handler)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy, with some fields changed; the values are not checked.

        Args:
            update: The new values by the names of their fields, in Python or on the wire.
            deep: Whether to copy the values too.
        """
        copied = copy.deepcopy(self) if deep else copy.copy(self)
        if update:
            for name in self._caches:
                copied.__dict__.pop(name, None)
            named = {self._other_names.get(name, name): value for name, value in update.items()}
            known = {attribute.name for attribute in fields(type(self))}
            unknown = {name: value for name, value in named.items() if name not in known}
            if unknown:
                copied.__dict__["extra_fields"] = {**self.extra_fields, **unknown}
            copied.__dict__.update({name: value for name, value in named.items() if name in known})
        return copied

    def __getstate__(self) -> dict[str, Any]:
        """Return a copy of the dict, which can grow when another thread reads a field."""
        return {name: picklable(value) for name, value in self.__dict__.copy().items()}

    def __copy__(self) -> Self:
        copied = type(self).__new__(type(self))
        copied.__dict__.update(self.__dict__.copy())
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        copied = memo[id(self)] = type(self).__new__(type(self))
        for name, value in self.__dict__.copy().items():
            copied.__dict__[name] = rebuilt(value, lambda part: copy.deepcopy(part, memo))
        return copied

    @classmethod
    def from_dict(cls, src: Mapping[str, Any]) -> Self:
        """Create a model from a JSON object; missing and null fields become None.

        Raises:
            DecodeError: It is the message of a webhook, which only has the object inside.
        """
        document = dict(src)
        cls._refuse_webhook(document)
        return cast(Self, cls.decode(_copy(document)))

    @classmethod
    def _refuse_webhook(cls, document: Mapping[str, Any]) -> None:
        """Check that it isn't the message of a webhook. Its run is in its `data`, so the result would be lost.

        A message has nothing of the class but its run's id and status. An object with any other field of the class isn't
        one, whatever else it has: it may be a result that was paid for.

        Raises:
            DecodeError: It is one.
        """
        if "data" not in document or "event" in cls._known:
            return
        if any(document.get(name) is not None for name in cls._known - _MESSAGE_FIELDS):
            return
        data: object = document["data"]
        has_event = isinstance(document.get("event"), str)
        if "data" in cls._known:
            is_message = has_event and "run_id" in document and isinstance(data, Mapping)
        else:
            is_message = has_event or isinstance(data, Mapping) and "run_id" in data
        if is_message:
            raise DecodeError(
                f"{cls.__name__}: this is the message of a webhook, and its run is in its data: read it with "
                "tinyfish.webhooks.unwrap(...)"
            )

    @classmethod
    def decode(cls, value: Json) -> Any:
        """Create a model from a JSON object, which must not change afterwards; other values are returned unchanged."""
        if not isinstance(value, dict):
            return value
        model = cls.__new__(cls)
        model.__dict__["_document"] = value
        return model

    @classmethod
    def decode_document(cls, src: object) -> Self:
        """Create a model from a whole JSON document, which must not be changed afterwards.

        Entries that aren't objects, or have an invalid id, are omitted and logged.

        Raises:
            DecodeError: The document isn't an object, a required field is missing, or an id isn't valid.
        """
        if not isinstance(src, dict):
            raise DecodeError(f"{cls.__name__}: expected an object, got {type(src).__name__}")
        document = cast("dict[str, Any]", src)
        cls._refuse_webhook(document)
        missing = sorted(cls._required.difference(document))
        if missing:
            raise DecodeError(f"{cls.__name__}: the document has no {', '.join(missing)}")
        fault = cls._fault(document)
        if fault is not None:
            raise DecodeError(f"{cls.__name__}: {fault}")
        for name, model in cls._entries.items():
            entries: list[Any] = document[name] or []
            usable = [entry for entry in entries if model._is_usable(entry)]
            if len(usable) < len(entries):
                _log.warning(
                    "%s: %d entries of %s are invalid and were omitted.",
                    cls.__name__,
                    len(entries) - len(usable),
                    name,
                )
            if len(usable) < len(entries) or document[name] is None:
                document = {**document, name: usable}
        return cast(Self, cls.decode(document))

    @classmethod
    def _fault(cls, document: Mapping[str, Any]) -> str | None:
        """What is wrong with a complete document; None if nothing is."""
        for name in sorted(cls._ids):
            if document.get(name) is None:
                return f"{name} is null"
        fault = cls._id_fault(document)
        if fault is not None:
            return fault
        for name in cls._entries:
            if not isinstance(document[name], list | None):
                return f"{name} is not an array: {shown(document[name])}"
        for name, part in cls._parts.items():
            inside = document[name]
            if not isinstance(inside, dict):
                return f"{name} is not an object: {shown(inside)}"
            fault = part._id_fault(cast("dict[str, Any]", inside))
            if fault is not None:
                return f"{name}: {fault}"
        return None

    @classmethod
    def _is_usable(cls, entry: object) -> bool:
        """Whether a list entry is an object with valid ids."""
        return isinstance(entry, dict) and cls._id_fault(cast("dict[str, Any]", entry)) is None

    @classmethod
    def _id_fault(cls, document: Mapping[str, Any]) -> str | None:
        """What is wrong with a document's ids; None if they are valid or null. An empty string counts as null."""
        for name in sorted(cls._ids | cls._nullable_ids):
            value = document.get(name)
            if value is not None and not is_id(value) and not (value == "" and name in cls._nullable_ids):
                return f"{name} is not a valid id: {shown(value)}"
        for name in sorted(cls._id_lists):
            ids = document.get(name)
            if ids is not None and not (isinstance(ids, list) and all(map(is_id, cast("list[object]", ids)))):
                return f"{name} is not a list of ids: {shown(cast(object, ids))}"
        return None

    @staticmethod
    def decode_choice(
        models: tuple[type[Model], ...], by: str, mapping: Mapping[str, type[Model]], value: Json
    ) -> Any:
        """Create one of several models from an object; other values are returned unchanged.

        Args:
            models: The possible models.
            by: The name of the discriminator field; empty if there is none.
            mapping: The model for each value of that field.
            value: The JSON value.

        Returns:
            The model that the discriminator selects. Otherwise, of the models whose required fields are all present,
            the one with the most required fields. Otherwise the object itself.
        """
        if not isinstance(value, dict):
            return value
        told = value.get(by)
        model = mapping.get(told) if isinstance(told, str) else None
        if model is None:
            fitting = [model for model in models if model._required.issubset(value)]
            model = max(fitting, key=lambda model: len(model._required), default=None)
        return value if model is None else model.decode(value)

    @classmethod
    def decode_documents(cls, src: object) -> list[Self]:
        """Create models from a JSON document that is an array of objects.

        Raises:
            DecodeError: The document isn't an array, or `decode_document` rejects an entry.
        """
        if not isinstance(src, list):
            raise DecodeError(f"{cls.__name__}: expected an array, got {type(src).__name__}")
        return [cls.decode_document(entry) for entry in cast("list[object]", src)]

    def to_dict(self) -> dict[str, Any]:
        """Return the API's JSON object, including `extra_fields`; optional fields that aren't set are omitted."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def to_json(self, *, indent: int | None = None) -> str:
        """Return `to_dict()` as a JSON string."""
        return written(self.to_dict(), indent)

    def model_dump(
        self,
        *,
        mode: Literal["python", "json"] = "python",
        by_alias: bool = False,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        exclude_none: bool = False,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
    ) -> dict[str, Any]:
        """Return the fields as a dict, with nested models as dicts, like pydantic's `model_dump`.

        Args:
            mode: "json" for JSON-compatible values: timestamps and enums become strings. Default: "python".
            by_alias: Whether to use the JSON names instead of the Python names.
            include: The Python names of the fields to include; all if None.
            exclude: The Python names of the fields to omit.
            exclude_none: Whether to omit fields that are None.
            exclude_unset: Whether to omit optional fields that are None, unless the server sent them as null.
            exclude_defaults: Whether to omit all optional fields that are None.
        """
        sent = self.__dict__.get("_document", {})
        options = {
            "mode": mode,
            "by_alias": by_alias,
            "exclude_none": exclude_none,
            "exclude_unset": exclude_unset,
            "exclude_defaults": exclude_defaults,
        }
        dumped: dict[str, Any] = {}
        for name, alias in self._names.items():
            value = getattr(self, name)
            is_default = alias not in self._required and (
                value is None or self._is_absent(name, alias, value)
            )
            unwanted = (exclude_none and value is None) or (
                is_default and (exclude_defaults or (exclude_unset and alias not in sent))
            )
            if not unwanted and _is_chosen(name, include, exclude):
                dumped[alias if by_alias else name] = _dump(value, options)
        for name, value in self.extra_fields.items():
            if _is_chosen(name, include, exclude):
                dumped.setdefault(name, _dump(value, options))
        return dumped

    def _is_absent(self, name: str, alias: str, value: Any) -> bool:
        """Whether a value means that the field is missing."""
        absent = self._absent.get(name)
        return absent is not None and value == absent() and alias not in self.__dict__.get("_document", ())

    def model_dump_json(
        self,
        *,
        indent: int | None = None,
        by_alias: bool = False,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        exclude_none: bool = False,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
    ) -> str:
        """Return `model_dump(mode="json")` as a JSON string; takes the arguments of `model_dump`."""
        dumped = self.model_dump(
            mode="json",
            by_alias=by_alias,
            include=include,
            exclude=exclude,
            exclude_none=exclude_none,
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
        )
        separators = (",", ":") if indent is None else None
        return written(dumped, indent, separators)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(_equal(getattr(self, a.name), getattr(other, a.name)) for a in fields(type(self)) if a.eq)

    # How a model looks is decided in tinyfish/display/, which is loaded when one is shown.

    def __repr__(self) -> str:
        from tinyfish.display.lines import line

        return line(self)

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        from tinyfish.display.lines import summary

        yield from summary(self).items()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        from tinyfish.display.lines import pretty

        pretty(self, printer, cycle=cycle)

    def _repr_html_(self) -> str:
        from tinyfish.display.html import html_of

        return html_of(self)


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ListModel(Model, Tabular):
    """Base of the responses that consist of a list, or of several. Its entries can be the rows of a table."""

    def lists(self) -> dict[str, list[Any]]:
        """The lists by name, such as `data`."""
        named = {name: getattr(self, name) for name, alias in self._names.items() if alias in self._entries}
        return {name: entries for name, entries in named.items() if isinstance(entries, list)}

    def _table_entries(self) -> list[object]:
        return [entry for entries in self.lists().values() for entry in entries]

    def _table_model(self) -> type[Model] | None:
        return next(iter(self._entries.values()), None)


@define(frozen=True, kw_only=True)
class Request(Generic[T]):
    """The description of one API call: what to send, and how to decode the response."""

    operation_id: str
    """The operation's name in openapi.yaml."""
    tag: str
    """The operation's first tag in openapi.yaml, which determines its host."""
    method: str
    path: str
    """The path in openapi.yaml, with quoted parameters filled in."""
    query: dict[str, str] = field(factory=dict[str, str])
    headers: dict[str, str] = field(factory=dict[str, str])
    """The headers that are parameters of the operation."""
    body: dict[str, Any] | None = field(default=None, repr=False)
    """The JSON object to send; None to send no body. Not in the repr, because it can contain a password."""
    decode: Callable[[Any], T]
    """Creates T from a success's parsed JSON document, or from None if it has no body; raises DecodeError."""
    safe_to_repeat: bool = False
    """Whether it can be sent again without extra cost (`x-safe-to-repeat` in openapi.yaml)."""
    streams: bool = False
    """Whether a success is an event stream. `decode` then takes the JSON object of one event."""

    def into(self, model: type[M]) -> Request[M]:
        """Return the same call, with another model for its response."""
        return Request(
            operation_id=self.operation_id,
            tag=self.tag,
            method=self.method,
            path=self.path,
            query=self.query,
            headers=self.headers,
            body=self.body,
            decode=model.decode_document,
            safe_to_repeat=self.safe_to_repeat,
            streams=self.streams,
        )


def is_id(value: object) -> bool:
    """Whether a value is a valid id or cursor: a string that can be part of a URL, and isn't special there."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= _MAX_ID_CHARS
        and value.isprintable()
        and value == value.strip()
        and value not in (".", "..")
    )


def time_between(begin: object, end: object) -> timedelta | None:
    """The time between two moments; None unless both are known."""
    if not isinstance(begin, datetime) or not isinstance(end, datetime):
        return None
    # A model of a program's own can hold naive ones.
    return end.replace(tzinfo=end.tzinfo or UTC) - begin.replace(tzinfo=begin.tzinfo or UTC)


def shown(value: object, limit: int | None = 100) -> str:
    """A value as text, at any nesting depth; truncated if it's longer than the limit."""
    try:
        text = str(value)
    except RecursionError:
        text = _repr(value)
    return text if limit is None or len(text) <= limit else f"{text[:limit]}…"


def decode_nothing(src: object) -> None:
    """Decode a success without a body."""


def unknown_fields(src: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """Return the fields of an object that aren't in the contract; usually none."""
    return {} if known.issuperset(src) else {name: src[name] for name in src if name not in known}


def decode_variant(variants: Mapping[str, type[M]], discriminator: str, src: object) -> M | None:
    """Create the model that `variants` has for the value of the object's `discriminator`; None if it has none.

    Raises:
        DecodeError: It isn't an object.
    """
    if not isinstance(src, dict):
        raise DecodeError(f"expected an object with a {discriminator!r}, got {type(src).__name__}")
    document = cast("dict[str, Any]", src)
    model = variants.get(str(document.get(discriminator)))
    return None if model is None else model.decode(document)


def decode_each(decode: Callable[[Any], Any], value: Json) -> Any:
    """Decode the entries of a list; other values are returned unchanged."""
    return [decode(entry) for entry in value] if isinstance(value, list) else value


def decode_decimal(value: Json) -> Any:
    """Return a number, or a string with a number, as a Decimal; anything but a finite number is returned unchanged."""
    if (
        isinstance(value, bool)
        or not isinstance(value, str | int | float)
        or len(str(value)) > _MAX_DECIMAL_CHARS
    ):
        return value
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return value
    return number if number.is_finite() else value


def decode_json_object(value: Json) -> Any:
    """Return a free-form object, which some servers send as JSON in a string; other values are returned unchanged."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            pass
    return value


def decode_timestamp(value: Any) -> Any:
    """Return an aware datetime, in UTC if the string has no zone; invalid values are returned unchanged."""
    if isinstance(value, str) and len(value) > _MAX_TIMESTAMP_CHARS:
        return value
    try:
        moment = datetime.fromisoformat(value)
    except TypeError:
        return value
    except ValueError:
        odd = _read_odd_timestamp(value)
        if odd is None:
            return value
        moment = odd
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read_odd_timestamp(text: str) -> datetime | None:
    """Read a string that `datetime.fromisoformat` rejects, if it has a complete date and no unknown zone."""
    from dateutil import parser  # Imported here, because few programs need it.

    def zone(name: str | None, offset: int | None) -> int | None:
        if name and offset is None:
            raise ValueError(name)
        return offset

    try:
        # Missing parts are taken from `default`. If two defaults give different dates, the date is incomplete:
        # https://dateutil.readthedocs.io/en/stable/parser.html#dateutil.parser.parse
        first, second = (
            parser.parse(text, default=default, tzinfos=zone)
            for default in (datetime(2000, 1, 1), datetime(2001, 2, 2))
        )
    except (ValueError, ArithmeticError):
        return None
    return first if first == second else None


def encode_query(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters of a query, or those in headers, as strings; None is omitted."""
    return {name: _query_text(value) for name, value in parameters.items() if value is not None}


def _query_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(_encode(value))


def encode_segment(value: str) -> str:
    """Quote a path parameter, so that it is one segment of the path."""
    text = quote(value, safe="")
    return text.replace(".", "%2E") if text in (".", "..") else text


def encode_timestamp(moment: datetime) -> str:
    """Return a datetime as an ISO 8601 string in UTC; a naive one is treated as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        pass  # The first and last hours of the calendar may be out of range in UTC.
    return moment.isoformat().replace("+00:00", "Z")


def _copy(value: Any) -> Any:
    """A deep copy of a JSON value."""
    return rebuilt(value, lambda part: part)


def rebuilt(value: Any, leaf: Callable[[Any], Any]) -> Any:
    """A copy of a JSON value; `leaf` converts each part that isn't a dict or a list."""
    top = [value]
    unfinished: list[dict[Any, Any] | list[Any]] = [top]
    while unfinished:
        holder = unfinished.pop()
        places: Any = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for place, part in places:
            if isinstance(part, dict):
                holder[place] = cast("dict[str, Any]", part).copy()
                unfinished.append(holder[place])
            elif isinstance(part, list):
                holder[place] = cast("list[object]", part).copy()
                unfinished.append(holder[place])
            else:
                holder[place] = leaf(part)
    return top[0]


def written(value: Any, indent: int | None = None, separators: tuple[str, str] | None = None) -> str:
    """A JSON value as a string, at any nesting depth."""
    try:
        return json.dumps(value, indent=indent, separators=separators, ensure_ascii=False)
    except RecursionError:
        return "".join(_pieces(value, indent, separators or (", " if indent is None else ",", ": ")))


class _Piece(str):
    """A string that is written unchanged."""


def _pieces(value: Any, indent: int | None, separators: tuple[str, str]) -> Iterator[str]:
    """The output of `json.dumps`, piece by piece, without recursion."""
    comma, colon = separators
    to_write: list[tuple[Any, int]] = [(value, 0)]
    while to_write:
        part, depth = to_write.pop()
        if isinstance(part, _Piece):
            yield part
        elif part and isinstance(part, dict | list):
            held = cast(Any, part)
            labelled: list[tuple[str, Any]] = (
                [(f"{written(name)}{colon}", member) for name, member in held.items()]
                if isinstance(part, dict)
                else [("", entry) for entry in held]
            )
            opening, closing = "{}" if isinstance(part, dict) else "[]"
            outer, inner = (
                ("", "") if indent is None else (f"\n{' ' * indent * level}" for level in (depth, depth + 1))
            )
            to_write.append((_Piece(f"{outer}{closing}"), depth))
            for number, (label, member) in reversed(list(enumerate(labelled))):
                to_write.append((member, depth + 1))
                to_write.append((_Piece(f"{comma if number else opening}{inner}{label}"), depth))
        else:
            yield json.dumps(part, ensure_ascii=False)


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except RecursionError:
        pass
    pairs = [(one, other)]
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            pairs += [(member, other[name]) for name, member in cast("dict[str, Any]", one).items()]
        elif isinstance(one, list) and isinstance(other, list):
            if len(cast("list[object]", one)) != len(cast("list[object]", other)):
                return False
            pairs += zip(cast("list[object]", one), cast("list[object]", other), strict=True)
        elif one != other:
            return False
    return True


def _repr(value: object) -> str:
    try:
        return repr(value)
    except RecursionError:
        return f"<{type(value).__name__}, nested too deeply to be shown>"


def picklable(value: Any) -> Any:
    """The object to pickle instead of a value; unpickling it returns the value."""
    return _Flat(value) if _is_deep(value) else value


def unpickled(value: Any) -> Any:
    """The value, for objects that are copied by means of their pickled state."""
    return value.value if isinstance(value, _Flat) else value


class _Flat:
    """A JSON value that can be pickled at any nesting depth."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __reduce__(self) -> tuple[Callable[[list[Any]], Any], tuple[list[Any]]]:
        parts: list[Any] = []
        unfinished = [self.value]
        while unfinished:
            part = unfinished.pop()
            if isinstance(part, dict):
                members = cast("dict[str, Any]", part)
                parts.append((dict, list(members)))
                unfinished += reversed(members.values())
            elif isinstance(part, list):
                entries = cast("list[object]", part)
                parts.append((list, len(entries)))
                unfinished += reversed(entries)
            else:
                parts.append((None, part))
        return _unflattened, (parts,)


def _unflattened(parts: list[Any]) -> Any:
    """The flattened value. It is rebuilt from the last part to the first, so that each container's members exist."""
    ready: list[Any] = []
    for kind, content in reversed(parts):
        if kind is dict:
            ready.append({name: ready.pop() for name in content})
        elif kind is list:
            ready.append([ready.pop() for _ in range(content)])
        else:
            ready.append(content)
    return ready[0]


def _is_deep(value: Any) -> bool:
    """Whether a JSON value is nested so deeply that recursion could fail."""
    level = [value]
    for _ in range(_MAX_SHALLOW_LEVELS):
        level = [
            inner
            for part in level
            if isinstance(part, dict | list)
            for inner in (
                cast("dict[str, Any]", part).values()
                if isinstance(part, dict)
                else cast("list[object]", part)
            )
        ]
        if not level:
            return False
    return True


def _encode(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return encode_timestamp(value)
    return str(value) if isinstance(value, Decimal) else value


def _dump(value: Any, options: Mapping[str, Any]) -> Any:
    """Dump one value of a model; `options` are the arguments of `model_dump` that also apply to nested models."""
    as_json = options["mode"] == "json"

    def leaf(part: Any) -> Any:
        if isinstance(part, Model):
            return part.model_dump(**options)
        return _encode(part) if as_json else part

    return rebuilt(value, leaf)


def _is_chosen(name: str, include: Collection[str] | None, exclude: Collection[str] | None) -> bool:
    return (include is None or name in include) and (exclude is None or name not in exclude)
