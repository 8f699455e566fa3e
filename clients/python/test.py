"""The tasks of clients/run.py, with the client that openapi-generator makes of itself."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import tinyfish_session
import tinyfish_stock as api
import urllib3

BASE = os.environ["TINYFISH_BASE_URL"]
KEY = os.environ["TINYFISH_API_KEY"]

# urllib3 retries requests that failed before they were sent; retries=False turns that off:
# https://urllib3.readthedocs.io/en/stable/reference/urllib3.util.html#urllib3.util.Retry
config = api.Configuration(host=BASE, api_key={"ApiKey": KEY}, retries=False)
client = api.ApiClient(config)
agent, runs, browser = api.AgentApi(client), api.RunsApi(client), api.BrowserApi(client)


def request(goal: str, **more: Any) -> api.AgentRunRequest:
    return api.AgentRunRequest(goal=goal, url="https://shop.example/", **more)


def wait_for(run_id: str) -> str:
    while (run := runs.get_run(run_id)).status in ("PENDING", "RUNNING"):
        time.sleep(0.02)
    return f"{run.status} {run.result['headlines'][0]}"


# The code for events: the generated stream_run reads the whole stream first.
def events(goal: str) -> Iterator[dict[str, Any]]:
    body = {"goal": goal, "url": "https://shop.example/"}
    headers = {"X-API-Key": KEY, "Accept": "text/event-stream"}
    with httpx.stream(
        "POST", f"{BASE}/v1/automation/run-sse", json=body, headers=headers, timeout=60
    ) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if line.startswith("data:"):
                yield json.loads(line[5:])


def run() -> str:
    found = agent.run_agent(request("headlines"))
    return f"{found.status} {found.result['headlines'][0]}"


def listing() -> str:
    seen, cursor = 0, None
    while True:
        page = runs.list_runs(limit=2, cursor=cursor)
        seen += len(page.data)
        cursor = page.pagination.next_cursor
        if not page.pagination.has_more:
            return str(seen)


def batch() -> str:
    item = api.BatchRunItem(goal="headlines", url="https://shop.example/")
    ids = agent.queue_runs(api.AgentRunBatchRequest(runs=[item, item])).run_ids
    found = runs.get_runs_batch(api.RunIdsRequest(run_ids=[*ids, "unknown"]))
    return f"{len(found.data)} found, {len(found.not_found)} not"


def session() -> str:
    made = browser.create_browser_session(api.BrowserSessionRequest(timeout_seconds=60))
    usage = browser.list_browser_usage(session_id=made.session_id)
    browser.delete_browser_session(made.session_id)
    return f"{len(usage.items)} in use, deleted"


def pages() -> str:
    host = tinyfish_session.Configuration(host=browser.create_browser_session().base_url)
    found = tinyfish_session.SessionApi(tinyfish_session.ApiClient(host)).list_session_pages()
    return str(found[0].url)


def broken_stream() -> str:
    run_id = ""
    try:
        for event in events("headlines"):
            run_id = run_id or event["run_id"]
    except httpx.TransportError:
        pass  # the run goes on: poll it
    return wait_for(run_id)


def lost_answer() -> str:
    try:
        return agent.queue_run(request("headlines")).run_id
    except urllib3.exceptions.HTTPError:
        return "error"


def error(call: Callable[[], object]) -> str:
    try:
        call()
    except api.ApiException as failure:
        return f"{failure.status} {failure.data.error.code}"
    return "no error"


TASKS: dict[str, Callable[[], str]] = {
    "run": run,
    "poll": lambda: wait_for(agent.queue_run(request("headlines")).run_id),
    "list": listing,
    "batch": batch,
    "cancel": lambda: runs.cancel_run(agent.queue_run(request("endless")).run_id).status,
    "session": session,
    "pages": pages,
    "events": lambda: " ".join(event["type"] for event in events("headlines")),
    "broken-stream": broken_stream,
    "lost-answer": lost_answer,
    "error-400": lambda: error(
        lambda: agent.queue_run(
            request("headlines", proxy_config=api.ProxyConfig(enabled=True, type=api.ProxyType.CUSTOM))
        )
    ),
    "error-401": lambda: error(runs.list_runs),
    "error-404": lambda: error(lambda: runs.get_run("unknown")),
    "unknown-status": lambda: runs.get_run("any").status,
    "unknown-field": lambda: runs.get_run("any").status,
    "list-result": lambda: ",".join(agent.run_agent(request("list")).result),
}

print(TASKS[sys.argv[1]]())
