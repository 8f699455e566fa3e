"""The metrics: runs, steps, money, retries, and how long runs and requests take."""

from __future__ import annotations

from typing import Final

from opentelemetry.metrics import Meter

from tinyfish.contrib.otel import attributes
from tinyfish.hooks import BudgetSpent, ClientEvent, RequestEnded, Retrying, RunEnded

# By the convention for HTTP.
_REQUEST_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
# A run takes from seconds to most of an hour.
_RUN_SECONDS: Final = (1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800, 3600)


class Metrics:
    """The instruments of one client."""

    def __init__(self, meter: Meter) -> None:
        self._runs = meter.create_counter("tinyfish.runs", "{run}", "Runs that have ended, by their status.")
        self._steps = meter.create_counter("tinyfish.steps", "{step}", "Steps of the client's runs.")
        self._cost = meter.create_counter("tinyfish.cost", "USD", "What these steps cost.")
        self._retries = meter.create_counter("tinyfish.retries", "{retry}", "Repeated calls, by the reason.")
        self._run_seconds = meter.create_histogram(
            "gen_ai.client.operation.duration",
            "s",
            "Duration of runs, from the start to the end that the client has seen.",
            explicit_bucket_boundaries_advisory=_RUN_SECONDS,
        )
        self._request_seconds = meter.create_histogram(
            "http.client.request.duration",
            "s",
            "Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=_REQUEST_SECONDS,
        )

    def take(self, event: ClientEvent) -> None:
        """Take an event."""
        match event:
            case RequestEnded():
                self._request_seconds.record(
                    event.elapsed,
                    {
                        "http.request.method": event.method,
                        **attributes.server(event.url),
                        **attributes.response(event),
                    },
                )
            case Retrying():
                reason = str(event.status) if event.status is not None else event.error
                self._retries.add(1, {"http.request.method": event.method, "error.type": reason or "busy"})
            case RunEnded() if event.kind in attributes.RUN_KINDS:
                agent = attributes.agent(event.kind)
                self._runs.add(1, {"tinyfish.run.status": event.status, **agent})
                if event.elapsed is not None:
                    failed = (
                        {} if event.status == "COMPLETED" else {"error.type": event.error or event.status}
                    )
                    self._run_seconds.record(event.elapsed, {**agent, **failed})
            case BudgetSpent():
                self._steps.add(event.run_steps)
                if event.run_usd is not None:
                    self._cost.add(float(event.run_usd))
            case _:
                pass
