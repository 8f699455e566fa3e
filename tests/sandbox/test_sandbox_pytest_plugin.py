"""The pytest plugin, in test runs of its own."""

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


def outcome(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-p", "pytest_tinyfish", "-W", "error", *arguments, timeout=60)


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
    outcome(run, "-n", "2").assert_outcomes(passed=8)


def test_a_wrong_setting_is_told(run: pytest.Pytester) -> None:
    run.makepyfile(LEAVES_BEHIND)
    result = outcome(run, "-o", "tinyfish_leftovers=explode")
    assert result.ret is pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*tinyfish_leftovers is 'explode'*"])


def test_nothing_heavy_is_loaded_before_it_is_used() -> None:
    code = "import sys, pytest; before = set(sys.modules); import pytest_tinyfish; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["pytest_tinyfish"]
