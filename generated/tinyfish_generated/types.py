# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

"""What the generated models and operations are made of.

Decoding is lenient inside and strict at the document. A document must be what its model says at the top level, or
DecodeError is raised: an object with all required fields, whose ids are texts and whose entries are objects. Within it
nothing is refused: a field that is absent or null is None, a value of an enum that is not known here stays what the server
sent, and so does a value of another type than the contract's.

A JSON value may be nested as deeply as a parser takes it. What models do with one needs no stack for that.
"""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum, StrEnum
from typing import Any, ClassVar, Generic, Literal, Self, TypeAlias, TypeVar, cast
from urllib.parse import quote

from attrs import NOTHING, define, field, fields

Json: TypeAlias = dict[str, Any] | list[Any] | str | float | bool | None
"""A parsed JSON value."""

T = TypeVar("T")
M = TypeVar("M", bound="Model")


_log = logging.getLogger("tinyfish")

# The quoted id stands in a URL, which has 65,536 bytes at most: each character may become 12.
_MAX_ID_CHARS = 4096
# To read a text of another form than ISO 8601 takes long if it is long, and no moment is.
_MAX_TIMESTAMP_CHARS = 64
_MAX_DECIMAL_CHARS = 100
_MAX_SHALLOW_LEVELS = 100


class DecodeError(ValueError):
    """A document is not what the contract says it is."""


class OpenEnum(StrEnum):
    """An enum that is closed towards people and open towards the server.

    Calling it with an unknown value is a ValueError. `decode` keeps one: as a member that is not listed, whose name
    and value are the server's string, and which compares, hashes, prints, copies and pickles as that string.
    """

    @classmethod
    def decode(cls, value: Any) -> Any:
        """Return the member for a string of the server; anything but a string is returned as it is."""
        try:
            return cls._value2member_map_[value]
        except (KeyError, TypeError):
            if not isinstance(value, str):
                return value
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member

    def __reduce_ex__(self, protocol: object) -> tuple[Callable[[str], Self], tuple[str]]:
        """Pickle and copy through `decode`: calling the class would refuse a value that is not listed."""
        return type(self).decode, (str(self.value),)


class _Field:
    """Decodes a field when it is first looked at, and leaves the value where the next look finds it: in the instance's dict,
    as `functools.cached_property` does.
    """

    def __init__(
        self, name: str, alias: str, decode: Callable[[Any], Any] | None, absent: Callable[[], Any] | None
    ) -> None:
        self._name = name
        self._alias = alias
        self._decode = decode
        self._absent = absent

    def __get__(self, model: Model | None, owner: type[Model]) -> Any:
        if model is None:
            return self
        values = model.__dict__
        value = values["_document"].get(self._alias)
        if value is None and self._absent is not None:
            value = self._absent()
        elif self._decode is not None:
            value = self._decode(value)
        values[self._name] = value
        return value


class _ExtraFields:
    """Finds out what a model's document has beside the fields of the contract, when that is first looked at."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known

    def __get__(self, model: Model | None, owner: type[Model]) -> Any:
        if model is None:
            return self
        values = model.__dict__
        unknown = values["extra_fields"] = unknown_fields(values["_document"], self._known)
        return unknown


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class Model:
    """Base of all models: frozen, keyword-only attrs classes.

    A model that was decoded keeps its document, and decodes each field when it is first looked at: programs look at few
    fields of many.

    Two models are equal if they are of the same class and all their fields are equal. A subclass may add fields that are
    not on the wire, with values for defaults, not factories: decoding does not call the constructor. A model of the same
    document with other classes inside takes over `_names`, `_known` and the like, and has `_decoders` of its own.
    """

    _names: ClassVar[Mapping[str, str]] = {}
    """The name on the wire of every field of the contract, by its name in Python."""

    _required: ClassVar[frozenset[str]] = frozenset()
    """The names on the wire of the fields that a document must have."""

    _known: ClassVar[frozenset[str]] = frozenset()
    """The names on the wire of all fields of the contract."""

    _ids: ClassVar[frozenset[str]] = frozenset()
    """The names on the wire of the fields that are ids or cursors, and never null: the client asks by them."""

    _nullable_ids: ClassVar[frozenset[str]] = frozenset()
    """The names on the wire of those that may be null."""

    _id_lists: ClassVar[frozenset[str]] = frozenset()
    """The names on the wire of the fields that are lists of ids."""

    _entries: ClassVar[Mapping[str, type[Model]]] = {}
    """The models of the entries of each list of objects that the contract requires, by its name on the wire."""

    _parts: ClassVar[Mapping[str, type[Model]]] = {}
    """The models of the objects that the contract requires, by their names on the wire."""

    _decoders: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    """What makes a field's value of the one on the wire, None included, by its name in Python; others stay as they came."""

    _absent: ClassVar[Mapping[str, Callable[[], Any]]] = {}
    """What makes the value of a field that is absent or null, where that is not None, by its name in Python."""

    extra_fields: dict[str, Any] = field(factory=dict[str, Any], repr=False)
    """The fields that the server sent and the contract does not know, as they came."""

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        """Let the class answer for what an instance does not have in its dict. To attrs these fields have no default."""
        for name, alias in cls._names.items():
            setattr(cls, name, _Field(name, alias, cls._decoders.get(name), cls._absent.get(name)))
        for attribute in fields(cls):
            if attribute.name == "extra_fields":
                setattr(cls, attribute.name, _ExtraFields(cls._known))
            elif attribute.name not in cls._names:
                if attribute.default is NOTHING or hasattr(attribute.default, "factory"):
                    raise TypeError(f"{cls.__name__}.{attribute.name} must have a value for a default")
                setattr(cls, attribute.name, attribute.default)

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: not the dict itself, which grows when another thread looks at a field."""
        return {name: picklable(value) for name, value in self.__dict__.copy().items()}

    def __copy__(self) -> Self:
        copied = type(self).__new__(type(self))
        copied.__dict__.update(self.__dict__.copy())
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        copied = memo[id(self)] = type(self).__new__(type(self))
        for name, value in self.__dict__.copy().items():
            copied.__dict__[name] = _rebuilt(value, lambda part: copy.deepcopy(part, memo))
        return copied

    @classmethod
    def from_dict(cls, src: Mapping[str, Any]) -> Self:
        """Make a model of a JSON object. Never raises for a mapping; what is absent or null becomes None."""
        return cast(Self, cls.decode(_copy(dict(src))))

    @classmethod
    def decode(cls, value: Json) -> Any:
        """Make a model of a JSON object, which is not to be changed any more; anything else is returned as it is."""
        if not isinstance(value, dict):
            return value
        model = cls.__new__(cls)
        model.__dict__["_document"] = value
        return model

    @classmethod
    def decode_document(cls, src: object) -> Self:
        """Make a model of a whole JSON document, which is not to be changed any more.

        Entries that are no objects, or have an id that is none, are left out, and the log says so.

        Raises:
            DecodeError: It is not an object, lacks a field that the contract requires, or has an id that cannot be one.
        """
        if not isinstance(src, dict):
            raise DecodeError(f"{cls.__name__}: expected an object, got {type(src).__name__}")
        document = cast("dict[str, Any]", src)
        missing = sorted(cls._required.difference(document))
        if missing:
            raise DecodeError(f"{cls.__name__}: the document lacks {', '.join(missing)}")
        fault = cls._fault(document)
        if fault is not None:
            raise DecodeError(f"{cls.__name__}: {fault}")
        for name, model in cls._entries.items():
            entries: list[Any] = document[name] or []
            usable = [entry for entry in entries if model._is_usable(entry)]
            if len(usable) < len(entries):
                _log.warning(
                    "%s: %d entries of %s are not usable.", cls.__name__, len(entries) - len(usable), name
                )
            if len(usable) < len(entries) or document[name] is None:
                document = {**document, name: usable}
        return cast(Self, cls.decode(document))

    @classmethod
    def _fault(cls, document: Mapping[str, Any]) -> str | None:
        """What a document is not, beside complete; None if there is nothing."""
        for name in sorted(cls._ids):
            if document.get(name) is None:
                return f"{name} is null"
        fault = cls._id_fault(document)
        if fault is not None:
            return fault
        for name in cls._entries:
            if not isinstance(document[name], list | None):
                return f"{name} is no array: {shown(document[name])}"
        for name, part in cls._parts.items():
            inside = document[name]
            if not isinstance(inside, dict):
                return f"{name} is no object: {shown(inside)}"
            fault = part._id_fault(cast("dict[str, Any]", inside))
            if fault is not None:
                return f"{name}: {fault}"
        return None

    @classmethod
    def _is_usable(cls, entry: object) -> bool:
        """Whether an entry of a list is an object whose ids can be some."""
        return isinstance(entry, dict) and cls._id_fault(cast("dict[str, Any]", entry)) is None

    @classmethod
    def _id_fault(cls, document: Mapping[str, Any]) -> str | None:
        """Which id of a document cannot be one; None if all can, or are null. An empty text says as little as null."""
        for name in sorted(cls._ids | cls._nullable_ids):
            value = document.get(name)
            if value is not None and not is_id(value) and not (value == "" and name in cls._nullable_ids):
                return f"{name} is not a valid id: {shown(value)}"
        for name in sorted(cls._id_lists):
            ids = document.get(name)
            if ids is not None and not (isinstance(ids, list) and all(map(is_id, cast("list[object]", ids)))):
                return f"{name} is no list of ids: {shown(cast(object, ids))}"
        return None

    @staticmethod
    def decode_choice(
        models: tuple[type[Model], ...], by: str, mapping: Mapping[str, type[Model]], value: Json
    ) -> Any:
        """Make one of several models of an object; anything else is returned as it is.

        Args:
            models: The models that it may be.
            by: The field that tells which one it is; empty if none does.
            mapping: The model for each value of that field.
            value: The JSON value.

        Returns:
            The model that `by` tells. If it tells none, the one of those whose required fields are all there that requires
            most. If there is none, the object.
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
        """Make models of a JSON document that is an array of objects.

        Raises:
            DecodeError: It is not an array, or an entry is not what `decode_document` takes.
        """
        if not isinstance(src, list):
            raise DecodeError(f"{cls.__name__}: expected an array, got {type(src).__name__}")
        return [cls.decode_document(entry) for entry in cast("list[object]", src)]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object of the wire, with `extra_fields` in it; an optional field that is None is left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def to_json(self, *, indent: int | None = None) -> str:
        """Return `to_dict()` as JSON text."""
        return _written(self.to_dict(), indent, None)

    def model_dump(
        self,
        *,
        mode: Literal["python", "json"] = "python",
        by_alias: bool = False,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        exclude_none: bool = False,
        exclude_unset: bool = False,
    ) -> dict[str, Any]:
        """Return a dict of the fields, nested models as dicts too, in the manner of pydantic.

        Args:
            mode: "json" for values that JSON can hold: timestamps and enums become strings.
            by_alias: Use the names of the wire, not those of Python.
            include: The Python names of the fields to return; all if None.
            exclude: The Python names of fields to leave out.
            exclude_none: Leave out what is None.
            exclude_unset: Leave out what is None and not required by the contract.
        """
        options = {
            "mode": mode,
            "by_alias": by_alias,
            "exclude_none": exclude_none,
            "exclude_unset": exclude_unset,
        }
        dumped: dict[str, Any] = {}
        for name, alias in self._names.items():
            value = getattr(self, name)
            is_unset = value is None or self._is_absent(name, alias, value)
            unwanted = (exclude_none and value is None) or (
                exclude_unset and is_unset and alias not in self._required
            )
            if not unwanted and _is_chosen(name, include, exclude):
                dumped[alias if by_alias else name] = _dump(value, options)
        for name, value in self.extra_fields.items():
            if _is_chosen(name, include, exclude):
                dumped.setdefault(name, _dump(value, options))
        return dumped

    def _is_absent(self, name: str, alias: str, value: Any) -> bool:
        """Whether a value stands for a field that is not there."""
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
    ) -> str:
        """Return `model_dump(mode="json")` as JSON text; the arguments are those of `model_dump`."""
        dumped = self.model_dump(
            mode="json",
            by_alias=by_alias,
            include=include,
            exclude=exclude,
            exclude_none=exclude_none,
            exclude_unset=exclude_unset,
        )
        separators = (",", ":") if indent is None else None
        return _written(dumped, indent, separators)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(_equal(getattr(self, a.name), getattr(other, a.name)) for a in fields(type(self)) if a.eq)

    def __repr__(self) -> str:
        parts = [f"{a.name}={_repr(getattr(self, a.name))}" for a in fields(type(self)) if a.repr]
        if self.extra_fields:
            parts.append(f"extra_fields={_repr(self.extra_fields)}")
        return f"{type(self).__name__}({', '.join(parts)})"


@define(frozen=True, kw_only=True)
class Request(Generic[T]):
    """One call of the API, described and not sent: what to send, and how to read the answer."""

    operation_id: str
    """The operation's name in openapi.yaml."""
    tag: str
    """The operation's first tag in openapi.yaml, which tells the host it belongs to."""
    method: str
    path: str
    """The path of openapi.yaml with its parameters put in, quoted."""
    query: dict[str, str] = field(factory=dict[str, str])
    body: dict[str, Any] | None = field(default=None, repr=False)
    """The JSON object to send; None to send no body. Not in the repr: it may hold a password."""
    decode: Callable[[Any], T]
    """Makes T of the parsed JSON document of a success, or of None where it has no body; raises DecodeError."""
    safe_to_repeat: bool = False
    """Whether sending it again can cost nothing more (`x-safe-to-repeat` of openapi.yaml)."""
    streams: bool = False
    """Whether a success is an event stream. `decode` then takes the JSON object of one event."""

    def into(self, model: type[M]) -> Request[M]:
        """Return the same call, its answer decoded by another model."""
        return Request(
            operation_id=self.operation_id,
            tag=self.tag,
            method=self.method,
            path=self.path,
            query=self.query,
            body=self.body,
            decode=model.decode_document,
            safe_to_repeat=self.safe_to_repeat,
            streams=self.streams,
        )


def is_id(value: object) -> bool:
    """Whether a value can be an id or a cursor: a text that can stand in a URL, and names something there."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= _MAX_ID_CHARS
        and value.isprintable()
        and value == value.strip()
        and value not in (".", "..")
    )


def shown(value: object, limit: int | None = 100) -> str:
    """A value as text, however deeply it is nested; only its start if it is longer than the limit."""
    try:
        text = str(value)
    except RecursionError:
        text = _repr(value)
    return text if limit is None or len(text) <= limit else f"{text[:limit]}…"


def decode_nothing(src: object) -> None:
    """Decode the success of an operation that answers without a body."""


def unknown_fields(src: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """Return the fields of an object that a model has no place for; mostly none."""
    return {} if known.issuperset(src) else {name: src[name] for name in src if name not in known}


def decode_variant(variants: Mapping[str, type[M]], discriminator: str, src: object) -> M | None:
    """Make the model whose key in `variants` is the object's `discriminator`; None if there is none.

    Raises:
        DecodeError: It is not an object.
    """
    if not isinstance(src, dict):
        raise DecodeError(f"expected an object with a {discriminator!r}, got {type(src).__name__}")
    document = cast("dict[str, Any]", src)
    model = variants.get(str(document.get(discriminator)))
    return None if model is None else model.decode(document)


def decode_each(decode: Callable[[Any], Any], value: Json) -> Any:
    """Decode the entries of a list; anything else is returned as it is."""
    return [decode(entry) for entry in value] if isinstance(value, list) else value


def decode_decimal(value: Json) -> Any:
    """Return a number as a Decimal, whether it came as text or not; what is no finite number is returned as it is."""
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
    """Return a free-form object, which some servers send as JSON in a string; anything else is returned as it is."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            pass
    return value


def decode_timestamp(value: Any) -> Any:
    """Return an aware datetime, UTC where the text names no zone; what cannot be read is returned as it is."""
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
    """Read what `datetime.fromisoformat` refuses, if it names a whole date and no unknown zone."""
    from dateutil import parser  # Here, because hardly any program ever needs it.

    def zone(name: str | None, offset: int | None) -> int | None:
        if name and offset is None:
            raise ValueError(name)
        return offset

    try:
        # What the text does not say is taken from `default`: two of them tell whether it says the whole date.
        first, second = (
            parser.parse(text, default=default, tzinfos=zone)
            for default in (datetime(2000, 1, 1), datetime(2001, 2, 2))
        )
    except (ValueError, ArithmeticError):
        return None
    return first if first == second else None


def encode_query(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return a query's parameters as text; None is left out."""
    return {name: _query_text(value) for name, value in parameters.items() if value is not None}


def _query_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(_encode(value))


def encode_segment(value: str) -> str:
    """Return a path parameter as one segment of a path, whatever is in it."""
    text = quote(value, safe="")
    return text.replace(".", "%2E") if text in (".", "..") else text


def encode_timestamp(moment: datetime) -> str:
    """Return a moment as ISO 8601 text in UTC; a naive one is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        pass  # In the first and last hours of the calendar there may be no such moment in UTC.
    return moment.isoformat().replace("+00:00", "Z")


def _copy(value: Any) -> Any:
    """A JSON value that shares nothing with the given one that could be changed."""
    return _rebuilt(value, lambda part: part)


def _rebuilt(value: Any, leaf: Callable[[Any], Any]) -> Any:
    """A JSON value made anew; `leaf` gives what stands for each part that is no dict and no list."""
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


def _written(value: Any, indent: int | None, separators: tuple[str, str] | None) -> str:
    """A JSON value as text."""
    try:
        return json.dumps(value, indent=indent, separators=separators, ensure_ascii=False)
    except RecursionError:
        return "".join(_pieces(value, indent, separators or (", " if indent is None else ",", ": ")))


class _Piece(str):
    """A text that is written as it is."""


def _pieces(value: Any, indent: int | None, separators: tuple[str, str]) -> Iterator[str]:
    """What `json.dumps` makes, piece by piece."""
    comma, colon = separators
    to_write: list[tuple[Any, int]] = [(value, 0)]
    while to_write:
        part, depth = to_write.pop()
        if isinstance(part, _Piece):
            yield part
        elif part and isinstance(part, dict | list):
            held = cast(Any, part)
            labelled: list[tuple[str, Any]] = (
                [(f"{_written(name, None, None)}{colon}", member) for name, member in held.items()]
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
    """What to pickle instead of a value; it becomes the value again where it is loaded."""
    return _Flat(value) if _is_deep(value) else value


def unpickled(value: Any) -> Any:
    """The value, where something was copied by what is pickled of it."""
    return value.value if isinstance(value, _Flat) else value


class _Flat:
    """A JSON value that pickles however deeply it is nested."""

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
    """The value that was flattened: from its last part to the first, each container finds its members ready."""
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
    """Whether a JSON value is nested so deeply that a recursion through it may fail."""
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
    """Dump one value of a model; `options` are those of `model_dump` that hold for nested models too."""
    as_json = options["mode"] == "json"

    def leaf(part: Any) -> Any:
        if isinstance(part, Model):
            return part.model_dump(**options)
        return _encode(part) if as_json else part

    return _rebuilt(value, leaf)


def _is_chosen(name: str, include: Collection[str] | None, exclude: Collection[str] | None) -> bool:
    return (include is None or name in include) and (exclude is None or name not in exclude)
