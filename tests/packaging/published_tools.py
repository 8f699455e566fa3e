"""Calls every tool of langchain-tinyfish 0.1.1 and tinyfish-adk 0.1.2, and prints what each answers as JSON.

Usage: python published_tools.py PAGE_URL, with TINYFISH_API_KEY and TINYFISH_BASE_URL in the environment.
"""

import asyncio
import json
import sys
import time

import langchain_tinyfish
from tinyfish_adk import tools as adk

page = sys.argv[1]
run = {"url": page, "goal": "Read the title"}
fetch = {"urls": [page], "format": "markdown", "links": True}
session = {"url": page, "timeout_seconds": 60}

answers: dict[str, str] = {
    "adk.web_agent": adk.tinyfish_web_agent(**run),
    "adk.web_agent through a proxy": adk.tinyfish_web_agent(**run, proxy_country="US"),
    "adk.queue_run": adk.tinyfish_queue_run(**run),
    "adk.search": adk.tinyfish_search("title"),
    "adk.fetch": adk.tinyfish_fetch([page]),
    "adk.create_browser_session": adk.tinyfish_create_browser_session(page, 60),
}
run_id = answers["adk.queue_run"].rpartition(" ")[2]
while (answer := adk.tinyfish_get_run(run_id)).startswith(("Status: PENDING", "Status: RUNNING")):
    time.sleep(0.2)  # Chromium is slow on a busy machine; the test has a time limit
answers["adk.get_run"] = answer
answers["adk.list_runs"] = adk.tinyfish_list_runs("COMPLETED", 5)


async def langchain() -> None:
    automation = langchain_tinyfish.TinyFishWebAutomation()
    for name, tool, given in (
        ("automation", automation, run),
        ("search", langchain_tinyfish.TinyFishSearch(), {"query": "title"}),
        ("fetch", langchain_tinyfish.TinyFishFetch(), fetch),
        ("browser_session", langchain_tinyfish.TinyFishBrowserSession(), session),
    ):
        answers[f"langchain.{name}"] = tool.invoke(given)
        answers[f"langchain.{name}, async"] = await tool.ainvoke(given)
    wrapper = langchain_tinyfish.TinyFishAPIWrapper()
    answers["langchain.run_sse"] = json.dumps([event["type"] for event in wrapper.run_sse(**run)])
    answers["langchain.arun_sse"] = json.dumps([event["type"] async for event in wrapper.arun_sse(**run)])
    answers["langchain.run"] = wrapper.run(**run)
    answers["langchain.arun"] = await wrapper.arun(**run)
    answers["langchain.get_run"] = json.dumps(await wrapper.get_run(run_id))
    answers["langchain.list_runs"] = json.dumps(await wrapper.list_runs())


asyncio.run(langchain())
print(json.dumps(answers))
