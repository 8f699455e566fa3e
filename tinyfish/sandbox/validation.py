"""Validating requests against the contract: invalid ones are rejected, with one issue for each field."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from tinyfish.sandbox import contract
from tinyfish.sandbox.contract import Operation
from tinyfish.sandbox.errors import InvalidInputError, issue
from tinyfish.sandbox.json_types import JsonObject

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

_SIZES = {
    "minimum": "Must be",
    "maximum": "Must be",
    "minLength": "Length must be",
    "maxLength": "Length must be",
    "minItems": "Number of items must be",
    "maxItems": "Number of items must be",
    "minProperties": "Number of fields must be",
    "maxProperties": "Number of fields must be",
}

_formats = FormatChecker(formats=())


@_formats.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    if not _DATE_TIME.fullmatch(value):
        return False
    datetime.fromisoformat(value.upper())
    return True


class Check:
    """Checks JSON documents against a schema.

    Args:
        schema: The JSON Schema.
    """

    def __init__(self, schema: JsonObject) -> None:
        self._validator = Draft202012Validator(schema, format_checker=_formats)

    def issues(self, value: Any, root: Sequence[str | int] = ()) -> list[JsonObject]:
        """The issues of a document.

        Args:
            value: The document.
            root: The prefix of every path.
        """
        errors: Iterable[ValidationError] = self._validator.iter_errors(value)  # pyright: ignore[reportUnknownMemberType] - in its stubs
        return list(_issues(errors, root))

    def __call__(self, value: Any) -> None:
        """Check a document.

        Raises:
            InvalidInputError: It's invalid.
        """
        try:
            issues = self.issues(value)
        except RecursionError:
            issues = [issue("custom", [], "Nested too deeply")]
        if issues:
            raise InvalidInputError(issues)


class RequestCheck:
    """Checks the requests of one operation.

    Attributes:
        body: Checks its JSON body.
    """

    def __init__(self, operation: Operation) -> None:
        # With the components, for schemas that refer to themselves.
        self.body = Check({**(operation.body or {}), "components": contract.components()})
        self._parameters = [(p, Check(p["schema"])) for p in operation.parameters]

    def parameters(
        self, path: Mapping[str, str], query: Mapping[str, str], headers: Mapping[str, str]
    ) -> JsonObject:
        """Read a request's parameters in its path, its query and its headers.

        Returns:
            The values by name, including defaults; missing parameters without a default are omitted.

        Raises:
            InvalidInputError: One is missing or violates the contract.
        """
        values: JsonObject = {}
        issues: list[JsonObject] = []
        for parameter, check in self._parameters:
            name: str = parameter["name"]
            schema: JsonObject = parameter["schema"]
            given = {"path": path, "query": query, "header": headers}[parameter["in"]].get(name)
            if given is not None:
                values[name] = _typed(given, schema)
                issues += check.issues(values[name], [name])
            elif parameter.get("required"):
                issues.append(_required(schema, [name]))
            elif "x-default" in schema:
                values[name] = schema["x-default"]
        if issues:
            raise InvalidInputError(issues)
        return values


def _typed(text: str, schema: JsonObject) -> Any:
    """A parameter's text converted to its schema's type; unchanged if that isn't possible."""
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d{1,1000}", text, re.ASCII):
        return int(text)
    if schema.get("type") == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text


def _issues(errors: Iterable[ValidationError], root: Sequence[str | int] = ()) -> Iterator[JsonObject]:
    for error in errors:
        path = [*root, *error.absolute_path]
        rule: str = str(error.validator)
        bound: Any = error.validator_value
        schema: Any = error.schema
        instance: Any = error.instance
        match rule:
            case "required":
                properties: JsonObject = schema.get("properties", {})
                # jsonschema reports each missing field separately, with the name only in the message:
                # https://github.com/python-jsonschema/jsonschema/blob/v4.26.0/jsonschema/_keywords.py#L304
                name = next(name for name in bound if error.message.startswith(repr(name)))
                yield _required(properties.get(name, {}), [*path, name])
            case "additionalProperties":
                for name in sorted(instance.keys() - schema.get("properties", {}).keys()):
                    yield issue("unrecognized_keys", [*path, name], "Unknown field", keys=[name])
            case "type":
                yield issue("invalid_type", path, f"Expected {_kinds(bound)}", expected=bound)
            case "enum":
                yield issue(
                    "invalid_value", path, f"Expected one of {', '.join(map(str, bound))}", values=bound
                )
            case "const":
                yield issue("invalid_value", path, f"Expected {bound}", values=[bound])
            case "minimum" | "minLength" | "minItems" | "minProperties":
                yield issue(
                    "too_small", path, f"{_SIZES[rule]} at least {bound}", minimum=bound, inclusive=True
                )
            case "maximum" | "maxLength" | "maxItems" | "maxProperties":
                yield issue("too_big", path, f"{_SIZES[rule]} at most {bound}", maximum=bound, inclusive=True)
            case "format" | "pattern":
                name = str(bound) if rule == "format" else "regex"
                yield issue("invalid_format", path, f"Not a valid {bound}", format=name)
            case "anyOf" | "oneOf":
                nearest = _nearest(error.context or ())
                if nearest:
                    yield from _issues(nearest, root)
                else:
                    yield issue("invalid_union", path, "Matches none of the formats of this field")
            case _:
                yield issue("custom", path, error.message)


def _nearest(errors: Iterable[ValidationError]) -> list[ValidationError]:
    """The issues of the closest alternative; none if the value resembles no alternative."""
    forms: dict[Any, list[ValidationError]] = {}
    for error in errors:
        forms.setdefault(error.schema_path[0], []).append(error)
    deepest = {form: max(len(error.path) for error in found) for form, found in forms.items()}
    nearest = max(deepest, key=lambda form: deepest[form], default=None)
    return forms[nearest] if nearest is not None and deepest[nearest] else []


def _required(schema: JsonObject, path: Sequence[str | int]) -> JsonObject:
    return issue("invalid_type", path, "Required", expected=schema.get("type", "unknown"))


def _kinds(kinds: str | list[str]) -> str:
    return kinds if isinstance(kinds, str) else " or ".join(kinds)
