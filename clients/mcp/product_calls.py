"""Calls of every tool of the products, for `test.py every-tool`. The other tools are called by its tasks."""

from collections.abc import Awaitable, Callable
from typing import Any

from tinyfish.sandbox import Sandbox

URL = "https://shop.example/"
QUESTION = "Which kettle is made of steel?"
ENDLESS = "All kettles of the world"

Call = Callable[..., Awaitable[Any]]


def prepare(sandbox: Sandbox) -> None:
    """Set what the calls below find."""
    sandbox.add_page(URL, "<title>Kettles</title>A kettle of steel")
    sandbox.on(product="research", query=ENDLESS, hangs=True)
    sandbox.on(product="datasets", prompt=ENDLESS, hangs=True)


async def search_and_fetch(call: Call) -> None:
    await call("searchWeb", query="kettle")
    await call("listSearchUsage")
    await call("fetchContents", urls=[URL])
    await call("listFetchUsage")


async def research(call: Call) -> None:
    run_id = (await call("queueResearch", query=QUESTION))["research_run_id"]
    assert "data:" in await call("followResearch", run_id=run_id)
    await call("getResearch", run_id=run_id)
    assert "data:" in await call("streamResearch", query=QUESTION)
    await call("listResearch")
    endless = (await call("queueResearch", query=ENDLESS))["research_run_id"]
    await call("cancelResearch", run_id=endless)


async def monitors(call: Call) -> None:
    config = {"query": "kettle"}
    created = await call("createMonitor", type="search", config=config, schedule_cron="0 9 * * *")
    monitor_id = created["monitor"]["id"]
    await call("listMonitors")
    await call("getMonitor", monitor_id=monitor_id)
    await call("updateMonitor", monitor_id=monitor_id, schedule_cron="0 8 * * *")
    await call("runMonitor", monitor_id=monitor_id)
    await call("deleteMonitor", monitor_id=monitor_id)


async def datasets(call: Call) -> None:
    spec = (await call("planDataset", prompt="Kettles of steel in shops"))["spec"]
    created = await call("createDataset", spec=spec, target_rows=1)
    dataset_id = created["id"]
    assert "data:" in await call(
        "followDatasetRun", dataset_id=dataset_id, dataset_run_id=created["run"]["id"]
    )
    await call("listDatasets")
    await call("getDataset", dataset_id=dataset_id)
    await call("listDatasetRows", dataset_id=dataset_id)
    await call("populateDataset", dataset_id=dataset_id, reset=True)
    await call("deleteDataset", dataset_id=dataset_id)
    endless = await call("createDataset", prompt=ENDLESS)
    await call("cancelDatasetRun", dataset_id=endless["id"], dataset_run_id=endless["run"]["id"])


async def profiles(call: Call) -> None:
    profile_id = (await call("createProfile", name="Shop"))["id"]
    await call("listProfiles")
    for end in ("saveProfileSetup", "cancelProfileSetup"):
        session = await call("startProfileSetup", profile_id=profile_id)
        await call(end, profile_id=profile_id, session_id=session["session_id"])


async def vault_and_wallet(call: Call) -> None:
    connected = await call("connectVault", provider="1password", token="any")
    await call("listVaultConnections")
    await call("listVaultItems")
    await call("syncVaultItems")
    await call("disconnectVault", connection_id=connected["connectionId"])
    await call("getWallet")


ALL = (search_and_fetch, research, monitors, datasets, profiles, vault_and_wallet)
