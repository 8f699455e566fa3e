"""Forks: a child shares no connection or lock with its parent. With real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from echo_server import Echo

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture
def echo(request: pytest.FixtureRequest, certificate: Path) -> Iterator[Echo]:
    """A server with TLS, whose state a child could share too, unless the test asks for one without."""
    with Echo(None if getattr(request, "param", "https") == "http" else certificate) as running:
        yield running


PRELUDE = """
import asyncio, os, signal, sys, threading
import httpx
from tinyfish import AsyncTinyFish, TinyFish

URL = sys.argv[1]

def options():
    return {"api_key": "k", "base_url": URL, "timeout": 15}

def own(client, name, count=5):
    for number in range(count):
        run_id = f"{name}-{number}"
        assert client.runs.get(run_id).run_id == run_id

async def own_async(client, name, count=5):
    for number in range(count):
        run_id = f"{name}-{number}"
        assert (await client.runs.get(run_id)).run_id == run_id

def fork(work):
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)  # ends a child that hangs
        code = 1
        try:
            work()
            code = 0
        except BaseException as error:
            print(repr(error), flush=True)
        finally:
            os._exit(code)
    return pid

def check(children):
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert not any(codes), codes
"""


def run(program: str, echo: Echo, certificate: Path, *options: str) -> None:
    environment = {**os.environ, "SSL_CERT_FILE": str(certificate)}
    environment.pop("SSL_CERT_DIR", None)
    done = subprocess.run(
        [sys.executable, *options, "-W", "ignore::DeprecationWarning", "-c", PRELUDE + program, echo.url],
        env=environment,
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("echo", ["http", "https"], indirect=True)
def test_children_share_no_connection_with_their_parent(echo: Echo, certificate: Path) -> None:
    run(
        """
client = TinyFish(**options())
own(client, "parent-before", 1)
children = [fork(lambda name=f"child{number}": own(client, name)) for number in range(20)]
own(client, "parent-meanwhile")
check(children)
own(client, "parent-after")
""",
        echo,
        certificate,
        "-X",
        "dev",
    )
    assert len(echo.brought("parent")) == 1  # the children have not closed it
    for number in range(20):
        assert len(echo.brought(f"child{number}-")) == 1
    assert len(echo.brought("")) == 21


def test_a_child_that_ends_as_programs_do_leaves_its_parent_its_connections(
    echo: Echo, certificate: Path
) -> None:
    run(
        """
client = TinyFish(**options())
own(client, "parent-before", 1)
child = os.fork()
if child == 0:
    with client:
        own(client, "child")
    sys.exit()
check([child])
own(client, "parent-after")
""",
        echo,
        certificate,
        "-X",
        "dev",
    )
    assert len(echo.brought("parent")) == 1


def test_a_fork_while_threads_are_calling(echo: Echo, certificate: Path) -> None:
    run(
        """
client = TinyFish(**options())
over, calling = threading.Event(), threading.Barrier(9)

def call(name):
    own(client, name, 1)
    calling.wait()
    while not over.is_set():
        own(client, name)

threads = [threading.Thread(target=call, args=(f"thread{number}",)) for number in range(8)]
for thread in threads:
    thread.start()
calling.wait()
children = []
for number in range(40):
    children.append(fork(lambda: own(client, f"child{number}", 3)))
    own(client, "parent", 1)
check(children)
over.set()
for thread in threads:
    thread.join()
""",
        echo,
        certificate,
    )


@pytest.mark.parametrize(
    "make", ["AsyncTinyFish(**options())", "AsyncTinyFish(http_client=given, **options())"]
)
def test_children_of_an_event_loop(echo: Echo, certificate: Path, make: str) -> None:
    run(
        f"""
given = httpx.AsyncClient()
client = {make}
loop = asyncio.new_event_loop()
loop.run_until_complete(own_async(client, "parent-before", 1))
children = [
    fork(lambda name=f"child{{number}}": asyncio.run(own_async(client, name))) for number in range(10)
]
loop.run_until_complete(own_async(client, "parent-meanwhile"))
check(children)
loop.run_until_complete(own_async(client, "parent-after"))
loop.run_until_complete(client.aclose())
loop.run_until_complete(given.aclose())
loop.close()
""",
        echo,
        certificate,
    )
    assert len(echo.brought("parent")) == 1
    assert len(echo.brought("")) == 11


def test_children_of_trio(echo: Echo, certificate: Path) -> None:
    run(
        """
import trio
client = AsyncTinyFish(**options())
trio.run(own_async, client, "parent-before")
check([fork(lambda name=f"child{number}": trio.run(own_async, client, name)) for number in range(5)])
trio.run(own_async, client, "parent-after")
""",
        echo,
        certificate,
        "-X",
        "dev",
    )


def test_an_http_client_of_the_callers(echo: Echo, certificate: Path) -> None:
    run(
        """
given = httpx.Client()
client = TinyFish(http_client=given, **options())
own(client, "parent-before", 1)
check([fork(lambda name=f"child{number}": own(client, name)) for number in range(10)])
own(client, "parent-after")
given.close()
""",
        echo,
        certificate,
    )
    assert len(echo.brought("parent")) == 1
    assert len(echo.brought("")) == 11


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing(echo: Echo, certificate: Path, method: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"  # a file, since spawn imports it
    program.write_text(
        PRELUDE
        + f"""
import multiprocessing

client = TinyFish(**options())

def work(number):
    own(client, f"child{{number}}")
    return number

if __name__ == "__main__":
    own(client, "parent-before", 1)
    with multiprocessing.get_context({method!r}).Pool(3) as pool:
        assert sorted(pool.imap_unordered(work, range(30))) == list(range(30))
        own(client, "parent-meanwhile")
        pool.close()
        pool.join()
    own(client, "parent-after")
"""
    )
    _run_file(program, echo, certificate)
    assert len(echo.brought("parent")) == 1
    assert not echo.brought("parent") & echo.brought("child")


def test_a_prefork_pool_as_celery_has_it(echo: Echo, certificate: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        PRELUDE
        + """
import billiard

client = TinyFish(**options())

def work(number):
    own(client, f"child{number}")
    return number

own(client, "parent-before", 1)
billiard.set_start_method("fork", force=True)
pool = billiard.Pool(3, maxtasksperchild=5)
results = [pool.apply_async(work, (number,)) for number in range(30)]
assert [result.get(timeout=30) for result in results] == list(range(30))
pool.close()
pool.join()
own(client, "parent-after")
"""
    )
    _run_file(program, echo, certificate)
    assert len(echo.brought("parent")) == 1
    assert not echo.brought("parent") & echo.brought("child")


def _run_file(program: Path, echo: Echo, certificate: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(program), echo.url],
        env={**os.environ, "SSL_CERT_FILE": str(certificate)},
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_gunicorn_with_preload(echo: Echo, certificate: Path, tmp_path: Path) -> None:
    (tmp_path / "preloaded.py").write_text(
        f"""
import os
from tinyfish import TinyFish

client = TinyFish(api_key="k", base_url={echo.url!r}, timeout=15)
client.runs.get("parent-before")

def app(environ, start_response):
    run_id = environ["PATH_INFO"].strip("/")
    given = client.runs.get(run_id).run_id
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{{os.getpid()}} {{given}}".encode()]
"""
    )
    import http.client
    from concurrent.futures import ThreadPoolExecutor

    command = "gunicorn --preload -w 3 --threads 2 -b 127.0.0.1:0 --log-level info preloaded:app"
    with subprocess.Popen(
        [sys.executable, "-m", *command.split()],
        cwd=tmp_path,
        env={**os.environ, "SSL_CERT_FILE": str(certificate)},
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stderr is not None
            port = 0
            while not port:
                line = server.stderr.readline()
                assert line
                if "Listening at" in line:
                    port = int(line.split("127.0.0.1:")[1].split()[0])
            threading.Thread(target=server.stderr.read, daemon=True).start()

            def ask(number: int) -> int:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                connection.request("GET", f"/child{number}")
                pid, run_id = connection.getresponse().read().decode().split()
                connection.close()
                assert run_id == f"child{number}"
                return int(pid)

            with ThreadPoolExecutor(8) as threads:
                workers = set(threads.map(ask, range(120)))
            assert len(workers) > 1
        finally:
            server.terminate()
            server.wait(20)
    assert not echo.brought("parent") & echo.brought("child")


def test_no_lock_is_inherited_locked(echo: Echo, certificate: Path) -> None:
    run(
        """
from tinyfish._core.recovery.register import STARTS
client = TinyFish(**options())
own(client, "parent", 1)
connections = client._executor.transport._connections
pools = [transport._pool for transport in connections._transports.values()]
start = STARTS.begin(["g"], lambda *_: None)
with STARTS._lock, connections._lock, pools[0]._optional_thread_lock:

    def work():
        own(client, "child")
        with STARTS.begin(["g"], lambda *_: None) as mine:
            assert not STARTS.has_rival(mine)  # the parent's is none here ...
            assert STARTS.follows_uncertain(mine)  # ... but may have started what this one finds
            assert mine.claim("r1")
        client.close()

    child = threading.Thread(target=lambda: check([fork(work)]))
    child.start()
    child.join()
assert not STARTS.is_claimed("r1")
start.finish()
""",
        echo,
        certificate,
    )


def test_an_open_answer_is_the_parents(echo: Echo, certificate: Path) -> None:
    run(
        """
from tinyfish._core.wire.call import Call
client = TinyFish(**options())
transport = client._executor.transport
call = Call(method="GET", url=URL + "/v1/runs/parent", headers={}, api_key=None, content=None, timeout=15)
incoming = transport.open(call, transport.closing)
pool = next(iter(transport._connections._transports.values()))._pool

def work():
    incoming.close()
    own(client, "child")

with pool._optional_thread_lock:
    child = threading.Thread(target=lambda: check([fork(work)]))
    child.start()
    child.join()
assert b"parent" in incoming.read().content
own(client, "parent-after")
""",
        echo,
        certificate,
    )
    assert len(echo.brought("parent")) == 1
