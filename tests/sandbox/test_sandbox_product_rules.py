"""Rules and faults of every product: what is found, and what is refused."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tinyfish import APIStatusError, PaymentRequiredError, TinyFish
from tinyfish.sandbox import Sandbox, contract
from tinyfish.sandbox.script.files import load

PAGE = "https://shop.example/kettle"
NEWS: dict[str, Any] = {"type": "search", "config": {"query": "tea news"}, "schedule_cron": "0 9 * * *"}


@pytest.fixture
def client(sandbox: Sandbox) -> Any:
    with TinyFish(api_key=sandbox.api_key, base_url=sandbox.url, max_retries=0) as made:
        yield made


def test_a_search_finds_what_its_rule_says(sandbox: Sandbox, client: TinyFish) -> None:
    sandbox.on(
        product="search", query="*kettle*", results=[{"url": PAGE, "title": "Kettle", "date": "2026-11-01"}]
    )
    sandbox.on(product="search", query="many", results=[{"url": f"https://{n}.example"} for n in range(25)])
    sandbox.on(product="search", query="busy", error={"status": 503, "message": "Later"}, times=1)
    (found,) = client.search.query("A red kettle").results
    assert (found.position, found.site_name, found.title, found.snippet) == (1, "shop.example", "Kettle", "")
    assert [one.position for one in client.search.iter("many")] == list(range(1, 26))
    assert client.search.query("many", page=2).total_results == 25
    with pytest.raises(APIStatusError, match="503 SERVICE_BUSY: Later"):
        client.search.query("busy")
    assert client.search.query("busy").results == []


def test_a_page_is_what_its_rule_says(sandbox: Sandbox, client: TinyFish) -> None:
    sandbox.on(product="fetch", url="https://shop.example/*", html="<title>Tea</title><h1>49</h1>")
    sandbox.on(product="fetch", url=PAGE, page={"title": "Kettle", "text": "# 49", "author": None})
    sandbox.on(
        product="fetch", url="https://gone.example", error={"error": "target_http_error", "status": 410}
    )
    sandbox.on(product="fetch", url=re.compile(r"slow\.example"), error="timeout")
    urls = ["https://shop.example/tea", PAGE, "https://gone.example", "https://slow.example"]
    got = client.fetch.get_contents(urls)
    assert [(page.title, page.text) for page in got.results] == [("Tea", "# 49"), ("Kettle", "# 49")]
    assert [(error.error, error.status) for error in got.errors] == [
        ("target_http_error", 410),
        ("timeout", None),
    ]


def test_a_dataset_is_filled_as_its_rule_says(sandbox: Sandbox, client: TinyFish) -> None:
    spec = {
        "name": "Cafes",
        "description": "Cafes",
        "columns": [{"name": "name", "type": "string", "is_primary_key": True}],
    }
    sandbox.on(
        product="datasets", prompt="*cafes*", spec=spec, rows=[{"name": "A"}, {"name": "B"}], error="Too few"
    )
    sandbox.on(
        product="datasets",
        prompt="bars of the town",
        events=[
            {"event": "row", "row_id": "1", "data": {"name": "A"}},
            {"event": "row", "row_id": "2", "data": {"name": "B"}},
            {"event": "row", "row_id": "1", "deleted": True},
            {"event": "from next year", "text": "Nearly"},
        ],
    )
    assert client.datasets.plan(prompt="All cafes").spec.columns[0].name == "name"
    made = client.datasets.create(prompt="All cafes")
    status = list(client.datasets.events(made.id, made.run.id))[-2]
    assert (status.status, status.error) == ("failed", "Too few")
    assert [row.data["name"] for row in client.datasets.iter_rows(made.id)] == ["A", "B"]
    assert client.datasets.get(made.id).status == "failed"
    bars = client.datasets.create(prompt="Bars of the town")
    assert list(client.datasets.events(bars.id, bars.run.id))[-2].status == "done"
    assert [row.id for row in client.datasets.iter_rows(bars.id)] == ["2"]


def test_a_dataset_that_hangs_is_cancelled_and_stays_so(sandbox: Sandbox, client: TinyFish) -> None:
    sandbox.on(product="datasets", rows=[{"name": "A"}], latency=0.05)
    made = client.datasets.create(prompt="All cafes")
    assert client.datasets.cancel_run(made.id, made.run.id).status == "cancelled"
    again = client.datasets.populate(made.id)  # while the first one's rule still waits
    assert again.run.id != made.run.id
    assert list(client.datasets.events(made.id, again.run.id))[-2].status == "done"
    sandbox.on(product="datasets", prompt="*endless*", hangs=True)
    endless = client.datasets.create(prompt="An endless one")
    assert client.datasets.get(endless.id).status == "populating"


def test_a_monitor_finds_what_its_rule_says(sandbox: Sandbox, client: TinyFish) -> None:
    sandbox.on(product="monitors", query="tea *", results=[{"url": PAGE}], times=1)
    sandbox.on(product="monitors", query="tea *", error={"error": "Busy", "status": 503}, times=1)
    sandbox.on(product="monitors", query="tea *", results=[{"url": "https://b.example"}, {"url": PAGE}])
    sandbox.on(product="monitors", name="Kettle", page={"text": {"price": 49}})
    sandbox.on(product="search", query="*", results=[{"url": "https://c.example"}])
    made = client.monitors.create(**NEWS)
    assert [found.url for found in made.run.results] == [PAGE]
    assert client.monitors.run(made.monitor.id).run.status_code == 503
    assert client.monitors.get(made.monitor.id).last_error == "Busy"
    assert client.monitors.run(made.monitor.id).run.new_result_positions == [1]
    assert client.monitors.get(made.monitor.id).last_error is None
    # Without a rule of its own, a monitor finds what searches find.
    other = client.monitors.create(**{**NEWS, "config": {"query": "other"}})
    assert [found.url for found in other.run.results] == ["https://c.example"]
    kettle = client.monitors.create("fetch", {"url": PAGE}, "0 9 * * *", name="Kettle")
    assert kettle.run.results[0].text == {"price": 49}


def test_a_vault_may_want_a_code_or_have_other_items(sandbox: Sandbox, client: TinyFish) -> None:
    sandbox.on(
        product="vault",
        provider="bitwarden",
        error={"status": 401, "code": "MFA_REQUIRED", "message": "Enter the code"},
    )
    sandbox.on(product="vault", items=[{"label": "Bank", "domains": ["bank.example"], "hasTotp": True}])
    with pytest.raises(APIStatusError, match="401 MFA_REQUIRED: Enter the code"):
        client.vault.connections.connect_bitwarden(client_id="a", client_secret="b", master_password="c")
    made = client.vault.connections.connect_1password(token="t")
    (item,) = client.vault.items.list().items
    assert (item.label, item.has_totp, item.connection_id) == ("Bank", True, made.connection_id)


def test_the_wallet_is_what_its_rule_says(sandbox: Sandbox, client: TinyFish) -> None:
    on = {"state": "paused_payment_failed", "threshold": "5.00", "recharge_to": "25.00"}
    sandbox.on(product="wallet", wallet={"auto_reload": on, "rates": None}, times=1)
    sandbox.on(product="wallet", error={"status": 404, "code": "FEATURE_NOT_AVAILABLE"}, times=1)
    wallet = client.wallet.get()
    assert (wallet.auto_reload.state, wallet.auto_reload.threshold) == ("paused_payment_failed", Decimal(5))
    assert (wallet.rates, wallet.available_balance) == (None, Decimal("100.00"))
    with pytest.raises(APIStatusError, match="FEATURE_NOT_AVAILABLE"):
        client.wallet.get()
    assert client.wallet.get().auto_reload.state == "unconfigured"


COSTS: dict[str, tuple[int, Any]] = {
    "run": (403, lambda client: client.agent.run(goal="g", url=PAGE)),
    "queue_many": (403, lambda client: client.agent.queue_many([{"goal": "g", "url": PAGE}])),
    "session": (402, lambda client: client.browser.sessions.create()),
    "research": (402, lambda client: client.research.queue(query="q")),
    "monitor": (402, lambda client: client.monitors.create(**NEWS)),
    "dataset": (402, lambda client: client.datasets.create(prompt="All cafes")),
}


@pytest.mark.parametrize(("status", "call"), COSTS.values(), ids=COSTS)
def test_an_empty_wallet_refuses_what_costs_money(
    sandbox: Sandbox, client: TinyFish, status: int, call: Any
) -> None:
    sandbox.on(product="wallet", wallet={"available_balance": "-0.50"})
    with pytest.raises(APIStatusError, match="INSUFFICIENT_CREDITS") as caught:
        call(client)
    assert caught.value.status_code == status
    assert isinstance(caught.value, PaymentRequiredError) == (status == 402)
    assert (sandbox.runs, client.research.list().data) == ([], [])
    assert client.search.query("is free").results == []


def test_what_runs_cost_empties_it(sandbox: Sandbox) -> None:
    with Sandbox(chromium=False, balance="0.03") as poor:
        poor.on(result=1, steps=2)
        client = TinyFish(api_key=poor.api_key, base_url=poor.url, max_retries=0)
        assert client.agent.run(goal="g", url=PAGE).result == 1
        with pytest.raises(APIStatusError, match=r"The wallet is empty: its balance is -0\.002 USD"):
            client.agent.run(goal="g", url=PAGE)


def test_runs_have_a_profile_that_exists(sandbox: Sandbox, client: TinyFish) -> None:
    sandbox.on(result=1)
    for profile_id in ("prof_none", None):
        with pytest.raises(APIStatusError, match="404 NOT_FOUND: There is no"):
            client.agent.run(goal="g", url=PAGE, use_profile=True, profile_id=profile_id)
    assert sandbox.runs == []
    profile = client.profiles.create("Shop", set_as_default=True)
    for profile_id in (profile.id, None):
        done = client.agent.run(goal="g", url=PAGE, use_profile=True, profile_id=profile_id)
        assert client.runs.get(done.run_id).to_dict()["profile_id"] == profile.id
    assert client.runs.get(client.agent.run(goal="g", url=PAGE).run_id).to_dict()["profile_attached"] is False


def test_a_run_has_the_cookies_that_a_setup_saved(browser: None, pages: Any) -> None:
    login = pages.page("/login", "<title>In</title>", Set_Cookie="id=secret-1; Max-Age=999; Path=/")
    home = pages.page("/", "<title>Home</title>")
    with Sandbox() as sandbox, TinyFish(api_key=sandbox.api_key, base_url=sandbox.url) as client:
        sandbox.on(product="profiles", name="Shop", saved={"cookie_count": 9})
        profile = client.profiles.create("Shop")
        with client.profiles.setup.start(profile.id, url=login) as setup:
            while "In" not in httpx.get(f"{setup.base_url}/pages").text:
                pages.wait_for("/login")
        assert setup.saved.cookie_count == 9
        client.agent.run(goal="g", url=home, use_profile=True, profile_id=profile.id)
        client.agent.run(goal="g", url=home)
        cookies = [dict(request.headers).get("Cookie") for request in pages.requests if request.path == "/"]
        assert cookies == ["id=secret-1", None]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"product": "email", "result": 1}, "product: Expected one of agent, datasets, fetch"),
        ({"product": "search"}, "must define what its searches do: set one of results, error, latency"),
        ({"product": "search", "goal": "g", "results": []}, "goal: A rule for searches has no such option"),
        ({"goal": "g", "results": []}, "results: A rule for runs has no such option"),
        ({"query": "q", "steps": 1}, "steps: A rule for research runs has no such option"),
        ({"product": "search", "results": [{"title": "No address"}]}, r"results\.0\.url: Required"),
        ({"product": "search", "results": [{"url": 1}]}, r"results\.0\.url: Expected string"),
        ({"product": "search", "results": [{"url": "u", "titel": "t"}]}, r"titel: Unknown field"),
        ({"product": "search", "results": [], "error": {"status": 500}}, "either results or error"),
        ({"product": "search", "error": "no"}, "error: Expected object"),
        ({"product": "vault", "error": {"status": 200}}, r"error\.status: Must be at least 400"),
        ({"product": "vault", "provider": {"regex": "["}, "items": []}, r"provider\.regex"),
        ({"product": "fetch", "html": "x", "error": "timeout"}, "either html or error"),
        ({"product": "fetch", "page": {"tittle": "x"}}, r"page\.tittle: Unknown field"),
        ({"product": "datasets", "rows": [], "events": []}, "either rows or events"),
        ({"product": "datasets", "rows": [1]}, r"rows\.0: Expected object"),
        ({"product": "datasets", "events": [{"event": "row"}]}, "row_id"),
        ({"product": "datasets", "events": [{"event": "done"}]}, "event"),
        ({"product": "wallet", "wallet": {"available_balance": "much"}}, "available_balance: Not a valid"),
        ({"product": "wallet", "wallet": {"auto_reload": {"state": "on"}}}, "auto_reload"),
        ({"product": "profiles", "saved": {"cookie_count": "2"}}, r"saved\.cookie_count: Expected integer"),
        ({"product": "monitors", "html": "x", "times": 0}, "times: Must be at least 1"),
    ],
)
def test_a_wrong_rule_is_refused_when_it_is_set(
    sandbox: Sandbox, api: httpx.Client, tmp_path: Path, rule: Any, said: str
) -> None:
    import yaml

    with pytest.raises(ValueError, match=said):
        sandbox.on(**rule)
    answer = api.post("/_sandbox/rules", json=rule)
    assert answer.status_code == 400
    assert re.search(said, answer.json()["error"]["message"])
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"rules": [rule]}))
    with pytest.raises(ValueError, match=said):
        load(file)


@pytest.mark.parametrize(
    "operation",
    [one for one in contract.operations() if one.tag != "session"],
    ids=lambda one: one.operation_id,
)
def test_every_operation_can_fail(sandbox: Sandbox, api: httpx.Client, operation: Any) -> None:
    sandbox.fault(operation.operation_id, status=503, code="ODD", retry_after=2)
    answer = api.request(operation.method, re.sub(r"{\w+}", "x", operation.path), json={})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json()["error"]["code"] == "ODD"
    assert [call.status for call in sandbox.requests] == [503]
