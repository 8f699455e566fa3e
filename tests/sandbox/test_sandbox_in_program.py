"""`TINYFISH_BASE_URL=sandbox:rules.yaml`: a sandbox inside the program, in programs of their own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tinyfish import TinyFish

RULES = "rules: [{goal: '*', result: scripted}]"
CALL = "agent.run(goal='g', url='https://a.example').result"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path


def output(folder: Path, code: str, base_url: str = "sandbox:rules.yaml", **environment: str) -> list[str]:
    """What a program prints that knows nothing of a key."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=os.environ | {"TINYFISH_BASE_URL": base_url} | environment,
        cwd=folder, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_a_program_needs_no_key_and_no_network(folder: Path) -> None:
    """All its clients, sync and async, have one sandbox; a proxy isn't asked. At the end, nothing is left."""
    code = f"""
import asyncio, threading
from tinyfish import AsyncTinyFish, TinyFish
first, second = TinyFish(), TinyFish(api_key="a-real-key")
print(first.{CALL}, second.{CALL}, len(second.runs.list().data))
async def main():
    async with AsyncTinyFish() as client:
        print((await client.{CALL.removesuffix(".result")}).result, "a-real-key" in repr(second))
asyncio.run(main())
bare = TinyFish(base_url="Sandbox:")
print(bare.runs.list().data, [thread.name for thread in threading.enumerate()].count("tinyfish-sandbox"))
for client in (first, second, bare):
    client.close()
"""
    proxy = "http://127.0.0.1:1"
    assert output(folder, code, HTTP_PROXY=proxy, http_proxy=proxy) == [
        "scripted scripted 2",
        "scripted False",
        "[] 2",
    ]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_the_child_of_a_fork_has_its_own(folder: Path) -> None:
    """Clients that it inherits go on using the parent's, which goes on when the child has ended."""
    code = f"""
import os, sys, warnings
from tinyfish import TinyFish
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of any fork beside a thread
inherited = TinyFish()
inherited.{CALL}
child = os.fork()
if child == 0:
    with TinyFish() as own:
        print(own.{CALL}, len(own.runs.list().data), inherited.{CALL}, flush=True)
    sys.exit()
assert os.waitpid(child, 0)[1] == 0
print(inherited.{CALL}, len(inherited.runs.list().data))
inherited.close()
"""
    assert output(folder, code) == ["scripted 1 scripted", "scripted 3"]


def test_ordinary_clients_do_not_load_it(folder: Path) -> None:
    code = """
import sys
from tinyfish import TinyFish
TinyFish(api_key="key").close()
print([name for name in sys.modules if name.startswith(("tinyfish.sandbox", "aiohttp", "yaml"))])
"""
    assert output(folder, code, base_url="https://agent.tinyfish.ai") == ["[]"]


def test_without_its_extra(folder: Path) -> None:
    code = """
import sys
sys.modules["aiohttp"] = None
from tinyfish import TinyFish
try:
    TinyFish()
except ModuleNotFoundError as error:
    print(error)
"""
    assert output(folder, code) == ['The sandbox needs aiohttp: pip install "tinyfish[sandbox]"']


@pytest.mark.parametrize(
    ("base_url", "said"),
    [
        ("sandbox:absent.yaml", "No such file or directory: '.*absent.yaml'"),
        ("sandbox://rules.yaml", "Write 'sandbox:' and the path of a file"),
        ("sandbox:wrong.yaml", r"rules.0: .*goall"),
        ("sandbox:not.yaml", r"not.yaml: .*"),
    ],
)
def test_what_is_wrong_is_told(
    base_url: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wrong.yaml").write_text("rules: [{goall: '*', result: 1}]")
    (tmp_path / "not.yaml").write_text("{")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=rf"^base_url '{re.escape(base_url)}' can't be used: (?s:.*){said}"):
        TinyFish(base_url=base_url)


def test_the_command_needs_no_key_for_it(folder: Path) -> None:
    code = """
import sys
from tinyfish.cli import main
sys.exit(main(["runs", "list", "--jsonl"]))
"""
    assert output(folder, code, HOME=str(folder), XDG_CONFIG_HOME=str(folder)) == []
