"""The client rejects what the contract doesn't allow, before anything is sent, and sends what it allows.

The tests iterate over the contract, so new bounds are tested automatically.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import tinyfish_generated

from tinyfish import APIError, TinyFish

SPEC: dict[str, Any] = json.loads(
    (Path(tinyfish_generated.__file__).parent / "openapi.json").read_text(encoding="utf-8")
)
Call = Callable[[TinyFish, dict[str, Any]], object]
Schema = Mapping[str, Any]


def stream(client: TinyFish, given: dict[str, Any]) -> None:
    with client.agent.stream(**given):
        pass


def stream_research(client: TinyFish, given: dict[str, Any]) -> None:
    with client.research.stream(**given):
        pass


def follow_research(client: TinyFish, given: dict[str, Any]) -> None:
    with client.research.events(**given):
        pass


def search(client: TinyFish, given: dict[str, Any]) -> None:
    papers = {"domain_type": "research_paper"} if given.keys() & {"pub_year_min", "pub_year_max"} else {}
    client.search.query(**papers, **given)


def create_monitor(client: TinyFish, given: dict[str, Any]) -> None:
    if given.get("type") == "fetch":  # the walk gives the configuration of a search
        given = {**given, "config": {"url": "https://a.example"}}
    client.monitors.create(**given)


def connect_vault(client: TinyFish, given: dict[str, Any]) -> None:
    """By two methods, which the walk takes for one: each case is for the provider that has its field."""
    names = {"clientId": "client_id", "clientSecret": "client_secret", "masterPassword": "master_password"}
    named = {names.get(name, name): value for name, value in given.items()}
    if named.pop("provider", None) not in ("1password", "bitwarden"):
        raise ValueError("provider")
    if "serverUrl" in named:
        named["server_url"] = named.pop("serverUrl")
    bitwarden = dict.fromkeys(names.values(), "some text")
    try:
        if named.keys() <= {"token"}:
            client.vault.connections.connect_1password(**{"token": "some text", **named})
        else:
            client.vault.connections.connect_bitwarden(**{**bitwarden, **named})
    except (TypeError, ValueError) as error:
        raise ValueError(f"{error} {list(given)}") from None  # by the names of the wire too


def create_dataset(client: TinyFish, given: dict[str, Any]) -> None:
    other = {} if given.keys() & {"prompt", "spec"} else {"prompt": "Cafes in town"}
    client.datasets.create(**other, **given)


def follow_dataset_run(client: TinyFish, given: dict[str, Any]) -> None:
    with by_run_id(client.datasets.events, given):
        pass


def cancel_dataset_run(client: TinyFish, given: dict[str, Any]) -> None:
    by_run_id(client.datasets.cancel_run, given)


def by_run_id(call: Callable[..., Any], given: dict[str, Any]) -> Any:
    """Call a method whose `run_id` has another name in the contract."""
    names = {"dataset_run_id": "run_id"}
    try:
        return call(**{names.get(name, name): value for name, value in given.items()})
    except (TypeError, ValueError) as error:
        raise ValueError(f"{error} {list(names)}") from None


def update_monitor(client: TinyFish, given: dict[str, Any]) -> None:
    if "status" in given:  # which the client sends itself
        if given["status"] not in ("paused", "active"):
            raise ValueError("status")
        client.monitors.pause(given["monitor_id"])
    else:
        client.monitors.update(**{"schedule_cron": "0 9 * * *", **given})


# How a person makes the call of each operation, from its parameters and the fields of its body.
CALLS: dict[str, Call] = {
    "runAgent": lambda client, given: client.agent.run(**given),
    "queueRun": lambda client, given: client.agent.queue(**given),
    "streamRun": stream,
    "queueRuns": lambda client, given: client.agent.queue_many(**given),
    "listRuns": lambda client, given: client.runs.list(**given),
    "getRun": lambda client, given: client.runs.get(**given),
    "cancelRun": lambda client, given: client.runs.cancel(**given),
    "getRunsBatch": lambda client, given: client.runs.get_many(**given),
    "cancelRunsBatch": lambda client, given: client.runs.cancel_many(**given),
    "createBrowserSession": lambda client, given: client.browser.sessions.create(**given),
    "deleteBrowserSession": lambda client, given: client.browser.sessions.delete(**given),
    "listBrowserUsage": lambda client, given: client.browser.sessions.usage(**given),
    "fetchContents": lambda client, given: client.fetch.get_contents(**given),
    "listFetchUsage": lambda client, given: client.fetch.usage(**given),
    "getWallet": lambda client, given: client.wallet.get(**given),
    "searchWeb": search,
    "planDataset": lambda client, given: client.datasets.plan(**given),
    "createDataset": create_dataset,
    "listDatasets": lambda client, given: client.datasets.list(**given),
    "getDataset": lambda client, given: client.datasets.get(**given),
    "deleteDataset": lambda client, given: client.datasets.delete(**given),
    "listDatasetRows": lambda client, given: client.datasets.rows(**given),
    "populateDataset": lambda client, given: client.datasets.populate(**given),
    "cancelDatasetRun": cancel_dataset_run,
    "followDatasetRun": follow_dataset_run,
    "createProfile": lambda client, given: client.profiles.create(**given),
    "listProfiles": lambda client, given: client.profiles.list(**given),
    "startProfileSetup": lambda client, given: client.profiles.setup.start(**given),
    "saveProfileSetup": lambda client, given: client.profiles.setup.save(**given),
    "cancelProfileSetup": lambda client, given: client.profiles.setup.cancel(**given),
    "connectVault": connect_vault,
    "listVaultConnections": lambda client, given: client.vault.connections.list(**given),
    "disconnectVault": lambda client, given: client.vault.connections.disconnect(**given),
    "listVaultItems": lambda client, given: client.vault.items.list(**given),
    "syncVaultItems": lambda client, given: client.vault.items.sync(**given),
    "createMonitor": create_monitor,
    "listMonitors": lambda client, given: client.monitors.list(**given),
    "getMonitor": lambda client, given: client.monitors.get(**given),
    "updateMonitor": update_monitor,
    "deleteMonitor": lambda client, given: client.monitors.cancel(**given),
    "runMonitor": lambda client, given: client.monitors.run(**given),
    "listSearchUsage": lambda client, given: client.search.usage(**given),
    "queueResearch": lambda client, given: client.research.queue(**given),
    "streamResearch": stream_research,
    "listResearch": lambda client, given: client.research.list(**given),
    "getResearch": lambda client, given: client.research.get(**given),
    "cancelResearch": lambda client, given: client.research.cancel(**given),
    "followResearch": follow_research,
}

# What fits a pattern of the contract, and what does not. A new pattern needs an entry.
ID, COUNTRY = "^[A-Za-z0-9_-]+$", "^[A-Z]{2}$"
FITTING: dict[str, tuple[list[str], list[str]]] = {
    ID: (["9b1d-A_z"], ["", " ", "a\n"]),
    COUNTRY: (["US", "ZZ"], ["us", "USA", "U", "US\n"]),
    r"^[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20]+$": (["https://a.example/x"], ["a.example", "https://a b", ":"]),
    "^[0-9]{4}$": (["0000", "2026"], ["26", "20260", "year"]),
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}$": (["2026-01-31"], ["2026-1-1", "yesterday", "20260131"]),
    r"^(CRON_TZ=[^\x00-\x20]+ +)?[^\x00-\x20]+( +[^\x00-\x20]+){4}$": (
        ["0 9 * * *", "CRON_TZ=Europe/Berlin 0 9 * * 1-5"],
        ["", "daily", "0 9 * *", "0 9 * * * *", "0 9 * * *\n"],
    ),
    r"^https://[^\x00-\x20/?#][^\x00-\x20]*$": (["https://a.example"], ["http://a.example", "https://", "a"]),
}

# Fields for which the client also takes a number; it's written with four digits.
YEARS = {"pub_year_min", "pub_year_max"}
# Fields of which the client takes more than one call can have, or none: it makes calls of them.
SPLIT = {"runs", "run_ids", "urls"}
# What one field needs of another; and a proxy of one's own.
COMPANIONS = {"use_vault": True, "use_profile": True}


class Case(NamedTuple):
    operation: str
    field: str
    kind: str
    given: dict[str, Any]
    fits: bool

    @property
    def name(self) -> str:
        return f"{self.operation}-{self.field}-{self.kind}-{'within' if self.fits else 'beyond'}"


def resolved(node: Schema) -> dict[str, Any]:
    """A node of the contract with what it refers to put in."""
    whole: dict[str, Any] = dict(node)
    # Of several objects, the first.
    for part in [node, *node.get("allOf", ()), *node.get("oneOf", ())[:1]]:
        if "$ref" in part:
            target: Any = SPEC
            for key in part["$ref"].removeprefix("#/").split("/"):
                target = target[key]
            whole = {**whole, **resolved(target)}
    if isinstance(whole.get("type"), list):  # or null
        whole["type"] = whole["type"][0]
    return whole


def bounds(schema: Schema) -> Iterator[tuple[str, object, bool]]:
    """Values at and beyond each bound of a schema: the bound, the value, and whether the schema takes it."""
    wrong = {"string": 5, "integer": "5", "boolean": "true", "array": "a", "object": 5}[schema["type"]]
    yield "type", wrong, False
    for value in schema.get("enum", ()):
        yield "enum", value, True
    if "enum" in schema:
        yield "enum", "turbo", False
        yield "enum", schema["enum"][0].swapcase(), False
    for bound, step in (("minimum", -1), ("maximum", 1)):
        if bound in schema:
            yield bound, schema[bound], True
            yield bound, schema[bound] + step, False
    if "minLength" in schema:
        yield "minLength", "x" * schema["minLength"], True
        yield "minLength", "x" * (schema["minLength"] - 1), False
    if "maxLength" in schema:
        yield "maxLength", "x" * schema["maxLength"], True
        yield "maxLength", "x" * (schema["maxLength"] + 1), False
    if "pattern" in schema:
        good, bad = patterned(schema["pattern"])
        yield from (("pattern", value, True) for value in good)
        yield from (("pattern", value, False) for value in bad)
    for bound, step in (("minItems", -1), ("maxItems", 1)):
        if bound in schema:
            yield bound, several(schema, schema[bound]), True
            yield bound, several(schema, schema[bound] + step), False
    if schema.get("format") == "date-time":
        yield "format", "2026-11-01T00:00:00Z", True
        yield "format", "yesterday", False


def patterned(pattern: str) -> tuple[list[str], list[str]]:
    """What fits a pattern, and what does not."""
    if pattern.startswith("^(about:blank|"):
        return ["about:blank", "a.example", "https://[::1]:8/x"], ["file:///x", "javascript:alert(1)", "a b"]
    return FITTING[pattern]


def several(array: Schema, count: int) -> list[Any]:
    """So many different items that an array takes."""
    item = resolved(array["items"])
    if item["type"] == "string":
        return [f"https://a.example/{n}" for n in range(count)]
    different = "goal" if "goal" in item["properties"] else "name"
    return [required_of(item) | {different: f"Read {n}"} for n in range(count)]


def required_of(holder: Schema) -> dict[str, Any]:
    """An object with no more than must be there."""
    return {name: a_value(resolved(holder["properties"][name])) for name in holder.get("required", ())}


def a_value(schema: Schema) -> Any:
    if schema["type"] == "boolean":
        return True
    if schema["type"] == "array":
        return several(schema, 1)
    if schema["type"] == "object":
        return required_of(schema)
    if "enum" in schema:
        return schema["enum"][0]
    return patterned(schema["pattern"])[0][0] if "pattern" in schema else "some text"


def cases() -> Iterator[Case]:
    for operation, holder in requests():
        known = holder["properties"].keys()
        base = required_of(holder) | {name: on for name, on in COMPANIONS.items() if name in known}
        yield from cases_of(operation, holder, "", lambda more, base=base: {**base, **more})
        for name in required_of(holder):
            yield Case(operation, name, "required", {k: v for k, v in base.items() if k != name}, False)


def cases_of(
    operation: str, holder: Schema, prefix: str, make: Callable[[dict[str, Any]], dict[str, Any]]
) -> Iterator[Case]:
    """The cases of the fields of an object; `make` puts some of them into the arguments of a call."""
    for field, node in holder["properties"].items():
        schema, path = resolved(node), f"{prefix}{field}"
        for kind, value, fits in bounds(schema):
            yield Case(operation, path, kind, make({field: value}), fits)
        if "items" in schema:
            item = resolved(schema["items"])
            if "properties" in item:
                base = required_of(item) | COMPANIONS
                yield from cases_of(
                    operation,
                    item,
                    f"{path}[].",
                    lambda more, field=field, base=base: make({field: [{**base, **more}]}),
                )
            else:
                for kind, value, fits in bounds(item):
                    yield Case(operation, f"{path}[]", kind, make({field: [value]}), fits)
        if "properties" in schema:
            base = required_of(schema) | ({"url": "http://p.example:80"} if "proxy" in field else {})
            yield Case(operation, path, "unknown", make({field: {**base, "zzz": 1}}), False)
            for name in required_of(schema):
                without = {k: v for k, v in base.items() if k != name}
                yield Case(operation, f"{path}.{name}", "required", make({field: without}), False)
            yield from cases_of(
                operation,
                schema,
                f"{path}.",
                lambda more, field=field, base=base: make({field: {**base, **more}}),
            )


def requests() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation, and what is asked of its caller as one object."""
    for item in SPEC["paths"].values():
        for method in item.keys() & {"get", "post", "delete", "put", "patch"}:
            operation = item[method]
            listed = [*item.get("parameters", ()), *operation.get("parameters", ())]
            properties = {python_name(p): p["schema"] for p in map(resolved, listed)}
            required = [python_name(p) for p in map(resolved, listed) if p.get("required")]
            if "requestBody" in operation:
                body = resolved(resolved(operation["requestBody"])["content"]["application/json"]["schema"])
                properties |= body["properties"]
                required += body.get("required", ())
            yield operation["operationId"], {"properties": properties, "required": required}


def python_name(parameter: Schema) -> str:
    """A parameter's name in Python: that of a header is not one."""
    name = str(parameter["name"])
    return name.lower().replace("-", "_") if parameter["in"] == "header" else name


CASES = list(cases())


def sent_by(case: Case) -> tuple[list[httpx.Request], TypeError | ValueError | None]:
    """What is sent, and what is raised, if it is not the answer's error."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(400, json={"error": {"code": "INVALID_INPUT", "message": "no"}})

    with (
        httpx.Client(transport=httpx.MockTransport(answer)) as http,
        TinyFish("key", http_client=http) as client,
    ):
        try:
            CALLS[case.operation](client, case.given)
        except APIError:
            return sent, None
        except (TypeError, ValueError) as error:
            return sent, error
    return sent, None


def test_every_operation_is_walked() -> None:
    assert {operation for operation, _ in requests()} == set(CALLS)
    assert {case.kind for case in CASES} >= {
        *("type", "enum", "minimum", "maximum", "minLength", "maxLength", "pattern"),
        *("minItems", "maxItems", "format", "required", "unknown"),
    }
    assert len(CASES) > 400


@pytest.mark.parametrize("operation", CALLS)
def test_what_the_contract_takes_is_sent_and_nothing_else(operation: str) -> None:
    wrong: list[str] = []
    for case in CASES:
        if case.operation != operation or (case.field in YEARS and case.kind == "type"):
            continue
        sent, error = sent_by(case)
        if case.fits:
            if error is not None or not sent:
                wrong.append(f"{case.name}: not sent: {case.given!r:.200} {error!r}")
        elif case.field in SPLIT and case.kind in ("minItems", "maxItems"):
            limit = resolved(dict(requests())[operation]["properties"][case.field])["maxItems"]
            sizes = [len(json.loads(request.content)[case.field]) for request in sent]
            if error is not None or any(not 0 < size <= limit for size in sizes):
                wrong.append(f"{case.name}: sent in {sizes}: {error!r}")
        elif sent or error is None:
            wrong.append(f"{case.name}: not refused: {case.given!r:.200} {error!r}")
        elif case.field.rpartition(".")[2].removesuffix("[]") not in str(error):
            wrong.append(f"{case.name}: does not name the field: {error}")
    assert not wrong, "\n".join(wrong)
