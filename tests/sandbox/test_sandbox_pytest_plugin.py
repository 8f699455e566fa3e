"""The pytest plugin, in separate test runs."""

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

LEAVES_BEHIND = """
import pytest

def test_leaves(tinyfish_sandbox, tinyfish_client):
    tinyfish_sandbox.on(hangs=True)
    tinyfish_client.agent.queue(goal="Never ends", url="https://a.example")

def test_starts_clean(tinyfish_sandbox):
    assert tinyfish_sandbox.runs == []
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder for tests that have no use for a browser."""
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def tinyfish_sandbox_options():
            return {"chromium": False}
        """
    )
    return pytester


def outcome(pytester: pytest.Pytester, *arguments: str, plugins: str = "") -> pytest.RunResult:
    """What comes of a run with this plugin and others; to find and load all that are installed takes seconds."""
    named = [f"-p{plugin}" for plugin in ("pytest_tinyfish", "anyio.pytest_plugin", *plugins.split())]
    return pytester.runpytest_subprocess(
        "--disable-plugin-autoload", *named, "-W", "error", *arguments, timeout=60
    )


@pytest.mark.parametrize("fixture", ["tinyfish_sandbox", "tinyfish_session_sandbox"])
def test_options_that_are_no_mapping_are_refused(pytester: pytest.Pytester, fixture: str) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def tinyfish_sandbox_options():
            return ["chromium"]
        """
    )
    pytester.makepyfile(f"def test_it({fixture}): pass")
    result = outcome(pytester)
    result.assert_outcomes(errors=1)
    assert "tinyfish_sandbox_options must return a mapping" in result.stdout.str()
    assert "not ['chromium']" in result.stdout.str()


def test_clients_talk_to_the_sandbox(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        import asyncio
        import pytest

        def test_sync(tinyfish_sandbox, tinyfish_client):
            tinyfish_sandbox.on(result={"x": 1})
            assert tinyfish_client.agent.run(goal="g", url="https://a.example").result == {"x": 1}

        def test_async(tinyfish_sandbox, async_tinyfish_client):
            tinyfish_sandbox.on(result={"x": 1})
            async def use():
                return await async_tinyfish_client.agent.run(goal="g", url="https://a.example")
            assert asyncio.run(use()).result == {"x": 1}
            # Another loop, the same client.
            assert asyncio.run(use()).result == {"x": 1}

        @pytest.mark.anyio
        async def test_in_a_loop(tinyfish_sandbox, async_tinyfish_client, anyio_backend):
            tinyfish_sandbox.on(result={"x": 1})
            run = await async_tinyfish_client.agent.run(goal="g", url="https://a.example")
            assert run.result == {"x": 1}
        """
    )
    outcome(run).assert_outcomes(passed=4)


def test_it_is_there_once_it_is_installed(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("--fixtures", "-p", "no:schemathesis", timeout=60)
    result.stdout.fnmatch_lines(["tinyfish_sandbox *pytest_tinyfish*"])


def test_leftovers_are_ignored_and_never_reach_the_next_test(run: pytest.Pytester) -> None:
    run.makepyfile(LEAVES_BEHIND)
    outcome(run).assert_outcomes(passed=2)


def test_leftovers_can_be_a_failure(run: pytest.Pytester) -> None:
    run.makepyfile(LEAVES_BEHIND)
    result = outcome(run, "-o", "tinyfish_leftovers=fail")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*The test left behind:*", "run * (*): Never ends"])


def test_a_marker_decides_for_one_test(run: pytest.Pytester) -> None:
    run.makepyfile(
        LEAVES_BEHIND.replace("def test_leaves", '@pytest.mark.tinyfish_leftovers("fail")\ndef test_leaves')
    )
    outcome(run, "--strict-markers").assert_outcomes(passed=2, errors=1)


@pytest.mark.parametrize(
    "marker", ["tinyfish_leftovers", "tinyfish_leftovers()", 'tinyfish_leftovers(what="fail")']
)
def test_a_marker_without_an_argument_means_fail(run: pytest.Pytester, marker: str) -> None:
    run.makepyfile(LEAVES_BEHIND.replace("def test_leaves", f"@pytest.mark.{marker}\ndef test_leaves"))
    outcome(run, "--strict-markers").assert_outcomes(passed=2, errors=1)


def test_a_wrong_marker_is_told(run: pytest.Pytester) -> None:
    run.makepyfile(
        LEAVES_BEHIND.replace("def test_leaves", "@pytest.mark.tinyfish_leftovers(3)\ndef test_leaves")
    )
    result = outcome(run)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*tinyfish_leftovers must be 'ignore' or 'fail', not 3*"])


def test_a_run_that_no_rule_is_for_fails(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        def test_unmatched(tinyfish_sandbox, tinyfish_client):
            tinyfish_sandbox.on(goal="*headlines*", result={})
            failed = tinyfish_client.agent.run(goal="Read the price", url="https://a.example")
            assert failed.status == "FAILED"
            for said in ("Read the price", "https://a.example", "*headlines*"):
                assert said in failed.error.message
        """
    )
    outcome(run).assert_outcomes(passed=1)


def test_what_comes_late_from_an_earlier_test_is_not_seen(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        from tinyfish import TinyFish

        late = []

        def test_first(tinyfish_sandbox):
            late.append((tinyfish_sandbox.api_key, tinyfish_sandbox.url))

        def test_between():
            key, url = late[0]
            with TinyFish(api_key=key, base_url=url) as client:
                client.agent.queue(goal="late", url="https://a.example")

        def test_starts_clean(tinyfish_sandbox):
            assert (tinyfish_sandbox.runs, tinyfish_sandbox.requests) == ([], [])
        """
    )
    outcome(run).assert_outcomes(passed=3)


def test_each_folder_has_its_own_options(pytester: pytest.Pytester) -> None:
    for name in ("one", "two"):
        folder = pytester.mkpydir(name)
        (folder / "conftest.py").write_text(
            "import pytest\n"
            "@pytest.fixture(scope='session')\n"
            "def tinyfish_sandbox_options():\n"
            f"    return {{'chromium': False, 'api_key': {name!r}, 'webhook_delays': [1]}}\n"
        )
        for number in range(2):
            (folder / f"test_{name}_{number}.py").write_text(
                "import os\n"
                "def test_key(tinyfish_sandbox, tinyfish_client):\n"
                f"    assert tinyfish_sandbox.api_key == {name!r}\n"
                "    tinyfish_sandbox.on(result=1)\n"
                "    assert tinyfish_client.agent.run(goal='g', url='https://a.example').result == 1\n"
            )
    outcome(pytester).assert_outcomes(passed=4)


def test_a_fixture_of_session_scope_can_have_one(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        import pytest
        from tinyfish import TinyFish

        @pytest.fixture(scope="session")
        def application(tinyfish_session_sandbox):
            tinyfish_session_sandbox.on(result="app")
            with TinyFish(api_key=tinyfish_session_sandbox.api_key, base_url=tinyfish_session_sandbox.url) as client:
                yield client

        @pytest.mark.parametrize("n", range(2))
        def test_it(application, tinyfish_sandbox, n):
            # The reset of the one leaves the other as it is.
            assert tinyfish_sandbox.runs == []
            assert application.agent.run(goal="g", url="https://a.example").result == "app"
        """
    )
    outcome(run).assert_outcomes(passed=2)


def test_code_that_makes_its_own_client(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        import os
        from tinyfish import TinyFish

        def program():
            with TinyFish() as client:
                return client.agent.run(goal="g", url="https://a.example").result

        def test_program(tinyfish_sandbox_env):
            tinyfish_sandbox_env.on(result="ours")
            assert program() == "ours"

        def test_the_environment_is_as_before():
            assert "TINYFISH_BASE_URL" not in os.environ
        """
    )
    outcome(run).assert_outcomes(passed=2)


def test_an_open_session_is_left_behind_too(browser: None, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_leaves(tinyfish_client):
            tinyfish_client.browser.sessions.create()

        def test_deletes(tinyfish_client):
            with tinyfish_client.browser.sessions.create():
                pass
        """
    )
    result = outcome(pytester, "-o", "tinyfish_leftovers=fail")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["browser session br-*"])


def test_every_process_of_xdist_has_its_own(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("n", range(8))
        def test_one(tinyfish_sandbox, tinyfish_client, n):
            tinyfish_sandbox.on(result={"n": n})
            assert tinyfish_client.agent.run(goal="g", url="https://a.example").result == {"n": n}
            assert len(tinyfish_sandbox.runs) == 1
        """
    )
    outcome(run, "-n", "2", plugins="xdist").assert_outcomes(passed=8)


def test_a_wrong_setting_is_told(run: pytest.Pytester) -> None:
    run.makepyfile(LEAVES_BEHIND)
    result = outcome(run, "-o", "tinyfish_leftovers=explode")
    assert result.ret is pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*tinyfish_leftovers must be 'ignore' or 'fail', not 'explode'*"])


def test_nothing_heavy_is_loaded_before_it_is_used() -> None:
    code = "import sys, pytest; before = set(sys.modules); import pytest_tinyfish; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["pytest_tinyfish"]
