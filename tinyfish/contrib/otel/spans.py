"""The spans: one for each run, and one for each request."""

from __future__ import annotations

import contextlib
import json
import time
from collections import OrderedDict
from collections.abc import Mapping
from contextvars import Token
from typing import Any, Final, TypeVar

import opentelemetry.context
from attrs import frozen
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer

from tinyfish.contrib.otel import attributes
from tinyfish.hooks import (
    Adopted,
    BudgetSpent,
    ClientClosed,
    ClientEvent,
    Recovered,
    RequestEnded,
    RequestSent,
    Retrying,
    RunEnded,
    RunStarted,
    StartFailed,
)

# How many are kept of what may never end. The spans of the oldest are ended.
_MOST_KEPT: Final = 10_000
# Tells the instrumentation of httpx that this request has a span already. It has no public name yet.
_HAS_SPAN_KEY: Final[str | None] = getattr(opentelemetry.context, "_SUPPRESS_HTTP_INSTRUMENTATION_KEY", None)

V = TypeVar("V")


@frozen
class _Request:
    """A request that is under way.

    Attributes:
        span: Its span.
        context: The context with that, which is the current one until its end.
        token: Ends that.
    """

    span: Span
    context: Context
    token: Token[Context]


@frozen
class _Batch:
    """A call that starts several runs.

    Attributes:
        context: The caller's context.
        began: When it was sent first, in nanoseconds since the epoch.
    """

    context: Context
    began: int


class Spans:
    """The spans of one client. Thread-safe: each operation on the dictionaries is atomic."""

    def __init__(self, tracer: Tracer, propagator: TextMapPropagator | None) -> None:
        self._tracer = tracer
        self._propagator = propagator
        self._requests: dict[int, _Request] = {}
        self._starting: OrderedDict[int, Span] = OrderedDict()
        """The spans of runs that are being started, by the number of the call."""
        self._batches: OrderedDict[int, _Batch] = OrderedDict()
        self._runs: OrderedDict[str, Span] = OrderedDict()
        """The spans of open runs, by their id."""

    def headers(self, event: RequestSent) -> Mapping[str, str]:
        """The trace context of a request."""
        carrier: dict[str, str] = {}
        request = self._requests.get(event.call)
        if request is not None:
            propagator = self._propagator or propagate.get_global_textmap()
            propagator.inject(carrier, request.context)  # pyright: ignore[reportArgumentType] - of its default setter
        return carrier

    def take(self, event: ClientEvent) -> None:
        """Take an event."""
        match event:
            case RequestSent():
                self._sent(event)
            case RequestEnded():
                self._ended(event)
            case Retrying():
                self._retrying(event)
            case RunStarted():
                self._run_started(event)
            case StartFailed():
                self._start_failed(event)
            case Recovered():
                self._note(event.run_id, "recovered", {"tinyfish.recovered.by": event.by})
            case Adopted():
                self._note(event.run_id, "adopted", {})
            case BudgetSpent():
                self._spent(event)
            case RunEnded():
                self._run_ended(event)
            case ClientClosed():
                self._closed()
            case _:
                pass

    # Requests

    def _sent(self, event: RequestSent) -> None:
        current = opentelemetry.context.get_current()
        parent = current
        run = self._run_of(event, current)
        if run is not None:
            parent = trace.set_span_in_context(run, current)
        span = self._tracer.start_span(
            event.method, parent, SpanKind.CLIENT, attributes=attributes.request(event)
        )
        context = trace.set_span_in_context(span, current)
        if _HAS_SPAN_KEY is not None:
            context = opentelemetry.context.set_value(_HAS_SPAN_KEY, True, context)
        self._requests[event.call] = _Request(span, context, opentelemetry.context.attach(context))

    def _run_of(self, event: RequestSent, current: Context) -> Span | None:
        """The span of the run that a request is about, or starts; None if there isn't exactly one."""
        if event.starts == 1:
            span = self._starting.get(event.call)
            if span is None:
                kind = "research run" if "research" in event.path else "run"
                span = self._new_run(kind, current, None, attributes.server(event.url))
                _put(self._starting, event.call, span)
            return span
        if event.starts and event.call not in self._batches:
            self._batches[event.call] = _Batch(current, time.time_ns())
            _oldest(self._batches)
        return None if event.run_id is None else self._runs.get(event.run_id)

    def _ended(self, event: RequestEnded) -> None:
        request = self._requests.pop(event.call, None)
        if request is None:
            return
        request.span.set_attributes(attributes.response(event))
        if attributes.error_type(event) is not None:
            request.span.set_status(StatusCode.ERROR)
        request.span.end()
        # A coroutine that is never finished is closed by whoever collects it, in another context.
        if opentelemetry.context.get_current() is request.context:
            opentelemetry.context.detach(request.token)

    def _retrying(self, event: Retrying) -> None:
        span = self._runs.get(event.run_id or "")
        if span is None and event.call is not None:
            span = self._starting.get(event.call)
        if span is not None:
            span.add_event("retry", {"tinyfish.retry.reason": event.reason})

    # Runs

    def _new_run(self, kind: str, parent: Context, began: int | None, more: Mapping[str, Any]) -> Span:
        given = {**attributes.agent(kind), **more}
        name = f"invoke_agent {given['gen_ai.agent.name']}"
        return self._tracer.start_span(name, parent, SpanKind.CLIENT, attributes=given, start_time=began)

    def _run_started(self, event: RunStarted) -> None:
        if event.kind not in attributes.RUN_KINDS:
            return
        span = None if event.call is None else self._starting.pop(event.call, None)
        if span is None:
            batch = None if event.call is None else self._batches.get(event.call)
            current = opentelemetry.context.get_current()
            parent, began = (current, None) if batch is None else (batch.context, batch.began)
            span = self._new_run(event.kind, parent, began, {})
        span.set_attribute("tinyfish.run.id", event.run_id)
        if event.goal is not None:
            span.set_attribute("gen_ai.input.messages", _message("user", event.goal))
        if event.url is not None:
            span.set_attribute("tinyfish.run.url", event.url)
        _put(self._runs, event.run_id, span)

    def _start_failed(self, event: StartFailed) -> None:
        span = self._starting.pop(event.call, None)
        if span is not None:
            span.set_attribute("error.type", event.error or "refused")
            span.set_attribute("tinyfish.start.uncertain", event.uncertain)
            span.set_status(StatusCode.ERROR, event.reason)
            span.end()

    def _note(self, run_id: str, name: str, more: Mapping[str, str]) -> None:
        span = self._runs.get(run_id)
        if span is not None:
            span.add_event(name, more)

    def _spent(self, event: BudgetSpent) -> None:
        span = self._runs.get(event.run_id)
        if span is not None and event.run_usd is not None:
            span.set_attribute("tinyfish.run.cost", float(event.run_usd))

    def _run_ended(self, event: RunEnded) -> None:
        span = self._runs.pop(event.run_id, None)
        if span is None:
            return
        span.set_attribute("tinyfish.run.status", event.status)
        if event.steps is not None:
            span.set_attribute("tinyfish.run.steps", event.steps)
        if event.result is not None:
            text = json.dumps(event.result, ensure_ascii=False, default=str)
            span.set_attribute("gen_ai.output.messages", _message("assistant", text))
        if event.status not in ("COMPLETED", "CANCELLED"):
            span.set_attribute("error.type", event.error or event.status)
            span.set_status(StatusCode.ERROR)
        span.end()

    def _closed(self) -> None:
        """Nobody will see how the open runs end."""
        for spans in (self._starting, self._runs):
            while spans:
                with contextlib.suppress(KeyError):
                    _let_go(spans.popitem()[1])


def _put(spans: OrderedDict[Any, Span], key: object, span: Span) -> None:
    spans[key] = span
    oldest = _oldest(spans)
    if oldest is not None:
        _let_go(oldest)


def _oldest(kept: OrderedDict[Any, V]) -> V | None:
    """Remove the oldest entry if there are too many."""
    if len(kept) > _MOST_KEPT:
        with contextlib.suppress(KeyError):
            return kept.popitem(last=False)[1]
    return None


def _let_go(span: Span) -> None:
    """End the span of a run that goes on."""
    span.set_attribute("tinyfish.run.open", True)
    span.end()


def _message(role: str, text: str) -> str:
    """A message, in the form of the conventions."""
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}], ensure_ascii=False)
