"""Many concurrent tasks in one event loop."""

from __future__ import annotations

import asyncio
import importlib
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.sides.stopwatch import Stopwatch

KEY = "sk-tinyfish-benchmark"
URL = "https://example.com"
Call = Callable[[], Awaitable[None]]
Pair = Callable[[str, Callable[[Awaitable[Any]], Awaitable[Any]]], Awaitable[None]]


def queue_get_floor(
    base_url: str,
    tasks: int,
    pairs: int,
    library: str = "httpx",
    limits: int | None = None,
    http2: bool = False,
) -> dict[str, Any]:
    """httpx, or httpx2. The timeout is longer than the default, so that no request is lost to it."""
    http = importlib.import_module(library)
    options: dict[str, Any] = {"headers": {"X-API-Key": KEY}, "timeout": 600, "http2": http2}
    if limits is not None:
        options["limits"] = http.Limits(max_connections=limits, max_keepalive_connections=limits)

    async def main() -> dict[str, Any]:
        async with http.AsyncClient(**options) as client:

            async def pair(goal: str, timed: Callable[[Awaitable[Any]], Awaitable[Any]]) -> None:
                body = {"goal": goal, "url": URL}
                answer = await timed(client.post(f"{base_url}/v1/automation/run-async", json=body))
                run_id = json.loads(answer.content)["run_id"]
                answer = await timed(client.get(f"{base_url}/v1/runs/{run_id}"))
                assert json.loads(answer.content)["run_id"] == run_id

            return await _pairs(pair, tasks, pairs)

    return asyncio.run(main())


def queue_get_client(
    base_url: str, tasks: int, pairs: int, http_client: str | None = None, library: str = "httpx"
) -> dict[str, Any]:
    """The client; with `library="httpx2"`, its imports of httpx and httpcore get httpx2 and httpcore2."""
    if library == "httpx2":
        importlib.import_module("httpx2").alias_httpx()
        sys.modules["httpcore"] = importlib.import_module("httpcore2")
    from tinyfish import AsyncTinyFish

    async def main() -> dict[str, Any]:
        given = _made(http_client)
        async with AsyncTinyFish(api_key=KEY, base_url=base_url, http_client=given) as client:

            async def pair(goal: str, timed: Callable[[Awaitable[Any]], Awaitable[Any]]) -> None:
                run_id = (await timed(client.agent.queue(goal=goal, url=URL))).run_id
                run = await timed(client.runs.get(run_id))
                assert run.run_id == run_id

            result = await _pairs(pair, tasks, pairs)
        if given is not None:
            await given.aclose()
        return result

    return asyncio.run(main())


async def _pairs(pair: Pair, tasks: int, pairs: int) -> dict[str, Any]:
    latencies: list[float] = []
    errors: list[BaseException] = []

    async def timed(call: Awaitable[Any]) -> Any:
        began = time.perf_counter()
        answer = await call
        latencies.append(time.perf_counter() - began)
        return answer

    async def task(number: int) -> None:
        for i in range(pairs):
            try:
                await pair(f"Extract the headlines ({number}, {i})", timed)
            except Exception as error:  # noqa: BLE001 - any error means a lost pair
                errors.append(error)

    await pair("Extract the headlines", timed)
    latencies.clear()
    with Stopwatch() as watch:
        await asyncio.gather(*(task(number) for number in range(tasks)))
    return {
        "value": len(latencies) / watch.seconds,
        "wall": watch.seconds,
        "seconds": watch.seconds / pairs,  # per pair of every task
        **_losses(errors),
        **_percentiles(latencies),
    }


def runs_floor(base_url: str, runs: int) -> dict[str, Any]:
    """No client: the second for which the server holds every response."""
    return {"value": 1.0, "lost": 0}


def runs_httpx(base_url: str, runs: int) -> dict[str, Any]:
    import httpx

    async def main() -> dict[str, Any]:
        async with httpx.AsyncClient(headers={"X-API-Key": KEY}, timeout=600) as client:

            async def run(number: int) -> None:
                body = {"goal": f"Extract the headlines ({number})", "url": URL}
                answer = await client.post(f"{base_url}/v1/automation/run", json=body)
                assert json.loads(answer.content)["status"] == "COMPLETED"

            return await _at_once(run, runs)

    return asyncio.run(main())


def runs_client(base_url: str, runs: int, http_client: str | None = None) -> dict[str, Any]:
    from tinyfish import AsyncTinyFish

    async def main() -> dict[str, Any]:
        given = _made(http_client)
        async with AsyncTinyFish(api_key=KEY, base_url=base_url, http_client=given) as client:

            async def run(number: int) -> None:
                response = await client.agent.run(goal=f"Extract the headlines ({number})", url=URL)
                assert response.status == "COMPLETED"

            result = await _at_once(run, runs)
        if given is not None:
            await given.aclose()
        return result

    return asyncio.run(main())


async def _at_once(run: Callable[[int], Awaitable[None]], runs: int) -> dict[str, Any]:
    latencies: list[float] = []
    errors: list[BaseException] = []

    async def task(number: int) -> None:
        began = time.perf_counter()
        try:
            await run(number)
        except Exception as error:  # noqa: BLE001 - any error means a lost run
            errors.append(error)
        else:
            latencies.append(time.perf_counter() - began)

    with Stopwatch() as watch:
        await asyncio.gather(*(task(number) for number in range(runs)))
    return {"value": watch.seconds, "wall": watch.seconds, **_losses(errors), **_percentiles(latencies)}


def _made(factory: str | None) -> Any:
    """The object that `module:factory` creates; None without a factory."""
    if factory is None:
        return None
    module, _, name = factory.partition(":")
    return getattr(importlib.import_module(module), name)()


def _losses(errors: list[BaseException]) -> dict[str, Any]:
    if errors:
        print(f"first of {len(errors)} errors: {errors[0]!r}", file=sys.stderr)
    return {"lost": len(errors)}


def _percentiles(latencies: list[float]) -> dict[str, float]:
    if len(latencies) < 2:
        return {}
    cuts = statistics.quantiles(latencies, n=100)
    return {"p50_ms": cuts[49] * 1000, "p99_ms": cuts[98] * 1000, "p99_over_p50": cuts[98] / cuts[49]}
