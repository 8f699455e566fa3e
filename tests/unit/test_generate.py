"""The generator handles contracts with awkward names, and rejects what it can't generate correctly."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

pytest.importorskip("openapi_python_client", reason="the generator is a development tool")

SCRIPT = Path(__file__).parents[2] / "tools" / "generate.py"

# Names that are builtins, keywords, members of our own base class, or no Python at all.
AWKWARD_FIELDS = {
    "id": "id",
    "type": "type",
    "format": "format",
    "class": "class_",
    "from": "from_",
    "None": "none",
    "list": "list_",
    "str": "str_",
    "dict": "dict_",
    "self": "self_",
    "cls": "cls",
    "get": "get",
    "field": "field",
    "decode": "decode_",
    "toDict": "to_dict_",
    "extra_fields": "extra_fields_",
    "_private": "field_private",
    "1st": "field_1st",
    "with space": "with_space",
    'quo"te\\': "quote",
    "größe": "größe",
    "HTTPStatus": "http_status",
    "renamed": "other_name",
}

AWKWARD: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Awkward", "version": "1"},
    "paths": {
        "/things/{class}": {
            "parameters": [{"name": "class", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "import",
                "tags": ["global"],
                "summary": 'Import "things"',
                "parameters": [
                    {"name": "in", "in": "query", "required": True, "schema": {"type": "boolean"}},
                    {
                        "name": "max-count",
                        "in": "query",
                        "schema": {"type": "integer"},
                        "description": "How many.",
                    },
                ],
                "responses": {"200": {"$ref": "#/components/responses/Things"}},
            },
        },
    },
    "components": {
        "responses": {
            "Things": {
                "description": "Things.",
                "content": {
                    "application/json": {
                        "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Exception"}}
                    }
                },
            }
        },
        "schemas": {
            "Exception": {
                "type": "object",
                "description": 'Ends with a "quote"',
                "required": ["class"],
                "properties": {name: {"type": "string"} for name in AWKWARD_FIELDS}
                | {
                    "renamed": {
                        "type": "string",
                        "x-python-name": "other_name",
                        "description": "Ends with \\",
                    },
                    "self": {"$ref": "#/components/schemas/Exception"},
                    "list": {"type": "array", "items": {"$ref": "#/components/schemas/Exception"}},
                    "dict": {"type": "object", "properties": {"a": {"type": "string"}}},
                },
            },
            "Child": {
                "description": "Extends the other one.",
                "allOf": [
                    {"$ref": "#/components/schemas/Exception"},
                    {"required": ["own"], "properties": {"own": {"type": "string", "format": "date-time"}}},
                ],
            },
            "Whens": {
                "type": "object",
                "description": "Lists of what is decoded.",
                "properties": {
                    "moments": {"type": "array", "items": {"type": "string", "format": "date-time"}},
                    "levels": {"type": "array", "items": {"$ref": "#/components/schemas/Level"}},
                    "blobs": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/Blob"}},
                    "level_or_number": {
                        "anyOf": [{"$ref": "#/components/schemas/Level"}, {"type": "number"}]
                    },
                },
            },
            "Level": {"type": "string", "enum": ["in", "None", "a-b", "1st"]},
            "Blob": {"type": "object", "additionalProperties": True, "description": "Anything."},
        },
    },
}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def awkward(script: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package of the awkward contract, imported."""
    folder = tmp_path_factory.mktemp("generated")
    contract = folder / "openapi.yaml"
    contract.write_text(yaml.safe_dump(AWKWARD), encoding="utf-8")
    script.generate([contract], folder / "awkward")
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module("awkward.models")
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] == "awkward"]:
            del sys.modules[name]


def test_awkward_names_come_out_right(awkward: ModuleType) -> None:
    model = awkward.Exception_
    assert {wire: name for name, wire in model._names.items()} == AWKWARD_FIELDS
    document = {name: f"value of {name}" for name in AWKWARD_FIELDS if name not in ("self", "list", "dict")}
    decoded = model.decode_document(document)
    assert [getattr(decoded, AWKWARD_FIELDS[name]) for name in document] == list(document.values())
    assert decoded.to_dict() == document
    assert model.__doc__.rstrip() == 'Ends with a "quote"'


def test_a_model_may_hold_itself_and_an_object_without_a_name(awkward: ModuleType) -> None:
    model = awkward.Exception_
    decoded = model.from_dict(
        {"class": "a", "self": {"class": "b"}, "list": [{"class": "c"}], "dict": {"a": "d"}}
    )
    assert [type(decoded.self_), type(decoded.list_[0])] == [model, model]
    assert decoded.dict_.a == "d"
    assert model.from_dict(decoded.to_dict()) == decoded


def test_a_model_that_extends_another_has_the_fields_of_both(awkward: ModuleType) -> None:
    names = {wire: name for name, wire in awkward.Child._names.items()}
    assert names == AWKWARD_FIELDS | {"own": "own"}
    assert awkward.Child._required == {"class", "own"}
    assert awkward.Child.from_dict({"own": "2026-11-01"}).own.day == 1


def test_lists_of_what_is_decoded_are_decoded(awkward: ModuleType) -> None:
    whens = awkward.Whens.from_dict(
        {
            "moments": ["2026-11-01", "soon"],
            "levels": ["in", "high", None],
            "blobs": ['{"a": 1}', 2],
            "level_or_number": 3.5,
        }
    )
    assert whens.moments[0].year == 2026
    assert whens.moments[1] == "soon"
    assert [type(level) for level in whens.levels] == [awkward.Level, awkward.Level, type(None)]
    assert whens.blobs == [{"a": 1}, 2]
    assert whens.level_or_number == 3.5
    assert awkward.Blob == dict[str, Any]


def test_an_enum_keeps_its_order(awkward: ModuleType) -> None:
    assert [level.value for level in awkward.Level] == ["in", "None", "a-b", "1st"]


def test_an_operation_with_awkward_names_comes_out_right(awkward: ModuleType) -> None:
    package = importlib.import_module("awkward.api.global_")
    request = package.import_("a/b", in_=False, max_count=3)
    assert (request.operation_id, request.tag) == ("import", "global")
    assert (request.method, request.path) == ("GET", "/things/a%2Fb")
    assert request.query == {"in": "false", "max-count": "3"}
    assert request.decode([{"class": "a"}]) == [awkward.Exception_(class_="a")]
    assert "    max_count: How many." in package.import_.__doc__


def get(**response: Any) -> dict[str, Any]:
    return {
        "operationId": "op",
        "tags": ["t"],
        "summary": "S",
        "responses": {"200": {"description": "D"} | response},
    }


@pytest.mark.parametrize(
    ("operation", "schema", "words"),
    [
        pytest.param(
            get() | {"parameters": [{"name": "x", "in": "cookie", "schema": {"type": "string"}}]},
            {},
            "parameters_in_cookies",
            id="a cookie",
        ),
        pytest.param(
            get(content={"text/html": {"schema": {"type": "string"}}}),
            {},
            "success_is_no_model",
            id="no JSON",
        ),
        pytest.param(
            get() | {"requestBody": {"content": {"application/xml": {"schema": {"type": "string"}}}}},
            {},
            "Unsupported content type",
            id="a body that is no JSON",
        ),
        pytest.param(
            get(),
            {
                "anyOf": [
                    {"type": "string", "format": "date-time"},
                    {"type": "object", "properties": {"a": {}}},
                ]
            },
            "union_of_several_decoded_types",
            id="a union with no rule to tell its members apart",
        ),
        pytest.param(
            get(),
            {"type": "array", "items": {"type": "array", "items": {"type": "string", "format": "date-time"}}},
            "lists_of_lists_are_not_decoded",
            id="a list of lists of what is decoded",
        ),
        pytest.param(get(), {"$ref": "#/components/schemas/Missing"}, "Missing", id="a broken reference"),
    ],
)
def test_what_would_come_out_wrong_is_refused(
    script: ModuleType, tmp_path: Path, operation: dict[str, Any], schema: dict[str, Any], words: str
) -> None:
    contract = tmp_path / "openapi.yaml"
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/": {"get": operation}},
        "components": {
            "schemas": {"Thing": {"type": "object", "description": "A thing.", "properties": {"x": schema}}}
        },
    }
    contract.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(SystemExit) as refused:
        script.generate([contract], tmp_path / "package")
    assert words in str(refused.value)
    assert not (tmp_path / "package").exists()


def test_a_check_shows_what_differs(script: ModuleType, tmp_path: Path) -> None:
    committed, fresh = tmp_path / "committed", tmp_path / "fresh"
    for folder, files in (
        (committed, {"same.py": "a\n", "models/old.py": "b\n", "changed.py": "1\n2\n", "empty_old.py": ""}),
        (fresh, {"same.py": "a\n", "models/new.py": "c\n", "changed.py": "1\n3\n"}),
    ):
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (folder / "__pycache__").mkdir()
        (folder / "__pycache__" / f"{folder.name}.pyc").write_bytes(b"\0\xff")
    differences = script.compare(committed, fresh)
    assert [line for line in differences if not line.startswith(("---", "+++", "@@"))] == [
        " 1",
        "-2",
        "+3",
        "empty_old.py should not be there",
        "+c",
        "models/new.py is missing",
        "-b",
        "models/old.py should not be there",
    ]
    assert script.compare(fresh, fresh) == []
