"""The fixtures for code that creates its own client, with pytest-asyncio and anyio, in separate test runs."""

import pytest

pytest_plugins = ["pytester"]

CONFTEST = """
import pytest

@pytest.fixture(scope="session")
def tinyfish_sandbox_options():
    return {"chromium": False}
"""

# Code that knows nothing of tests: it takes its client's key and address from the environment.
PROGRAM = """
from tinyfish import AsyncTinyFish, TinyFish

class Application:
    async def __aenter__(self):
        self.client = await AsyncTinyFish().__aenter__()
        return self

    async def __aexit__(self, *error):
        await self.client.aclose()

    async def title(self):
        return (await self.client.agent.run(goal="Read the title", url="https://a.example")).result

def title():
    with TinyFish() as client:
        return client.agent.run(goal="Read the title", url="https://a.example").result
"""

# A fixture of each scope, and tests of it. FIXTURE and MARK stand for what each plugin calls them.
ASYNC_TESTS = """
import os
import pytest
from program import Application
SETUP

FIXTURE
async def application(tinyfish_sandbox_env):
    async with Application() as running:
        yield running

SESSION_FIXTURE
async def server(tinyfish_session_env):
    async with Application() as running:
        yield running

MARK
async def test_function_scope(application, tinyfish_sandbox_env):
    tinyfish_sandbox_env.on(result="mine")
    assert await application.title() == "mine"

SESSION_MARK
@pytest.mark.parametrize("n", range(2))
async def test_session_scope(server, tinyfish_sandbox, n):
    assert tinyfish_sandbox.runs == []
    tinyfish_sandbox.on(result=n)
    assert await server.title() == n

SESSION_MARK
async def test_clean_without_asking_for_it(server):
    # No rule of an earlier test is left, so the run fails.
    assert await server.title() is None

MARK
async def test_given_client(tinyfish_sandbox, async_tinyfish_client):
    tinyfish_sandbox.on(result="given")
    run = await async_tinyfish_client.agent.run(goal="Read the title", url="https://a.example")
    assert run.result == "given"
"""
PLUGINS = {
    "asyncio-strict": ("pytest_asyncio.plugin", "strict", {
        "SETUP": "import pytest_asyncio",
        "SESSION_FIXTURE": '@pytest_asyncio.fixture(scope="session", loop_scope="session")',
        "FIXTURE": "@pytest_asyncio.fixture",
        "SESSION_MARK": '@pytest.mark.asyncio(loop_scope="session")',
        "MARK": "@pytest.mark.asyncio",
    }),
    "asyncio-auto": ("pytest_asyncio.plugin", "auto", {
        "SETUP": "import pytest_asyncio",
        "SESSION_FIXTURE": '@pytest_asyncio.fixture(scope="session", loop_scope="session")',
        "FIXTURE": "@pytest.fixture",
        "SESSION_MARK": '@pytest.mark.asyncio(loop_scope="session")',
        "MARK": "",
    }),
    "anyio": ("anyio.pytest_plugin", None, {
        "SETUP": '@pytest.fixture(scope="session", params=["asyncio", "trio"])\n'
        "def anyio_backend(request):\n    return request.param",
        "SESSION_FIXTURE": '@pytest.fixture(scope="session")',
        "FIXTURE": "@pytest.fixture",
        "SESSION_MARK": "@pytest.mark.anyio",
        "MARK": "@pytest.mark.anyio",
    }),
}  # fmt: skip


@pytest.fixture
def run(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with a program, for tests that have no use for a browser."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(program=PROGRAM)
    return pytester


def outcome(run: pytest.Pytester, *arguments: str, plugins: str = "") -> pytest.RunResult:
    named = [f"-p{plugin}" for plugin in ("pytest_tinyfish", *plugins.split())]
    return run.runpytest_subprocess(
        "--disable-plugin-autoload", *named, "-W", "error", *arguments, timeout=60
    )


@pytest.mark.parametrize("name", PLUGINS)
def test_async_code_of_both_scopes(run: pytest.Pytester, name: str) -> None:
    plugin, mode, words = PLUGINS[name]
    text = ASYNC_TESTS
    for word, meaning in words.items():
        text = text.replace(word, meaning)
    run.makepyfile(test_it=text)
    options = (
        ["-o", f"asyncio_mode={mode}", "-o", "asyncio_default_fixture_loop_scope=function"] if mode else []
    )
    outcome(run, *options, plugins=plugin).assert_outcomes(passed=10 if name == "anyio" else 5)


def test_a_program_that_is_started_once(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its tests share a sandbox, but neither its runs nor its rules; with pytest-xdist too."""
    monkeypatch.setenv("TF_CLIENT_NAME", "of a developer")
    run.makepyfile(
        """
        import pytest
        from tinyfish import TinyFish

        @pytest.fixture(scope="session")
        def server(tinyfish_session_env):
            tinyfish_session_env.on(result="of the session fixture")
            with TinyFish() as client:
                yield lambda: client.agent.run(goal="g", url="https://a.example").result

        def test_a_rule_of_a_session_fixture_is_gone_from_the_first_test_on(tinyfish_session_env, server):
            assert server() is None

        @pytest.mark.parametrize("n", range(4))
        def test_one(server, tinyfish_sandbox, n):
            tinyfish_sandbox.on(result=n)
            assert server() == n
            assert [call.operation for call in tinyfish_sandbox.requests] == ["runAgent"]
            assert "x-tf-client-name" not in tinyfish_sandbox.requests[0].headers
        """
    )
    outcome(run, "-n", "2", plugins="xdist").assert_outcomes(passed=5)


def test_everything_is_restored(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        import os
        import pytest
        from program import title

        before = dict(os.environ)
        before["TINYFISH_API_KEY"] = os.environ["TINYFISH_API_KEY"] = "a-real-key"
        before["TF_CLIENT_NAME"] = os.environ["TF_CLIENT_NAME"] = "of a developer"
        before["TINYFISH_WEBHOOK_SECRET"] = os.environ["TINYFISH_WEBHOOK_SECRET"] = "of a developer"
        before["HTTP_PROXY"] = os.environ["HTTP_PROXY"] = "http://127.0.0.1:1"
        before.pop("PYTEST_CURRENT_TEST", None)

        def test_code_that_creates_its_own_client(tinyfish_sandbox_env):
            tinyfish_sandbox_env.on(result="ours")
            assert "TF_CLIENT_NAME" not in os.environ
            assert "TINYFISH_WEBHOOK_SECRET" not in os.environ
            assert title() == "ours"

        def test_restored():
            now = dict(os.environ)
            now.pop("PYTEST_CURRENT_TEST")
            assert now == before

        def test_the_session_and_one_test(tinyfish_session_env, tinyfish_sandbox_env):
            assert tinyfish_session_env is tinyfish_sandbox_env

        def test_the_session_still(tinyfish_sandbox):
            tinyfish_sandbox.on(result="still")
            assert title() == "still"
        """
    )
    run.makeconftest(
        CONFTEST
        + """
def pytest_unconfigure():
    import os
    assert os.environ["TINYFISH_API_KEY"] == "a-real-key"
    assert "TINYFISH_BASE_URL" not in os.environ
    print("restored at the end")
"""
    )
    result = outcome(run)
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*restored at the end*"])


def test_other_test_frameworks_take_the_variables(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        import os
        import unittest
        from unittest import mock
        from program import title
        from tinyfish.sandbox import Sandbox

        class Test(unittest.TestCase):
            def test_it(self):
                with Sandbox(chromium=False) as sandbox, mock.patch.dict(os.environ, sandbox.environment):
                    sandbox.on(result="ours")
                    assert title() == "ours"
        """
    )
    outcome(run).assert_outcomes(passed=1)
