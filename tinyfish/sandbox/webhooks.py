"""Telling a run's webhook_url that the run has ended."""

import asyncio
import logging
from collections.abc import Sequence

import aiohttp

from tinyfish.sandbox.json_types import JsonObject

_log = logging.getLogger("tinyfish.sandbox")

DELAYS = (1.0, 2.0, 4.0)


async def deliver(
    http: aiohttp.ClientSession, url: str, payload: JsonObject, *, delays: Sequence[float] = DELAYS
) -> bool:
    """Send the webhook, again after each of `delays` when the receiver fails.

    Args:
        http: What sends it.
        url: Where to.
        payload: The JSON body.
        delays: Seconds to wait before each repetition; its length is how often it is repeated.

    Returns:
        Whether the receiver took it. A 4xx answer is a refusal and is not repeated, nor is an address that cannot
        be asked.
    """
    for wait in (*delays, None):
        try:
            limit = aiohttp.ClientTimeout(total=10)
            async with http.post(url, json=payload, timeout=limit, allow_redirects=False) as answer:
                if answer.status < 500:
                    return answer.status < 300
                _log.debug("webhook for %s: %d", payload["run_id"], answer.status)
        except (
            ValueError
        ) as error:  # an address that aiohttp cannot ask, such as one with a login beyond Latin-1
            _log.debug("webhook for %s: %r", payload["run_id"], error)
            return False
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.debug("webhook for %s: %r", payload["run_id"], error)
        if wait is not None:
            await asyncio.sleep(wait)
    return False
