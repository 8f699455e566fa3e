"""Notifying a run's webhook_url that the run has ended."""

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
    """Send the webhook, and retry after each of `delays` if the receiver fails.

    Args:
        http: Sends it.
        url: The receiver.
        payload: The JSON body.
        delays: Seconds to wait before each retry; its length is the number of retries.

    Returns:
        Whether the receiver accepted it. A 4xx response is a refusal and isn't retried, and neither is an invalid
        address.
    """
    for wait in (*delays, None):
        try:
            limit = aiohttp.ClientTimeout(total=10)
            async with http.post(url, json=payload, timeout=limit, allow_redirects=False) as answer:
                if answer.status < 500:
                    return answer.status < 300
                _log.debug("webhook for %s: %d", payload["run_id"], answer.status)
        except ValueError as error:
            # aiohttp can't request this address. For example, it encodes credentials as Latin-1:
            # https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.BasicAuth
            _log.debug("webhook for %s: %r", payload["run_id"], error)
            return False
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.debug("webhook for %s: %r", payload["run_id"], error)
        if wait is not None:
            await asyncio.sleep(wait)
    return False
