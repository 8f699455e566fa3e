"""Checked requests for research runs; shared by the sync and async client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import evolve, frozen
from tinyfish_generated import rules
from tinyfish_generated.api import research as operations
from tinyfish_generated.models import ResearchListResponse, ResearchRequest
from tinyfish_generated.types import Request

from tinyfish import models
from tinyfish._core import checks
from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.cancellation.cancel_policy import CancelPolicy
from tinyfish._core.config import DEFAULT_HEARTBEAT_TIMEOUT, DEFAULT_MAX_EVENT_BYTES, NOT_GIVEN
from tinyfish._core.contract_checks import Parameters, checked, checks_of
from tinyfish._core.requests.search_requests import day
from tinyfish._core.streams.research_plan import EventRequest, ResearchCallbacks, ResearchStreamPlan
from tinyfish._core.wire.masking import Mask
from tinyfish.adopt import Adopt
from tinyfish.errors import InvalidArgumentError, SDKError
from tinyfish.models import ResearchRunAsyncResponse

_BODY_CHECKS: Final = checks_of(
    rules.RESEARCH_REQUEST,
    after_date=day,
    before_date=day,
    prior_run_id=checks.run_id,
    session_id=checks.run_id,
)
_LIST_PARAMETERS: Final = Parameters(rules.LIST_RESEARCH, cursor=checks.cursor)


@frozen(kw_only=True)
class ResearchArguments:
    """The checked arguments of a call that starts a research run.

    Attributes:
        body: The request body.
        options: The options of the call.
        adopt: When to treat a research run found after a lost response as this one.
        cancel_policy: Whether to cancel the research run if the call ends early.
    """

    body: ResearchRequest
    options: CallOptions
    adopt: Adopt
    cancel_policy: CancelPolicy

    @classmethod
    def of(
        cls,
        executor: BaseExecutor,
        query: str,
        given: Mapping[str, Any],
        *,
        timeout: object = NOT_GIVEN,
        idle_timeout: float | None = None,
    ) -> ResearchArguments:
        """Check a start's arguments.

        Args:
            executor: The client's.
            query: The question.
            given: The other arguments.
            timeout: The default of the time limit.
            idle_timeout: Seconds of silence after which a stream counts as dead.

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: An argument has an invalid value.
        """
        params: dict[str, Any] = {"query": query, "mode": "deep", **given}
        options = executor.options(
            params.pop("timeout", timeout), params.pop("max_retries", None), idle_timeout
        )
        adopt = executor.config.adopt_or(params.pop("adopt", None))
        cancel_on_exit = checks.boolean("cancel_on_exit", params.pop("cancel_on_exit", False))
        body = checked(_BODY_CHECKS, {**params, "query": checks.text("query", query)})
        if "after_date" in body and "before_date" in body and body["after_date"] > body["before_date"]:
            raise InvalidArgumentError(
                f"after_date must not be after before_date: {body['after_date']} is after {body['before_date']}."
            )
        return cls(
            body=ResearchRequest.from_dict(body),
            options=options,
            adopt=adopt,
            cancel_policy=CancelPolicy(cancel_on_exit=cancel_on_exit),
        )

    @property
    def query(self) -> str:
        """The question, as it is sent."""
        return self.body.query

    def within(self, seconds: float | None) -> ResearchArguments:
        """The same call with a time limit that is this long at most; None for no other limit."""
        own = self.options.timeout
        shorter = seconds if own is None else own if seconds is None else min(own, seconds)
        return evolve(self, options=evolve(self.options, timeout=shorter))

    def queue(self) -> Request[ResearchRunAsyncResponse]:
        """The request that starts the research run."""
        return operations.queue_research(body=self.body).into(ResearchRunAsyncResponse)

    def stream(self) -> EventRequest:
        """The request that starts the research run and streams its events."""
        return operations.stream_research(body=self.body)


def research_stream_plan(
    executor: BaseExecutor, query: str, callbacks: ResearchCallbacks, given: Mapping[str, Any], timeout: float
) -> ResearchStreamPlan:
    """The plan of a stream, from the checked arguments of `research.stream`.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument has an invalid value.
    """
    params = dict(given)
    max_event_bytes = _event_bytes(params.pop("max_event_bytes", DEFAULT_MAX_EVENT_BYTES))
    idle_timeout = params.pop("idle_timeout", DEFAULT_HEARTBEAT_TIMEOUT)
    callbacks.check(may_be_async=executor.awaits_callbacks)
    call = ResearchArguments.of(executor, query, params, timeout=timeout, idle_timeout=idle_timeout)
    return ResearchStreamPlan(
        request=call.stream(),
        query=call.query,
        options=call.options,
        callbacks=callbacks,
        max_event_bytes=max_event_bytes,
        adopt=call.adopt,
        cancel_policy=call.cancel_policy,
        mask=Mask(executor.config.api_key),
    )


def research_events_plan(
    executor: BaseExecutor,
    run_id: str,
    last_event_id: str | None,
    callbacks: ResearchCallbacks,
    options: CallOptions,
    max_event_bytes: int,
) -> ResearchStreamPlan:
    """The plan of a stream, from the checked arguments of `research.events`.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument has an invalid value.
    """
    callbacks.check(may_be_async=executor.awaits_callbacks)
    if last_event_id is not None and not checks.run_id("last_event_id", last_event_id).isascii():
        raise InvalidArgumentError(
            f"last_event_id must be the unchanged id of an event, not {last_event_id!r}."
        )
    return ResearchStreamPlan(
        run_id=checks.run_id("run_id", run_id),
        last_event_id=last_event_id,
        options=options,
        callbacks=callbacks,
        max_event_bytes=_event_bytes(max_event_bytes),
        mask=Mask(executor.config.api_key),
    )


def list_research_request(arguments: Mapping[str, object]) -> Request[ResearchListResponse]:
    return operations.list_research(**_LIST_PARAMETERS.checked(arguments))


def research_run_id_of(run: object) -> str:
    """The id of a research run that was given as a model, as the response of `queue`, or as its id.

    Raises:
        SDKError: It was not queued.
    """
    if isinstance(run, models.ResearchRunAsyncResponse) and not run.research_run_id:
        raise not_queued(run)
    return checks.run_id("run", getattr(run, "research_run_id", run))


def not_queued(response: ResearchRunAsyncResponse) -> SDKError:
    """The error for a research run that the API has not queued."""
    return SDKError(f"The research run was not queued: {response.error or 'the API gave no reason'}.")


def research_run_id_in(entry: object) -> object:
    """The id of a list entry, which can be any object; None if it has none."""
    return getattr(entry, "research_run_id", None)


def _event_bytes(value: object) -> int:
    return checks.integer(1)("max_event_bytes", value)
