"""Notifying a run's webhook_url that the run has ended."""

import asyncio
import logging
from collections.abc import Sequence

import aiohttp

from tinyfish.sandbox import contract
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.script.faults import NO_EFFECT, Effect, Faults

_log = logging.getLogger("tinyfish.sandbox")

DELAYS = (1.0, 2.0, 4.0)


class Sender:
    """Sends the webhooks of a sandbox, and makes them go wrong as its faults say.

    Args:
        http: Sends them.
        faults: The faults; each attempt of the operation `runFinished` counts as a call.
        delays: Seconds to wait before each retry; its length is the number of retries.
    """

    def __init__(
        self, http: aiohttp.ClientSession, faults: Faults, *, delays: Sequence[float] = DELAYS
    ) -> None:
        self._http = http
        self._faults = faults
        self._delays = delays
        self._held_back: list[asyncio.Event] = []

    async def send(self, url: str, payload: JsonObject) -> None:
        """Send a webhook, however often its faults want that.

        Args:
            url: The receiver.
            payload: The JSON body.
        """
        effect = self._effect()
        seconds: float | None = effect.get("out_of_order")
        # One at a time, or those that are held back would come in their order.
        if seconds is not None and not self._held_back:
            await self._hold_back(seconds)
        copies: int = effect.get("copies") or 1
        await asyncio.gather(*(self.deliver(url, payload, effect) for _ in range(copies)))
        for held in self._held_back:
            held.set()

    async def _hold_back(self, seconds: float) -> None:
        """Wait until another webhook has been sent, or for some time."""
        passed = asyncio.Event()
        self._held_back.append(passed)
        try:
            async with asyncio.timeout(seconds):
                await passed.wait()
        except TimeoutError:
            pass
        finally:
            self._held_back.remove(passed)

    async def deliver(self, url: str, payload: JsonObject, effect: Effect = NO_EFFECT) -> bool:
        """Send a webhook once, and again after each of the delays if the receiver fails.

        Args:
            url: The receiver.
            payload: The JSON body.
            effect: What goes wrong with the first attempt.

        Returns:
            Whether the receiver accepted it. A 4xx response is a refusal and isn't retried, and neither is an invalid
            address.
        """
        for wait in (*self._delays, None):
            try:
                status = await self._attempt(url, payload, effect)
                if status < 500:
                    return status < 300
                _log.debug("webhook for %s: %d", payload["run_id"], status)
            except ValueError as error:
                # aiohttp can't request this address. For example, it encodes credentials as Latin-1:
                # https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.BasicAuth
                _log.debug("webhook for %s: %s", payload["run_id"], type(error).__name__)
                return False
            except (aiohttp.ClientError, TimeoutError) as error:
                _log.debug("webhook for %s: %s", payload["run_id"], type(error).__name__)
            if wait is not None:
                await asyncio.sleep(wait)
                effect = self._effect()
        return False

    async def _attempt(self, url: str, payload: JsonObject, effect: Effect) -> int:
        """Send it once; returns the receiver's status.

        Raises:
            aiohttp.ClientError: The receiver can't be reached, or a fault says that.
        """
        is_before = effect.get("when") != "after"
        delay: float = effect.get("delay") or 0
        if is_before:
            await asyncio.sleep(delay)
            if effect.get("cut"):
                raise aiohttp.ClientConnectionError
        limit = aiohttp.ClientTimeout(total=10)
        async with self._http.post(url, json=payload, timeout=limit, allow_redirects=False) as answer:
            status = answer.status
        if not is_before:
            await asyncio.sleep(delay)
            if effect.get("cut"):
                raise aiohttp.ClientConnectionError
        return status

    def _effect(self) -> Effect:
        return self._faults.effect(contract.WEBHOOK)
