"""Recording: a program gives the same results with the recorded rules; what passes through stays as it is."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rawserver import CLOSE, RESET, RawServer

from tinyfish import APIError, TinyFish
from tinyfish.sandbox import RecordingProxy, Sandbox
from tinyfish.sandbox.recording.secrets import MASK, Secrets

SITE = "https://shop.example/kettle"


@pytest.fixture
def recording(sandbox: Sandbox, tmp_path: Path) -> Iterator[RecordingProxy]:
    with RecordingProxy(tmp_path / "rules.yaml", upstream=sandbox.url) as running:
        yield running


def client_of(recording: RecordingProxy, sandbox: Sandbox, **options: Any) -> TinyFish:
    return TinyFish(api_key=sandbox.api_key, base_url=recording.url, **options)


def program(client: TinyFish) -> list[Any]:
    """A program that does what can be recorded; everything that it gets."""
    got: list[Any] = [client.agent.run(goal="Read the price", url=SITE).result for _ in range(3)]
    with client.agent.stream(goal="Read 5 * 3", url=f"{SITE}?session=secret-session&page=2") as stream:
        for event in stream:
            got.append((type(event).__name__, getattr(event, "purpose", None)))
    queued = [client.agent.queue(goal=goal, url=SITE).run_id for goal in ("Fails", "Endless")]
    client.runs.cancel(queued[1])
    for run in sorted(client.runs.wait_many(queued), key=lambda run: run.status):
        got.append((run.status, run.num_of_steps, run.error and run.error.code))
    batch = client.agent.queue_many([{"goal": goal, "url": SITE} for goal in ("One", "Two")])
    got.extend(client.runs.wait(one).result for one in batch.run_ids)
    got.append(client.agent.run(goal="Keyed", url=SITE, idempotency_key="k").result)
    for call in (
        lambda: client.agent.queue(goal="Forbidden", url=SITE),
        lambda: client.search.query("forbidden"),
    ):
        with pytest.raises(APIError) as refused:
            call()
        got.append((refused.value.status_code, refused.value.code, refused.value.message))
    got.extend(result.url for result in client.search.iter("kettles"))
    pages = client.fetch.get_contents([SITE, "https://absent.example"])
    got.extend([pages.results[0].text, pages.results[0].title, pages.errors[0].error, pages.errors[0].status])
    report = client.research.run(query="Which kettle?").deep_result
    assert report is not None
    got.extend([report.result, report.citations])
    got.append(client.wallet.get().available_balance)
    dataset = client.datasets.create(prompt="Kettles of the world")
    assert dataset.run is not None
    for _ in client.datasets.events(dataset.id, dataset.run.id):
        pass
    got.append([row.data for row in client.datasets.iter_rows(dataset.id)])
    return [json.loads(json.dumps(item, default=str)) for item in got]


def script(api: Sandbox) -> None:
    picture = "https://files.example/a.png?X-Amz-Signature=abc&X-Amz-Expires=60"
    for price in (49, 51):
        api.on(goal="Read the price", result={"price": price, "steps": [1.5, None, "2026-01-01"]}, times=1)
    api.on(goal="Read the price", result=[{"price": 53}, "Ü\u2028\U0001f600 yes"])
    api.on(goal="Read 5 * 3", progress=["Opened it", "Read it"], steps=3, result="15")
    api.on(goal="Fails", error={"code": "SITE_BLOCKED", "message": "No entry"}, steps=2)
    api.on(goal="Endless", hangs=True)
    api.on(goal="One", result=1)
    api.on(goal="Two", result=2)
    api.on(goal="Keyed", result={"key": "kept"})
    api.on(goal="Forbidden", refusal={"status": 402, "code": "INSUFFICIENT_CREDITS", "message": "Pay"})
    api.on(product="search", query="forbidden", error={"status": 403, "message": "No search"})
    api.on(product="search", query="kettles", results=[{"url": f"https://k.example/{n}"} for n in range(23)])
    api.on(product="fetch", url=SITE, html="<title>Kettle</title><h1>49.00</h1>")
    api.on(
        product="fetch", url="https://absent.example*", error={"error": "target_http_error", "status": 404}
    )
    api.on(
        product="research", query="Which kettle?", result="# The blue one", citations=["https://k.example"]
    )
    api.on(product="wallet", wallet={"available_balance": "12.34"})
    api.on(product="datasets", prompt="Kettles*", rows=[{"title": "A"}, {"title": "B"}])
    api.on(goal="Picture", result={"picture": picture, "login": "https://user:pass@a.example/"})


def test_the_same_program_gives_the_same_results(
    sandbox: Sandbox, recording: RecordingProxy, tmp_path: Path
) -> None:
    script(sandbox)
    with client_of(recording, sandbox) as client:
        first = program(client)
    recording.stop()
    text = (tmp_path / "rules.yaml").read_text(encoding="utf-8")
    assert sandbox.api_key not in text
    assert "secret-session" not in text
    assert "tf-" not in text  # the reference of the key
    with (
        Sandbox(chromium=False, rules=tmp_path / "rules.yaml", unmatched="fail") as replay,
        TinyFish(api_key=replay.api_key, base_url=replay.url) as client,
    ):
        assert program(client) == first


def test_no_secret_is_kept(sandbox: Sandbox, recording: RecordingProxy, tmp_path: Path) -> None:
    sandbox.on(
        goal="*",
        result={
            "picture": "https://files.example/a.png?X-Amz-Expires=60&X-Amz-Signature=s3cr3t",
            "login": "https://user:s3cr3t-login@a.example/",
            "said": "the proxy's password is hunter2-of-the-proxy",
            "cookies": [{"name": "sid", "value": "s3cr3t-cookie"}],
            "cdp_url": "wss://browser.example/s3cr3t-session",
            "key": f"you sent {sandbox.api_key}",
        },
    )
    with client_of(recording, sandbox, default_headers={"Cookie": "sid=s3cr3t-sent-cookie"}) as client:
        client.agent.run(
            goal="Read it: s3cr3t-sent-cookie",
            url=SITE,
            proxy_config={
                "enabled": True, "type": "custom", "url": "http://p.example:1", "username": "u",
                "password": "hunter2-of-the-proxy",
            },
        )  # fmt: skip
        rules = recording.rules
    recording.stop()
    text = (tmp_path / "rules.yaml").read_text(encoding="utf-8")
    for secret in ("s3cr3t", "hunter2", sandbox.api_key):
        assert secret not in text
    assert rules[0]["goal"] == "Read it: *"
    assert rules[0]["result"]["picture"] == f"https://files.example/a.png?{MASK}"
    assert (tmp_path / "rules.yaml").stat().st_mode & 0o777 == 0o600


def test_a_lost_answer_stays_lost(sandbox: Sandbox, recording: RecordingProxy) -> None:
    """The client looks for the run, and finds it; so does the recording."""
    sandbox.on(goal="Lost", result="found again")
    sandbox.fault("queueRun", cut=True, when="after", times=1)
    with client_of(recording, sandbox) as client:
        run_id = client.agent.queue(goal="Lost", url=SITE, idempotency_key="lost").run_id
        assert client.runs.wait(run_id).result == "found again"
    assert len(sandbox.runs) == 1
    assert recording.rules == [{"goal": "Lost", "url": SITE, "result": "found again"}]


def test_a_start_without_any_answer_is_uncertain(raw_server: RawServer, tmp_path: Path) -> None:
    """Not an error status, after which a program could start it again."""
    raw_server.script([CLOSE], [RESET])
    with RecordingProxy(tmp_path / "rules.yaml", upstream=raw_server.url) as recording:
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                httpx.post(f"{recording.url}/v1/automation/run-async", json={"goal": "g", "url": SITE})
        assert recording.rules == []


def test_statuses_and_headers_pass_through(sandbox: Sandbox, recording: RecordingProxy) -> None:
    sandbox.on(result="done")
    sandbox.fault("queueRun", status=503, code="SERVICE_BUSY", retry_after=7, times=1)
    headers = {"X-API-Key": sandbox.api_key}
    answers = [
        httpx.post(
            f"{recording.url}/v1/automation/run-async", json={"goal": "g", "url": SITE}, headers=headers
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [503, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert answers[0].json()["error"]["code"] == "SERVICE_BUSY"
    assert answers[0].headers["X-Request-Id"]
    absent = httpx.get(f"{recording.url}/v1/nothing?a=%2F", headers=headers)
    assert absent.status_code == 404
    assert (sandbox.requests[-1].path, sandbox.requests[-1].query) == ("/v1/nothing", {"a": "/"})
    # What was refused for the moment isn't kept; what was accepted and not yet seen to end goes on.
    assert recording.rules == [{"goal": "g", "url": SITE, "hangs": True}]


def test_events_come_as_they_happen_and_a_client_that_leaves_is_gone(
    sandbox: Sandbox, recording: RecordingProxy
) -> None:
    sandbox.on(goal="Endless", progress=["Opened it"], hangs=True)
    with client_of(recording, sandbox) as client:
        with client.agent.stream(goal="Endless", url=SITE) as stream:
            assert [next(stream).type for _ in range(3)] == ["STARTED", "STREAMING_URL", "PROGRESS"]
        run = sandbox.runs[0]
        assert not run.finished
        client.runs.cancel(run.run_id)
        client.runs.get(run.run_id)
    assert recording.rules == [{"goal": "Endless", "url": SITE, "hangs": True, "progress": ["Opened it"]}]


def test_a_stream_that_is_cut_is_cut(sandbox: Sandbox, recording: RecordingProxy) -> None:
    sandbox.on(progress=["A", "B"], result="whole")
    sandbox.fault("streamRun", cut_after=3, times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(
            f"{recording.url}/v1/automation/run-sse", json={"goal": "g", "url": SITE},
            headers={"X-API-Key": sandbox.api_key},
        )  # fmt: skip
    sandbox.fault("streamRun", cut_after=3, times=1)
    with client_of(recording, sandbox) as client, client.agent.stream(goal="h", url=SITE) as stream:
        assert [event.type for event in stream][-1] == "COMPLETE"
    assert [rule.get("result") for rule in recording.rules] == [None, "whole"]


def test_an_api_that_is_not_reached(tmp_path: Path) -> None:
    with RecordingProxy(tmp_path / "rules.yaml", upstream="http://127.0.0.1:1") as recording:
        answer = httpx.get(f"{recording.url}/v1/runs", headers={"X-API-Key": "a-real-key"})
    assert answer.status_code == 502
    assert answer.json()["error"]["message"].startswith("The recording sandbox can't reach 127.0.0.1: ")


def test_pages_of_the_web_cannot_spend_money(recording: RecordingProxy) -> None:
    answer = httpx.get(f"{recording.url}/v1/runs", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert httpx.get(f"{recording.url}/v1/runs", headers={"Host": "evil.example"}).status_code == 403


def test_wrong_uses_are_told(recording: RecordingProxy, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError, match="exists already: delete it"):
        RecordingProxy(tmp_path / "rules.yaml").start()
    with pytest.raises(ValueError, match="upstream must be an absolute"):
        RecordingProxy(tmp_path / "other.yaml", upstream="agent.tinyfish.ai")
    with pytest.raises(ValueError, match="loopback"):
        RecordingProxy(tmp_path / "other.yaml", host="0.0.0.0")
    with pytest.raises(RuntimeError, match="already running"):
        recording.start()
    with pytest.raises(RuntimeError, match="isn't running"):
        _ = RecordingProxy(tmp_path / "other.yaml").url


def test_the_command(sandbox: Sandbox, tmp_path: Path) -> None:
    """It says that it costs money, and what to do; a kill loses little; the key is in nothing that it prints."""
    sandbox.on(result="done")
    command = [sys.executable, "-m", "tinyfish", "sandbox", "--port=0", f"--upstream={sandbox.url}"]
    with subprocess.Popen(
        [*command, "--record=rules.yaml"], cwd=tmp_path, text=True, stdout=-1, stderr=-1, env=os.environ
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        url = (re.findall(r"http://\S+", running.stdout.readline()) or [""])[0]
        said = "".join(iter(running.stdout.readline, "    tinyfish sandbox --rules rules.yaml\n"))
        assert "runs cost money" in said
        with TinyFish(api_key=sandbox.api_key, base_url=url) as client:
            assert client.agent.run(goal="g", url=SITE).result == "done"
        line = running.stderr.readline()
        running.send_signal(signal.SIGTERM)
        printed = said + line + running.stdout.read() + running.stderr.read()
    assert running.returncode == 0
    assert sandbox.api_key not in printed
    assert "kept       agent goal='g'" in printed
    assert yaml.safe_load((tmp_path / "rules.yaml").read_text())["rules"][0]["result"] == "done"
    both = subprocess.run(
        [*command, "--record=a", "--rules=rules.yaml"], cwd=tmp_path, text=True, capture_output=True
    )
    assert (both.returncode, both.stderr.count("use only one of them")) == (2, 1)


@given(st.text(), st.text(alphabet="abcXYZ019-_.~*?+[", min_size=8, max_size=40))
def test_what_matches_a_text_with_a_secret_has_not_the_secret_and_matches(text: str, key: str) -> None:
    from tinyfish.sandbox.script.rules import Rule

    secrets = Secrets()
    secrets.see({"x-api-key": key}, None)
    whole = f"{text} {key} and"
    match = secrets.matching(whole)
    assert key not in json.dumps(match)
    rule = Rule.read({"goal": match, "result": 1})
    assert rule.fits("agent", {"goal": whole, "url": None})
    assert key not in json.dumps(secrets.cleaned({whole: [whole]}))


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("https://a.example/p?page=2", "https://a.example/p?page=2"),
        (
            "https://a.example/p?page=2&access_token=abc#x",
            f"https://a.example/p?page=2&access_token={MASK}#x",
        ),
        ("see https://b.example/x?sig=1&se=2, or", f"see https://b.example/x?{MASK} or"),
        ("https://a.example/#id_token=abc", f"https://a.example/#id_token={MASK}"),
        ("Authorization: Bearer abcdefgh12345", f"Authorization: {MASK}"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", MASK),
        ({"password": "x", "token": {"symbol": "BTC"}}, {"password": MASK, "token": {"symbol": "BTC"}}),
        ({"token": None, "price": 1}, {"token": None, "price": 1}),
        ("a monkey?key=1", "a monkey?key=1"),
    ],
)
def test_forms_of_secrets(text: Any, cleaned: Any) -> None:
    assert Secrets().cleaned(text) == cleaned
