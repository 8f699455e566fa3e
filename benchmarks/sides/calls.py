"""Sequential calls: getting a run, and iterating over a list.

Fields of the results are read, because the client decodes a field only when it's first read.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from operator import attrgetter, itemgetter
from typing import Any

from benchmarks.sides.stopwatch import Stopwatch

KEY = "sk-tinyfish-benchmark"
HEADERS = {"X-API-Key": KEY}
RUN_ID = "00000001-0000-4000-8000-000000000000"
READ = ("run_id", "status", "result")


def get_floor(base_url: str, count: int, library: str = "httpx") -> dict[str, Any]:
    url = f"{base_url}/v1/runs/{RUN_ID}"
    with importlib.import_module(library).Client() as client:
        json.loads(client.get(url, headers=HEADERS).content)
        read = itemgetter(*READ)
        with Stopwatch() as watch:
            for _ in range(count):
                assert read(json.loads(client.get(url, headers=HEADERS).content))[0] == RUN_ID
    return {"value": watch.seconds / count * 1e6}


def get_client(base_url: str, count: int) -> dict[str, Any]:
    from tinyfish import TinyFish

    with TinyFish(api_key=KEY, base_url=base_url) as client:
        client.runs.get(RUN_ID)
        read = attrgetter(*READ)
        with Stopwatch() as watch:
            for _ in range(count):
                assert read(client.runs.get(RUN_ID))[0] == RUN_ID
    return {"value": watch.seconds / count * 1e6}


def pages_floor(base_url: str, pages: int, fields: Sequence[str] = READ) -> dict[str, Any]:
    import httpx

    read = itemgetter(*fields)
    with httpx.Client() as client:

        def walked() -> int:
            runs, params = 0, {"limit": "100"}
            while True:
                page = json.loads(client.get(f"{base_url}/v1/runs", params=params, headers=HEADERS).content)
                for run in page["data"]:
                    read(run)
                    runs += 1
                if not page["pagination"]["has_more"]:
                    return runs
                params["cursor"] = page["pagination"]["next_cursor"]

        return _timed(walked, pages)


def pages_client(base_url: str, pages: int, fields: Sequence[str] = READ) -> dict[str, Any]:
    from tinyfish import TinyFish

    read = attrgetter(*fields)
    with TinyFish(api_key=KEY, base_url=base_url) as client:

        def walked() -> int:
            runs = 0
            for run in client.runs.iter(page_size=100):
                read(run)
                runs += 1
            return runs

        return _timed(walked, pages)


def _timed(walked: Any, pages: int) -> dict[str, Any]:
    walked()  # the server builds its responses, and a connection is opened
    with Stopwatch() as watch:
        runs = walked()
    assert runs == pages * 100
    return {"value": pages / watch.seconds, "seconds": watch.seconds}
