"""OpenTelemetry: spans and metrics of what a client does. Needs the extra `otel`, which is `opentelemetry-api` alone.

    client = TinyFish(on_event=OpenTelemetry())

See docs/integrations/tracing.md.
"""

from __future__ import annotations

from collections.abc import Mapping

try:
    import opentelemetry.metrics
    import opentelemetry.trace
except ImportError as error:
    raise ImportError("tinyfish.contrib.otel needs OpenTelemetry: pip install 'tinyfish[otel]'") from error

from opentelemetry.propagators.textmap import TextMapPropagator

from tinyfish._version import __version__
from tinyfish.contrib.otel.metrics import Metrics
from tinyfish.contrib.otel.spans import Spans
from tinyfish.hooks import Capture, ClientEvent, Hook, RequestSent

__all__ = ["OpenTelemetry"]

_SCHEMA_URL = "https://opentelemetry.io/schemas/1.37.0"


class OpenTelemetry(Hook):
    """A listener that makes spans and metrics, and sends the trace context with the client's requests.

    Each run has a span, from the call that starts it to its end, also if it's streamed, polled or recovered. The
    requests are its children, one for each attempt. Goals, queries of URLs and results aren't recorded, unless they are
    asked for here.

    Make one for each client: when a client is closed, the spans of runs that go on are ended.

    Args:
        tracer_provider: What makes the spans. Default: the global one.
        meter_provider: What makes the metrics. Default: the global one.
        propagator: What puts the trace context into headers. Default: the global one.
        capture_goal: Whether to record the goals of runs, and the pages that they open. Default: False.
        capture_query: Whether to record the queries of the API's URLs. Default: False.
        capture_result: Whether to record the results of runs. Default: False.

    Example:
        >>> from tinyfish import TinyFish
        >>> from tinyfish.contrib.otel import OpenTelemetry
        >>> with TinyFish(on_event=OpenTelemetry()) as client:
        ...     client.agent.run(goal="Extract the headlines", url="https://example.com")
    """

    def __init__(
        self,
        *,
        tracer_provider: opentelemetry.trace.TracerProvider | None = None,
        meter_provider: opentelemetry.metrics.MeterProvider | None = None,
        propagator: TextMapPropagator | None = None,
        capture_goal: bool = False,
        capture_query: bool = False,
        capture_result: bool = False,
    ) -> None:
        self.capture = Capture(goal=capture_goal, query=capture_query, result=capture_result)
        tracer = opentelemetry.trace.get_tracer("tinyfish", __version__, tracer_provider, _SCHEMA_URL)
        meter = opentelemetry.metrics.get_meter("tinyfish", __version__, meter_provider, _SCHEMA_URL)
        self._spans = Spans(tracer, propagator)
        self._metrics = Metrics(meter)

    def __call__(self, event: ClientEvent) -> None:
        """Take an event."""
        self._spans.take(event)
        self._metrics.take(event)

    def headers(self, event: RequestSent) -> Mapping[str, str]:
        """The trace context of a request."""
        return self._spans.headers(event)
