"""Watch a page: a check now, and one every morning until the monitor is cancelled."""

import asyncio
import sys

from tinyfish import AsyncTinyFish, FetchMonitorRun, TinyFish


def main() -> None:
    with TinyFish() as client:
        config = {"url": "https://example.com/news/", "format": "markdown"}
        created = client.monitors.create("fetch", config, "CRON_TZ=Europe/Berlin 0 9 * * *", name="News")
        if isinstance(created.run, FetchMonitorRun):
            print(created.run.results[0].title, created.run.is_baseline)
        for monitor in client.monitors.list().monitors:
            print(monitor.name, monitor.status, monitor.schedule_cron)
        client.monitors.cancel(created.monitor.id)


async def main_async() -> None:
    async with AsyncTinyFish() as client:
        created = await client.monitors.create("search", {"query": "harbour"}, "0 * * * *")
        print(created.monitor.status, created.run)
        await client.monitors.cancel(created.monitor.id)


if __name__ == "__main__":
    asyncio.run(main_async()) if "--async" in sys.argv else main()
