"""The tools, called as a model calls them: with the sandbox, from threads and event loops."""

from __future__ import annotations

import functools
import inspect
import json
import subprocess
import sys
import threading
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from clients import KEY
from plain_server import PlainServer
from toolsets import URL, BrowserService, ask, call

from tinyfish import AsyncTinyFish, Budget, InvalidArgumentError, InvalidArgumentTypeError, TinyFish
from tinyfish.sandbox import Sandbox
from tinyfish.tools import toolset

pytestmark = pytest.mark.anyio

EVERYTHING = ["run", "search", "fetch", "browser"]


# Definitions


def offline(names: Any = EVERYTHING, **options: Any) -> Any:
    return toolset(TinyFish(KEY, base_url="http://127.0.0.1:1"), names, **options)


def test_they_are_plain_functions_that_frameworks_can_inspect() -> None:
    for client in (TinyFish(KEY), AsyncTinyFish(KEY)):
        tools = toolset(client, EVERYTHING)
        assert len(tools) == 8
        for tool in tools:
            assert inspect.isfunction(tool)
            assert inspect.iscoroutinefunction(tool) is isinstance(client, AsyncTinyFish)
            hints = typing.get_type_hints(tool)
            assert hints.pop("return") is str
            assert set(hints) == set(inspect.signature(tool).parameters)
            assert all(not isinstance(one, str) for one in tool.__annotations__.values())
            documentation = inspect.getdoc(tool) or ""
            assert documentation.split("\n")[1] == ""
            for name in hints:
                assert f"\n    {name}: " in documentation


def test_the_sync_and_the_async_functions_tell_models_the_same() -> None:
    one, other = toolset(TinyFish(KEY), EVERYTHING), toolset(AsyncTinyFish(KEY), EVERYTHING)
    assert one.for_openai() == other.for_openai()
    assert [tool.__doc__ for tool in one] == [tool.__doc__ for tool in other]


def test_what_brings_which_functions() -> None:
    assert [tool.__name__ for tool in offline(["run", "browser"])] == [
        "run", "get_run", "cancel_run", "browser", "browser_pages", "close_browser",
    ]  # fmt: skip
    assert [tool.__name__ for tool in offline(["search", "search"])] == ["search"]


def test_json_for_openai_and_anthropic() -> None:
    tools = offline(["search"])
    (chat,), (flat,) = tools.for_openai(), tools.for_openai("responses")
    assert flat == {"type": "function", **chat["function"]}
    parameters = flat["parameters"]
    assert flat["strict"] is True
    assert parameters["required"] == ["query", "max_results", "country", "language"]
    assert parameters["properties"]["max_results"]["type"] == ["integer", "null"]
    (loose,) = tools.for_openai(strict=False)
    assert loose["function"]["parameters"]["required"] == ["query"]
    assert loose["function"]["parameters"]["properties"]["max_results"]["default"] == 10
    (anthropic,) = tools.for_anthropic()
    assert anthropic["input_schema"] == loose["function"]["parameters"]
    assert anthropic["description"].startswith("Search the web.")
    assert "Args:" not in anthropic["description"]
    assert json.loads(json.dumps(anthropic)) == anthropic


def test_every_parameter_is_described() -> None:
    for definition in offline().definitions:
        assert all(one.description.endswith((".", '"')) for one in definition.parameters), definition


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"names": ["runs"]}, "There is no tool 'runs'"),
        ({"names": []}, "names is empty"),
        ({"names": "run"}, "must be a list"),
        ({"patience": 0}, "patience"),
        ({"patience": None}, "patience"),
        ({"max_chars": 10}, "max_chars"),
        ({"budget": 3}, "budget"),
        ({"allowed_hosts": "example.com"}, "allowed_hosts"),
        ({"run_options": {"goal": "x"}}, "run_options can't have goal"),
        ({"run_options": {"agent_config": {"max_steps": 0}}}, "max_steps"),
        ({"run_options": {"max_step": 3}}, "max_step"),
        ({"secrets": "hunter2"}, "secrets"),
        ({"secrets": ["abc"]}, "a text of 3 characters"),
        ({"job": ""}, "job"),
    ],
)
def test_wrong_options_are_the_programs_error(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises((InvalidArgumentError, InvalidArgumentTypeError), match=says):
        offline(**arguments)


def test_the_function_stays_a_function() -> None:
    """A module of its name would take its place when it is first imported."""
    import tinyfish.tools

    offline()
    assert tinyfish.tools.toolset is toolset


def test_something_else_than_a_client() -> None:
    with pytest.raises(InvalidArgumentTypeError, match="client must be"):
        toolset(typing.cast("Any", "key"))


# Runs


async def test_a_run(new_tools: Callable[..., Any], sandbox: Sandbox) -> None:
    sandbox.on(goal="headlines", result={"headlines": ["A"]})
    said = await ask(new_tools(), "run", goal="headlines", url=URL)
    assert sandbox.runs[0].run_id in said
    assert '{"headlines": ["A"]}' in said


async def test_the_same_call_again_is_the_same_run(new_tools: Callable[..., Any], sandbox: Sandbox) -> None:
    sandbox.on(goal="headlines", result={"headlines": ["A"]})
    tools = new_tools()
    first = await ask(tools, "run", goal="headlines", url="https://example.com")
    second = await ask(tools, "run", goal="headlines", url=URL)
    assert second.startswith(first)
    assert "Nothing was started or paid again" in second
    assert len(sandbox.runs) == 1
    await ask(tools, "run", goal="headlines", url=URL, country="de")
    await ask(tools, "run", goal="headlines", url=URL, fresh=True)
    assert len(sandbox.runs) == 3
    assert [run.is_finished for run in tools.runs] == [True, True]  # the first one is forgotten


async def test_after_a_while_it_is_another_run(new_tools: Callable[..., Any], sandbox: Sandbox) -> None:
    sandbox.on(goal="headlines", result={"headlines": ["A"]})
    tools = new_tools(reuse_seconds=0.001)
    for _ in range(2):
        await ask(tools, "run", goal="headlines", url=URL)
    assert len(sandbox.runs) == 2


async def test_equal_calls_at_the_same_time_start_one_run(
    new_tools: Callable[..., Any], sandbox: Sandbox
) -> None:
    sandbox.on(goal="headlines", result={"headlines": ["A"]})
    tools, said = new_tools(), list[str]()

    async def one() -> None:
        said.append(await ask(tools, "run", goal="headlines", url=URL))

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(one)
    assert len(sandbox.runs) == 1
    assert len(said) == 5
    assert all('{"headlines": ["A"]}' in text for text in said)


async def test_a_run_that_outlives_the_patience_is_not_lost(
    new_tools: Callable[..., Any], sandbox: Sandbox
) -> None:
    sandbox.on(goal="endless", hangs=True)
    tools = new_tools(patience=0.3)
    said = await ask(tools, "run", goal="endless", url=URL)
    (run,) = sandbox.runs
    for word in (run.run_id, "RUNNING", "`get_run`", "`cancel_run`", "nothing is lost"):
        assert word in said
    assert tools.runs[0].run_id == run.run_id
    assert not tools.runs[0].is_finished
    for again in ("run", "get_run"):
        arguments = {"goal": "endless", "url": URL} if again == "run" else {"run_id": run.run_id}
        assert run.run_id in await ask(tools, again, **arguments)
    assert len(sandbox.runs) == 1
    assert "is cancelled" in await ask(tools, "cancel_run", run_id=run.run_id)
    assert "was cancelled" in await ask(tools, "get_run", run_id=run.run_id)
    assert tools.runs[0].is_finished


async def test_a_model_can_only_stop_what_it_has_started(
    new_tools: Callable[..., Any], sandbox: Sandbox
) -> None:
    sandbox.on(goal="endless", hangs=True)
    await ask(new_tools(patience=0.2), "run", goal="endless", url=URL)
    (run,) = sandbox.runs
    assert "wasn't started by these tools" in await ask(new_tools(), "cancel_run", run_id=run.run_id)
    assert run.status == "RUNNING"


async def test_a_failed_run_says_why_and_what_to_do(new_tools: Callable[..., Any], sandbox: Sandbox) -> None:
    sandbox.on(goal="blocked", error={"code": "SITE_BLOCKED", "message": "The site blocked the agent"})
    said = await ask(new_tools(), "run", goal="blocked", url=URL)
    assert "The site blocked the agent" in said
    assert "stealth=true" in said


async def test_a_doubtful_result_is_told(new_tools: Callable[..., Any], sandbox: Sandbox) -> None:
    sandbox.on(goal="wall", result={"note": "Please solve the captcha"})
    assert "may not be what was asked for (captcha" in await ask(new_tools(), "run", goal="wall", url=URL)


async def test_a_budget_that_is_used_up(new_tools: Callable[..., Any], sandbox: Sandbox) -> None:
    sandbox.on(goal="headlines", result={"headlines": ["A"]})
    tools = new_tools(budget=Budget(runs=1))
    await ask(tools, "run", goal="headlines", url=URL)
    said = await ask(tools, "run", goal="other", url=URL)
    assert "budget of 1 runs" in said
    assert "Start no more runs" in said
    assert len(sandbox.runs) == 1
    assert "Nothing was started" in await ask(tools, "run", goal="headlines", url=URL)  # it costs nothing


async def test_options_of_all_runs(new_tools: Callable[..., Any], sandbox: Sandbox) -> None:
    sandbox.on(goal="headlines", result={"headlines": ["A"]})
    tools = new_tools(run_options={"agent_config": {"max_steps": 7}})
    await ask(tools, "run", goal="headlines", url=URL, stealth=True, country="de")
    (request,) = (one for one in sandbox.requests if one.path.endswith("/run-async"))
    assert request.body["agent_config"] == {"max_steps": 7}
    assert request.body["browser_profile"] == "stealth"
    assert request.body["proxy_config"]["country_code"] == "DE"


# What can't be done


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("run", {"goal": "x", "url": "http://169.254.169.254/"}, "private address"),
        ("run", {"goal": "Send it to http://10.0.0.1/", "url": URL}, "private address"),
        ("run", {"goal": "x", "url": "example.com"}, "must begin with https://"),
        ("run", {"goal": "x", "url": URL, "country": "Germany"}, "two-letter code"),
        ("run", {"goal": " ", "url": URL}, "goal"),
        ("run", {"goal": "x"}, "run needs 'url'"),
        ("run", {"goal": 3, "url": URL}, "goal must be a string, not 3"),
        ("run", {"goal": "x", "url": URL, "depth": 1}, "no argument 'depth'"),
        ("run", "{", "must be a JSON object"),
        ("run", [1], "must be a JSON object"),
        ("run", None, "run needs"),
        ("fetch", {"urls": []}, "1 to 10 URLs"),
        ("fetch", {"urls": [URL, "http://localhost/"]}, "private address"),
        ("fetch", {"urls": [1]}, "list of strings"),
        ("get_run", {"run_id": "../../v1/wallet"}, "run_id"),
        ("get_run", {"run_id": "unknown"}, "No run has the id"),
        ("cancel_run", {"run_id": "unknown"}, "wasn't started by these tools"),
        ("browser", {"url": "http://[::1]/"}, "private address"),
        ("close_browser", {"session_id": "tf-1"}, "There is no open browser 'tf-1'"),
        ("delete_everything", {}, "There is no tool 'delete_everything'"),
    ],
)
@pytest.mark.parametrize("flavour", ["asyncio"])
async def test_a_wrong_call_is_answered_in_a_sentence(
    new_tools: Callable[..., Any], sandbox: Sandbox, name: str, arguments: Any, says: str
) -> None:
    said = await call(new_tools(EVERYTHING), name, arguments)
    assert says in said
    assert said.endswith(".")
    assert not sandbox.runs


async def test_what_means_the_same_is_read(new_tools: Callable[..., Any], sandbox: Sandbox) -> None:
    sandbox.on(goal="headlines", result={"headlines": ["A"]})
    tools = new_tools(["run", "search"])
    await call(
        tools, "run", json.dumps({"goal": "headlines", "url": URL, "stealth": "False", "country": None})
    )
    assert "browser_profile" not in sandbox.requests[0].body
    assert "Correct the arguments" not in await call(tools, "search", {"query": "x", "max_results": "3"})


@pytest.mark.parametrize("flavour", ["sync", "asyncio"])
@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (401, "INVALID_API_KEY", "Don't try again; tell the user"),
        (402, "INSUFFICIENT_CREDITS", "out of credits"),
        (403, "FORBIDDEN", "may not use this"),
        (400, "INVALID_INPUT", "Correct the arguments"),
    ],
)
async def test_a_refusal_of_the_api(
    new_tools: Callable[..., Any], sandbox: Sandbox, status: int, code: str, says: str
) -> None:
    sandbox.fault("queueRun", status=status, code=code, message="No")
    assert says in await ask(new_tools(), "run", goal="headlines", url=URL)


async def test_a_server_that_is_not_there(new_tools: Callable[..., Any], flavour: str) -> None:
    kind: Any = TinyFish if flavour == "sync" else AsyncTinyFish
    tools = new_tools(EVERYTHING, client=kind(KEY, base_url="http://127.0.0.1:1", max_retries=0), patience=5)
    for name, arguments in (
        ("run", {"goal": "x", "url": URL}),
        ("search", {"query": "x"}),
        ("fetch", {"urls": [URL]}),
    ):
        assert "can't be reached" in await ask(tools, name, **arguments)


async def test_a_defect_is_logged_and_not_told(
    new_tools: Callable[..., Any], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = new_tools(["search"])
    monkeypatch.setitem(tools._tools, "search", lambda **_: 1 / 0)
    said = await call(tools, "search", {"query": "x"})
    assert "a defect (ZeroDivisionError)" in said
    assert "division" not in said
    assert "ZeroDivisionError" in caplog.text


async def test_no_secret_reaches_the_model(new_tools: Callable[..., Any], sandbox: Sandbox) -> None:
    proxy = {
        "enabled": True,
        "type": "custom",
        "url": "http://proxy.example:1",
        "username": "u",
        "password": "hunter22",
    }
    sandbox.on(goal="echo", result={"key": sandbox.api_key, "proxy": "hunter22", "note": "tr0ub4dor"})
    tools = new_tools(run_options={"proxy_config": proxy}, secrets=["tr0ub4dor"])
    said = await ask(tools, "run", goal="echo", url=URL)
    refused = await ask(tools, "run", goal="echo", url=URL, country="US")
    assert "because the program sets the proxy" in refused  # the model can't get round it
    assert len(sandbox.runs) == 1
    for secret in (sandbox.api_key, "hunter22", "tr0ub4dor"):
        assert secret not in said
        assert secret not in repr(tools)
    assert "***" in said


async def test_no_secret_of_a_url_reaches_the_model(new_tools: Callable[..., Any], sandbox: Sandbox) -> None:
    proxy = {"enabled": True, "type": "custom", "url": "http://u:hunter%402222@p.example:1"}
    options = {"proxy_config": proxy, "webhook_url": "https://h.example/x?secret=topsecret99&page=headlines"}
    tools = new_tools(run_options=options)
    sandbox.fault("queueRun", status=400, message="hunter@2222, hunter%402222, topsecret99 and headlines")
    said = await ask(tools, "run", goal="x", url=URL)
    assert "***, ***, *** and headlines" in said


async def test_a_long_answer_is_cut(new_tools: Callable[..., Any], sandbox: Sandbox) -> None:
    sandbox.on(goal="long", result={"text": "x" * 50_000})
    said = await ask(new_tools(max_chars=1000), "run", goal="long", url=URL)
    assert len(said) == 1000
    assert "[Cut here: the whole text has 50," in said


async def test_search_and_fetch(new_tools: Callable[..., Any], sandbox: Sandbox) -> None:
    results = [
        {"url": "https://shop.example/a", "title": "A"},
        {"url": "https://evil.example/", "title": "B"},
    ]
    sandbox.on(product="search", query="kettle", results=results)
    sandbox.on(product="fetch", url="https://shop.example/a", html="<h1>49.00</h1>")
    sandbox.on(
        product="fetch", url="https://shop.example/b", page={"final_url": "http://10.0.0.1/", "text": "inner"}
    )
    sandbox.on(
        product="fetch", url="https://shop.example/c", error={"error": "target_http_error", "status": 404}
    )
    tools = new_tools(["search", "fetch"], allowed_hosts=["shop.example"])
    found = await ask(tools, "search", query="kettle")
    assert "https://shop.example/a" in found
    assert "evil" not in found
    assert "1 results are left out" in found
    assert sandbox.requests[0].query["include_domains"] == "shop.example"
    read = await ask(tools, "fetch", urls=[f"https://shop.example/{page}" for page in "abc"])
    assert "49.00" in read
    assert "inner" not in read
    assert "redirects to a host that isn't allowed" in read
    assert "target_http_error (status 404)" in read
    assert "isn't allowed here. Allowed are: shop.example" in await ask(
        tools, "fetch", urls=["https://a.example/"]
    )
    assert (
        len(await ask(new_tools(["fetch"], max_chars=500), "fetch", urls=["https://shop.example/a"] * 3))
        <= 500
    )


async def test_a_lost_answer_pays_once(new_tools: Callable[..., Any], sandbox: Sandbox) -> None:
    sandbox.on(goal="headlines", result={"headlines": ["A"]})
    sandbox.fault("queueRun", cut=True, when="after", times=1)
    assert '{"headlines": ["A"]}' in await ask(new_tools(), "run", goal="headlines", url=URL)
    assert len(sandbox.runs) == 1


@pytest.mark.parametrize("flavour", ["asyncio", "trio"])
@pytest.mark.parametrize("cancel_on_exit", [False, True])
async def test_a_framework_that_gives_up(
    new_tools: Callable[..., Any], sandbox: Sandbox, cancel_on_exit: bool
) -> None:
    sandbox.on(goal="endless", hangs=True)
    tools = new_tools(cancel_on_exit=cancel_on_exit)
    with anyio.move_on_after(0.5) as scope:
        await ask(tools, "run", goal="endless", url=URL)
    assert scope.cancelled_caught  # the cancellation isn't swallowed
    (run,) = sandbox.runs
    assert run.status == ("CANCELLED" if cancel_on_exit else "RUNNING")
    assert tools.runs[0].run_id == run.run_id
    sandbox.on(goal="endless", result={})
    with anyio.move_on_after(0.5):
        await ask(tools, "run", goal="endless", url=URL)
    assert len(sandbox.runs) == 1


@pytest.mark.parametrize("flavour", ["asyncio"])
@pytest.mark.parametrize("name", ["run", "get_run"])
async def test_a_framework_that_gives_up_during_a_look(
    new_tools: Callable[..., Any], sandbox: Sandbox, name: str
) -> None:
    sandbox.on(goal="endless", hangs=True)
    tools = new_tools(patience=0.2, cancel_on_exit=True)
    await ask(tools, "run", goal="endless", url=URL)
    looks = len(sandbox.requests)
    sandbox.fault("getRun", delay=5, times=1)
    async with anyio.create_task_group() as tasks:
        arguments = {"goal": "endless", "url": URL} if name == "run" else {"run_id": sandbox.runs[0].run_id}
        tasks.start_soon(functools.partial(ask, tools, name, **arguments))
        while len(sandbox.requests) == looks:  # noqa: ASYNC110 - it's in another thread
            await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()
    assert [run.status for run in sandbox.runs] == ["CANCELLED"]


async def test_a_framework_that_gives_up_during_the_start(
    new_tools: Callable[..., Any], sandbox: Sandbox, flavour: str
) -> None:
    if flavour == "sync":
        return  # a thread can't be cancelled
    sandbox.on(goal="headlines", result={"headlines": ["A"]})
    sandbox.fault("queueRun", delay=0.6, when="after", times=1)
    tools = new_tools()
    with anyio.move_on_after(0.3):
        await ask(tools, "run", goal="headlines", url=URL)
    assert tools.runs[0].run_id is None
    # The same call finds the run by its key.
    assert '{"headlines": ["A"]}' in await ask(tools, "run", goal="headlines", url=URL)
    assert len(sandbox.runs) == 1


@pytest.mark.parametrize("cancel_on_exit", [False, True])
def test_the_end_of_the_block(sandbox: Sandbox, cancel_on_exit: bool) -> None:
    sandbox.on(goal="endless", hangs=True)
    with TinyFish(sandbox.api_key, base_url=sandbox.url) as client:
        with toolset(client, patience=0.2, cancel_on_exit=cancel_on_exit) as tools:
            tools.call("run", {"goal": "endless", "url": URL})
        assert sandbox.runs[0].status == ("CANCELLED" if cancel_on_exit else "RUNNING")


def test_a_job_joins_its_runs_after_a_restart(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.on(goal="headlines", result={"headlines": ["A"]})
    said = list[str]()
    for failed_looks in (0, 0, 1):
        if failed_looks:
            sandbox.fault("getRun", status=401, times=failed_looks)
        with TinyFish(sandbox.api_key, base_url=sandbox.url, ledger=tmp_path / "runs.db") as client:
            said.append(toolset(client, job="chat 7").call("run", {"goal": "headlines", "url": URL}))
    assert "(This" not in said[0]
    for again in said[1:]:
        assert again.startswith(f"{said[0]}\n(This is the outcome of the same call, which ended")
    assert len(sandbox.runs) == 1
    with TinyFish(sandbox.api_key, base_url=sandbox.url, ledger=tmp_path / "runs.db") as client:
        tools = toolset(client, job="chat 7")
        assert tools.call("run", {"goal": "headlines", "url": URL, "fresh": True}) != said[0]
    assert len(sandbox.runs) == 2


LOADED = """
import sys
import tinyfish
tinyfish.TinyFish("key-0123456789").agent
{more}
print([name for name in {names} if name in sys.modules])
"""
FRAMEWORKS = [
    "mcp",
    "mcp_types",
    "agents",
    "openai",
    "pydantic",
    "pydantic_ai",
    "langchain",
    "crewai",
    "smolagents",
]


@pytest.mark.parametrize(
    "more", ["", "import tinyfish.tools; tinyfish.tools.toolset(tinyfish.TinyFish('key-0123456789'))"]
)
def test_importing_it_loads_no_framework(more: str) -> None:
    code = LOADED.format(more=more, names=[*FRAMEWORKS, *([] if more else ["tinyfish.tools"])])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Browsers


async def test_browsers(new_tools: Callable[..., Any], plain_server: PlainServer, flavour: str) -> None:
    service = BrowserService(plain_server)
    kind: Any = TinyFish if flavour == "sync" else AsyncTinyFish
    client = kind(KEY, base_url=plain_server.url)
    tools = new_tools(["browser"], client=client, max_browsers=1)
    said = await ask(tools, "browser", url="https://example.com")
    assert "Opened browser tf-1 at https://example.com/." in said
    assert "secret.example" not in said
    assert tools.browsers["tf-1"].cdp_url == "wss://secret.example/1"
    assert plain_server.requests[-1].json["timeout_seconds"] == 300
    shown = await ask(tools, "browser_pages", session_id="tf-1")
    assert "https://example.com/ Home" in shown
    assert "secret.example" not in shown
    assert "Close one first with `close_browser`: tf-1." in await ask(tools, "browser")
    service.open.clear()  # it has closed itself
    assert "Opened browser tf-2 at about:blank." in await ask(tools, "browser")
    assert "is closed" in await ask(tools, "close_browser", session_id="tf-2")
    assert "Open are: none" in await ask(tools, "browser_pages", session_id="tf-2")
    assert service.open == []
    revealing = new_tools(["browser"], client=client, show_cdp_url=True)
    if flavour == "sync":
        with revealing:
            assert "wss://secret.example/3" in await ask(revealing, "browser")
    else:
        async with revealing:
            assert "wss://secret.example/3" in await ask(revealing, "browser")
    assert service.open == []


def test_a_copy_is_the_same_toolset() -> None:
    import copy

    tools = offline()
    assert copy.deepcopy(tools) is tools
    assert copy.copy(tools) is tools
    with pytest.raises(TypeError, match="cannot be pickled"):
        tools.__reduce__()


def test_threads_share_a_toolset(sandbox: Sandbox) -> None:
    sandbox.on(goal="headlines", result={"headlines": ["A"]})
    with TinyFish(sandbox.api_key, base_url=sandbox.url) as client, toolset(client) as tools:
        threads = [threading.Thread(target=tools[0], args=("headlines", URL)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(sandbox.runs) == 1
