"""Runs: started in each way, listed, read and cancelled."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tinyfish.sandbox import Sandbox

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def queue(api: httpx.Client, url: str, goal: str = "Read the title", **more: Any) -> str:
    answer = api.post("/v1/automation/run-async", json={"url": url, "goal": goal, **more})
    assert answer.status_code == 200, answer.text
    assert answer.json()["error"] is None
    return str(answer.json()["run_id"])


def ended(api: httpx.Client, run_id: str) -> dict[str, Any]:
    """The run, once it has ended: the live events of a run are on its page, so this only has to ask again."""
    while True:
        run = api.get(f"/v1/runs/{run_id}").json()
        if run["status"] not in ("PENDING", "RUNNING"):
            return dict(run)


def test_run_waits_and_answers_with_what_stands_on_the_page(api: httpx.Client, pages: Any) -> None:
    url = pages.page("/", "<title>Front</title><h1>Hello</h1><h2>There</h2>")
    answer = api.post("/v1/automation/run", json={"url": url, "goal": "Read it"})
    run = answer.json()
    assert answer.status_code == 200
    assert run["status"] == "COMPLETED"
    assert run["error"] is None
    assert run["num_of_steps"] == 3
    assert run["started_at"] <= run["finished_at"]
    assert run["result"]["extracted_by"] == "tinyfish sandbox (no language model)"
    assert run["result"]["title"] == "Front"
    assert [heading["text"] for heading in run["result"]["headings"]] == ["Hello", "There"]


def test_a_queued_run_goes_from_pending_to_running_to_its_end(pages: Any) -> None:
    with (
        Sandbox(concurrency=1) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.api_key}) as api,
    ):
        first, second = queue(api, pages.held()), queue(api, pages.page("/next", "<title>Next</title>"))
        pages.wait_for("/held")
        running, pending = (api.get(f"/v1/runs/{run_id}").json() for run_id in (first, second))
        assert (running["status"], pending["status"]) == ("RUNNING", "PENDING")
        assert running["started_at"] is not None
        assert pending["started_at"] is None
        assert running["streaming_url"].startswith(sandbox.url)
        assert pending["streaming_url"] is None
        assert running["num_of_steps"] is None
        pages.released.set()
        assert ended(api, first)["status"] == "COMPLETED"
        done = ended(api, second)
        assert done["status"] == "COMPLETED"
        assert done["streaming_url"] is None
        assert [step["action"] for step in done["steps"]][-1] == "Read the title: Next"
        assert done["num_of_steps"] == len(done["steps"])


def test_a_batch_starts_every_run_or_none(api: httpx.Client, pages: Any) -> None:
    entries = [{"url": pages.page(f"/{n}", f"<title>{n}</title>"), "goal": f"goal {n}"} for n in range(3)]
    run_ids = api.post("/v1/automation/run-batch", json={"runs": entries}).json()["run_ids"]
    assert [ended(api, run_id)["result"]["title"] for run_id in run_ids] == ["0", "1", "2"]

    refused = api.post(
        "/v1/automation/run-batch", json={"runs": [entries[0], {**entries[1], "use_profile": "yes"}]}
    )
    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["path"] == ["runs", 1, "use_profile"]
    assert api.get("/v1/runs").json()["pagination"]["total"] == 3


@pytest.mark.parametrize("size", [0, 101])
def test_a_batch_has_its_bounds(api: httpx.Client, size: int) -> None:
    runs = [{"url": "https://a.example", "goal": "g"}] * size
    assert api.post("/v1/automation/run-batch", json={"runs": runs}).status_code == 400
    assert api.post("/v1/runs/batch", json={"run_ids": ["x"] * size}).status_code == 400


def test_a_listing_filters_searches_and_sorts(api: httpx.Client, pages: Any) -> None:
    good = pages.page("/", "<title>Good</title>")
    for goal in ("Read the HEADLINES", "read prices", "Größe lesen"):
        api.post("/v1/automation/run", json={"url": good, "goal": goal})
    api.post("/v1/automation/run", json={"url": pages.url + "/missing", "goal": "headlines again"})

    def goals(**query: str) -> list[str]:
        return [run["goal"] for run in api.get("/v1/runs", params=query).json()["data"]]

    assert goals() == ["headlines again", "Größe lesen", "read prices", "Read the HEADLINES"]
    assert goals(sort_direction="asc") == goals()[::-1]
    assert goals(goal="headLINES") == ["headlines again", "Read the HEADLINES"]
    assert goals(goal="GRÖSSE") == ["Größe lesen"]
    assert goals(goal="100%") == []
    assert goals(status="FAILED") == ["headlines again"]
    assert goals(status="FAILED", goal="prices") == []
    listed = api.get("/v1/runs").json()["data"][0]
    assert "steps" not in listed
    assert "video_url" not in listed


def test_a_listing_knows_when_runs_were_created(api: httpx.Client, pages: Any) -> None:
    api.post("/v1/automation/run", json={"url": pages.page("/", "<title>x</title>"), "goal": "g"})
    created = api.get("/v1/runs").json()["data"][0]["created_at"]
    moment = datetime.fromisoformat(created)
    before, after = (moment + timedelta(seconds=n) for n in (-1, 1))
    elsewhere = after.astimezone(UTC).isoformat().replace("+00:00", "-00:00")

    def total(**query: str) -> int:
        return int(api.get("/v1/runs", params=query).json()["pagination"]["total"])

    assert total(created_after=before.isoformat()) == 1
    assert total(created_after=after.isoformat()) == 0
    assert total(created_before=elsewhere) == 1
    assert total(created_before=before.isoformat()) == 0
    assert total(created_after=created, created_before=created) == 1
    assert api.get("/v1/runs", params={"created_after": "yesterday"}).status_code == 400


def test_pages_of_a_listing_hold_every_run_once_while_new_ones_come(api: httpx.Client, pages: Any) -> None:
    url = pages.page("/", "<title>x</title>")
    entries = [{"url": url, "goal": f"wanted {n}"} for n in range(7)]
    api.post("/v1/automation/run-batch", json={"runs": [*entries, {"url": url, "goal": "other"}]})
    page = api.get("/v1/runs", params={"goal": "wanted", "limit": "3"}).json()
    seen = page["data"]
    while page["pagination"]["has_more"]:
        queue(api, url, goal="wanted, but later")
        # The cursor alone: it carries its filter.
        page = api.get("/v1/runs", params={"cursor": page["pagination"]["next_cursor"], "limit": "3"}).json()
        seen += page["data"]
    assert [run["goal"] for run in seen] == [f"wanted {n}" for n in range(6, -1, -1)]
    assert page["pagination"]["next_cursor"] is None


@pytest.mark.parametrize("cursor", ["", "!", "bm8=", "WzEsMl0=", "WzEsMixbXV0=", "Ww=="])
def test_a_made_up_cursor_is_refused(api: httpx.Client, cursor: str) -> None:
    answer = api.get("/v1/runs", params={"cursor": cursor})
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["path"] == ["cursor"]


@pytest.mark.parametrize("operation", ["run-async", "run-batch"])
def test_a_run_that_is_going_on_is_cancelled(api: httpx.Client, pages: Any, operation: str) -> None:
    body: dict[str, Any] = {"url": pages.held(), "goal": "g"}
    if operation == "run-async":
        run_id = api.post("/v1/automation/run-async", json=body).json()["run_id"]
    else:
        run_id = api.post("/v1/automation/run-batch", json={"runs": [body]}).json()["run_ids"][0]
    pages.wait_for("/held")
    cancelled = api.post(f"/v1/runs/{run_id}/cancel").json()
    assert cancelled["status"] == "CANCELLED"
    assert cancelled["cancelled_at"] is not None
    assert cancelled["message"] is None
    again = api.post(f"/v1/runs/{run_id}/cancel").json()
    assert again["status"] == "CANCELLED"
    assert again["cancelled_at"] == cancelled["cancelled_at"]
    assert again["message"]
    run = api.get(f"/v1/runs/{run_id}").json()
    assert run["status"] == "CANCELLED"
    assert run["finished_at"] == cancelled["cancelled_at"]


def test_a_pending_run_is_cancelled_and_never_starts(pages: Any) -> None:
    with (
        Sandbox(concurrency=1) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.api_key}) as api,
    ):
        first, second = queue(api, pages.held()), queue(api, pages.page("/never", "<title>Never</title>"))
        pages.wait_for("/held")
        assert api.post(f"/v1/runs/{second}/cancel").json()["status"] == "CANCELLED"
        pages.released.set()
        ended(api, first)
        assert api.get(f"/v1/runs/{second}").json()["started_at"] is None
        assert "/never" not in [request.path for request in pages.requests]


def test_cancelling_a_finished_run_tells_how_it_ended(api: httpx.Client, pages: Any) -> None:
    run_id = queue(api, pages.page("/", "<title>x</title>"))
    ended(api, run_id)
    answer = api.post(f"/v1/runs/{run_id}/cancel").json()
    assert (answer["status"], answer["cancelled_at"]) == ("COMPLETED", None)
    assert answer["message"]


def test_a_run_that_is_waited_for_cannot_be_cancelled(
    sandbox: Sandbox, api: httpx.Client, pages: Any
) -> None:
    body = {"url": pages.held(), "goal": "g"}
    with pytest.raises(httpx.ReadTimeout):
        api.post("/v1/automation/run", json=body, timeout=0.2)
    run_id = sandbox.runs[0].run_id
    assert api.post(f"/v1/runs/{run_id}/cancel").status_code == 404
    assert api.post("/v1/runs/batch/cancel", json={"run_ids": [run_id]}).json()["not_found"] == [run_id]
    # And it goes on although its client has gone.
    pages.released.set()
    assert ended(api, run_id)["status"] == "COMPLETED"


def test_many_runs_are_read_and_cancelled_at_once(api: httpx.Client, pages: Any) -> None:
    done, going = queue(api, pages.page("/", "<title>x</title>")), queue(api, pages.held())
    ended(api, done)
    read = api.post("/v1/runs/batch", json={"run_ids": [going, UNKNOWN, done]}).json()
    assert [run["run_id"] for run in read["data"]] == [going, done]
    assert read["not_found"] == [UNKNOWN]
    assert read["data"][1]["steps"]
    cancelled = api.post("/v1/runs/batch/cancel", json={"run_ids": [done, going]}).json()
    assert [result["status"] for result in cancelled["results"]] == ["COMPLETED", "CANCELLED"]
    assert cancelled["not_found"] is None


def test_unknown_runs_are_not_found(api: httpx.Client) -> None:
    for answer in (api.get(f"/v1/runs/{UNKNOWN}"), api.post(f"/v1/runs/{UNKNOWN}/cancel")):
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "NOT_FOUND"


def test_the_batch_paths_are_no_runs(api: httpx.Client) -> None:
    for method, path, allowed in (
        ("GET", "/v1/runs/batch", "POST"),
        ("GET", "/v1/runs/batch/cancel", "POST"),
        ("DELETE", "/v1/browser/usage", "GET"),
    ):
        answer = api.request(method, path)
        assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


def test_a_run_has_no_more_steps_and_seconds_than_it_was_given(api: httpx.Client, pages: Any) -> None:
    url = pages.page("/", "<title>x</title><h1>y</h1>")
    enough, short = ({"url": url, "goal": "g", "agent_config": {"max_steps": steps}} for steps in (3, 2))
    assert api.post("/v1/automation/run", json=enough).json()["status"] == "COMPLETED"
    failed = api.post("/v1/automation/run", json=short).json()
    assert (failed["error"]["code"], failed["num_of_steps"]) == ("MAX_STEPS_EXCEEDED", 2)
    slow = {"url": pages.held(), "goal": "g", "agent_config": {"max_duration_seconds": 1}}
    assert api.post("/v1/automation/run", json=slow).json()["error"]["code"] == "TIMEOUT"


def test_runs_outlive_the_sandbox_in_a_file(tmp_path: Any, pages: Any) -> None:
    database = str(tmp_path / "runs.db")
    with Sandbox(chromium=False, database=database) as sandbox:
        url = sandbox.url
        headers = {"X-API-Key": sandbox.api_key}
        httpx.post(
            f"{url}/v1/automation/run",
            json={"url": pages.page("/", "<title>x</title>"), "goal": "g"},
            headers=headers,
        )
        httpx.post(f"{url}/v1/automation/run-async", json={"url": pages.held(), "goal": "h"}, headers=headers)
        pages.wait_for("/held")
    with Sandbox(chromium=False, database=database) as sandbox:
        assert [(run.goal, run.status) for run in sandbox.runs] == [("g", "COMPLETED"), ("h", "FAILED")]
        assert sandbox.runs[1].error is not None
        assert sandbox.runs[1].error["category"] == "SYSTEM_FAILURE"


def test_what_a_killed_sandbox_left_unfinished_has_failed(tmp_path: Any) -> None:
    (tmp_path / "rules.yaml").write_text("rules: [{hangs: true}]")
    arguments = [
        "--port",
        "0",
        "--no-chromium",
        "--api-key",
        "sandbox-key",
        "--database",
        "runs.db",
        "--rules",
        "rules.yaml",
    ]
    command = [sys.executable, "-m", "tinyfish.sandbox", *arguments]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[4]
        with httpx.Client(base_url=url, headers={"X-API-Key": "sandbox-key"}) as api:
            run_id = queue(api, "https://a.example")
        process.kill()
    with Sandbox(database=str(tmp_path / "runs.db")) as sandbox:
        (run,) = sandbox.runs
        assert (run.run_id, run.status) == (run_id, "FAILED")
        assert run.error is not None
        assert run.error["category"] == "SYSTEM_FAILURE"
