"""Builds the calls of `queue_many` from the user's arguments; shared by the sync and async client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from attrs import define, field, frozen
from tinyfish_generated.api import agent as operations
from tinyfish_generated.models import AgentRunBatchRequest, BatchRunItem, RunError
from tinyfish_generated.types import Request

from tinyfish._core import checks
from tinyfish._core.calls.answer_checks import for_entries
from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.calls.batching import RUNS_IN_A_CALL, chunks
from tinyfish._core.calls.call_options import CallOptions
from tinyfish._core.calls.call_result import CallResult
from tinyfish._core.cancellation.cancel_policy import CancelPolicy
from tinyfish._core.config import NOT_GIVEN
from tinyfish._core.hints import argument_hint
from tinyfish._core.recovery.register import Start
from tinyfish._core.recovery.run_search import RecoveredRuns
from tinyfish._core.requests.keying import Keying, key_of, starts_with_keys
from tinyfish._core.requests.run_request import batch_item
from tinyfish.adopt import Adopt
from tinyfish.errors import APIError, InvalidArgumentTypeError, UncertainStartError
from tinyfish.idempotency import IdempotencyKey
from tinyfish.models import AgentRunBatchResponse
from tinyfish.models.outcome import with_wanted
from tinyfish.models.returns import OutputSpec, read_options
from tinyfish.options import BatchOptions, RunParams

if TYPE_CHECKING:  # most starts have no key
    from tinyfish._core.keyed.keyed_start import KeyedStart
    from tinyfish._core.keyed.started import Started


@frozen(kw_only=True)
class BatchArguments:
    """The checked arguments of `queue_many`. All runs are checked before the first is sent.

    Attributes:
        chunks: The runs, in chunks that are small enough for one call.
        output_spec: The requested form of the results.
        options: The options of each call.
        adopt: When to treat runs found after a lost response as these.
        cancel_policy: Whether to cancel the runs if the call ends early.
        keyed: The starts of the runs with their keys, in the same chunks; None if no run has one.
    """

    chunks: list[list[BatchRunItem]]
    output_spec: OutputSpec
    options: CallOptions
    adopt: Adopt
    cancel_policy: CancelPolicy
    keyed: list[list[KeyedStart]] | None = None

    @classmethod
    def of(
        cls, executor: BaseExecutor, runs: Iterable[object], returns: Any, given: BatchOptions
    ) -> BatchArguments:
        """Check a batch's arguments.

        Raises:
            TypeError: A run or an option has the wrong type.
            ValueError: A run or an option has an invalid value.
        """
        config = executor.config
        for name in given:
            if name in BatchOptions.__annotations__:
                continue
            if name in RunParams.__annotations__:
                raise InvalidArgumentTypeError(
                    f"queue_many has no argument {name!r}; set it in each run: {{{name!r}: ...}}."
                )
            hint = argument_hint(name, [*BatchOptions.__annotations__, "returns"])
            raise InvalidArgumentTypeError(f"queue_many has no argument {name!r}{hint}")
        output_spec = OutputSpec.of(
            returns,
            given.get("output_schema"),
            read_options(given),
            in_goal=config.schema_in_goal_or(given.get("schema_in_goal")),
        )
        given_keying = Keying.of_options(executor, dict(given))
        items: list[BatchRunItem] = []
        keys: list[IdempotencyKey | None] = []
        for i, params in enumerate(checks.items("runs", runs)):
            name, run, key = f"runs[{i}]", params, None
            if isinstance(params, Mapping) and "idempotency_key" in params:
                run = dict(cast("Mapping[str, Any]", params))
                key = run.pop("idempotency_key")
            items.append(
                batch_item(name, run, api_integration=config.api_integration, output_spec=output_spec)
            )
            keys.append(key_of(f"{name}.idempotency_key", key))
        return cls(
            chunks=list(chunks(items, RUNS_IN_A_CALL)),
            keyed=starts_with_keys(items, keys, given_keying, output_spec),
            output_spec=output_spec,
            options=executor.options(given.get("timeout", NOT_GIVEN), given.get("max_retries")),
            adopt=config.adopt_or(given.get("adopt")),
            cancel_policy=CancelPolicy(
                cancel_on_exit=checks.boolean("cancel_on_exit", given.get("cancel_on_exit", False))
            ),
        )

    def request(self, items: Sequence[BatchRunItem]) -> Request[AgentRunBatchResponse]:
        """The request that starts a chunk of runs."""
        schema = None if self.output_spec.output_schema is None else dict(self.output_spec.output_schema)
        body = AgentRunBatchRequest(runs=list(items), output_schema=schema)
        return for_entries(operations.queue_runs(body=body).into(AgentRunBatchResponse), len(items))


@define
class BatchProgress:
    """The progress of `queue_many`: the results of its chunks so far."""

    output_spec: OutputSpec
    run_ids: list[str] = field(factory=list[str])
    adopted: bool = False
    error: RunError | None = None

    def ended(self, outcome: CallResult[AgentRunBatchResponse[Any]] | RecoveredRuns, start: Start) -> None:
        """Process the response to a chunk, or the runs that were found if the response was lost.

        Raises:
            APIError: The chunk failed.
        """
        if isinstance(outcome, RecoveredRuns):
            run_ids: Sequence[str] = outcome.run_ids
            self.adopted = self.adopted or outcome.adopted
        else:
            answer = outcome.get()
            run_ids = answer.run_ids or ()
            self.error = answer.error
            start.claim(*run_ids)
        again = set(run_ids).intersection(self.run_ids)
        if again:
            start.uncertain = True
            raise UncertainStartError(
                f"The server returned the same id for two runs: {', '.join(sorted(again))}. It may have started "
                "others: check client.runs.list()."
            )
        self.run_ids += run_ids

    def started(self, outcomes: Sequence[Started]) -> None:
        """Process how the starts of a chunk ended, which have keys.

        Raises:
            SDKError: One failed. The others have their runs.
        """
        refusal = next((one.refusal for one in outcomes if one.refusal is not None), None)
        failed = next((one.error for one in outcomes if one.error is not None), None)
        self.run_ids += [one.run_id for one in outcomes if one.run_id is not None]
        self.adopted = self.adopted or any(one.adopted for one in outcomes)
        self.error = None if refusal is None else refusal.error
        if isinstance(failed, APIError):
            self.failed(failed)
        if failed is not None:
            raise failed

    def failed(self, error: APIError) -> None:
        """A chunk failed: add the runs that were created before to the error."""
        self.output_spec.hint(error)
        error.created_run_ids = (*self.run_ids, *error.created_run_ids)
        if self.run_ids:
            error.add_note(
                f"{len(self.run_ids)} runs were created before this error: {', '.join(self.run_ids)}"
            )

    def answer(self) -> AgentRunBatchResponse[Any]:
        """The response of `queue_many`, from all chunks."""
        response: AgentRunBatchResponse[Any] = AgentRunBatchResponse(
            run_ids=self.run_ids, error=self.error, adopted=self.adopted
        )
        return with_wanted(response, self.output_spec.wanted)
