"""What calls and their answers say, for each product. Without I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tinyfish.sandbox import contract
from tinyfish.sandbox.json_types import JsonObject, is_array, is_object
from tinyfish.sandbox.recording.datasets import Datasets
from tinyfish.sandbox.recording.research import Research
from tinyfish.sandbox.recording.runs import Runs
from tinyfish.sandbox.recording.tape import Take, Tape, log

# Refusals that say something about the key or the moment, and not about what was asked for.
_PASSING: Final = frozenset({401, 408, 409, 425, 429})
# What rules can't say: the sandbox plays it back in its own way.
_UNKEPT: Final = ("browser", "monitors", "profiles", "vault")


@dataclass(slots=True)
class Heard:
    """One call.

    Attributes:
        operation: Its operationId.
        values: Its parameters in the path and the query.
        body: Its JSON body, if it has one.
        takes: What it asks for.
        is_answered: Whether it got an answer.
    """

    operation: str
    values: Mapping[str, str]
    body: Any
    takes: list[Take] = field(default_factory=list[Take])
    is_answered: bool = False


class Listener:
    """Turns calls and their answers into rules.

    Args:
        tape: Keeps them.
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._runs = Runs(tape)
        self._research = Research(tape)
        self._datasets = Datasets(tape)
        self._told: set[str] = set()

    def call(self, operation: contract.Operation, heard: Heard) -> None:
        """A call begins."""
        body = heard.body
        match operation.operation_id:
            case "runAgent" | "queueRun" | "streamRun":
                heard.takes = self._runs.start([body])
            case "queueRuns" if is_object(body) and is_array(body.get("runs")):
                heard.takes = self._runs.start(body["runs"])
            case "queueResearch" | "streamResearch":
                heard.takes = self._research.start(body)
            case _ if operation.tag in _UNKEPT and operation.tag not in self._told:
                self._told.add(operation.tag)
                log.warning("not kept   %s: no rule can say what it does", operation.tag)
            case _:
                pass

    def event(self, heard: Heard, event: Any) -> None:
        """The stream that answers a call has an event."""
        if not is_object(event):
            return
        heard.is_answered = True
        match heard.operation:
            case "streamRun":
                for take in heard.takes:
                    self._runs.event(take, event)
            case "streamResearch":
                for take in heard.takes:
                    self._research.event(take, event)
            case "followResearch":
                self._research.event(self._research.of(heard.values["run_id"]), event)
            case "followDatasetRun":
                self._datasets.event(heard.values["dataset_id"], event)
            case _:
                pass

    def answer(self, heard: Heard, status: int, document: Any) -> None:
        """A call got an answer that isn't a stream."""
        heard.is_answered = True
        if status < 300:
            self._accepted(heard, document)
        elif heard.operation == "runAgent" and is_object(document) and document.get("run_id"):
            self._accepted(heard, document)  # a 500 with a run: it failed
        else:
            self._refused(heard, status, document)

    def ended(self, heard: Heard) -> None:
        """A call is over. If it got no answer, nobody knows what it has started."""
        if heard.is_answered or heard.operation not in ("runAgent", "queueRun", "streamRun", "queueRuns"):
            return
        for take in heard.takes:
            self._runs.lost(take)

    def _accepted(self, heard: Heard, document: Any) -> None:
        given: JsonObject = document if is_object(document) else {}
        match heard.operation:
            case "runAgent" | "queueRun" | "queueRuns":
                run_ids: Any = given.get("run_ids") or [given.get("run_id")]
                for take, run_id in zip(heard.takes, run_ids, strict=False):
                    if isinstance(run_id, str):
                        self._runs.started(take, run_id)
                self._runs.seen(given)
            case "getRun" | "cancelRun":
                self._runs.seen(given)
            case "listRuns" | "getRunsBatch" | "cancelRunsBatch":
                for run in given.get("data") or given.get("results") or ():
                    self._runs.seen(run)
            case "queueResearch":
                for take in heard.takes:
                    self._research.started(take, given.get("research_run_id"))
            case "getResearch":
                self._research.seen(given)
            case "searchWeb":
                self._searched(heard, given)
            case "fetchContents":
                self._fetched(given)
            case "getWallet":
                self._keep_one("wallet", {}, {"wallet": _known("WalletResponse", given)})
            case "planDataset":
                self._datasets.planned(heard.body, given)
            case "createDataset":
                self._datasets.created(heard.body, given)
            case "getDataset" | "populateDataset":
                self._datasets.seen(given)
            case "listDatasetRows":
                self._datasets.rows(heard.values["dataset_id"], given)
            case _:
                pass

    def _refused(self, heard: Heard, status: int, document: Any) -> None:
        error = document.get("error") if is_object(document) else None
        refusal: JsonObject = {"status": status}
        if is_object(error):
            refusal |= {name: error[name] for name in ("code", "message", "details") if error.get(name)}
        if status >= 500 or status in _PASSING:
            log.warning(
                "not kept   %s: status %s, which may be another one next time", heard.operation, status
            )
            for take in heard.takes:
                self._tape.drop(take)
        elif heard.takes:
            for take in heard.takes:
                self._tape.keep(take, {"refusal": refusal})
        elif heard.operation == "searchWeb":
            self._keep_one("search", {"query": heard.values.get("query", "")}, {"error": refusal})
        elif heard.operation == "getWallet":
            self._keep_one("wallet", {}, {"error": refusal})
        else:
            log.warning("not kept   %s: no rule refuses it with status %s", heard.operation, status)

    def _searched(self, heard: Heard, document: JsonObject) -> None:
        query, page = heard.values.get("query", ""), document.get("page", 0)
        results: list[Any] = document.get("results") or []
        known = [_present(_known("SearchResult", result)) for result in results if is_object(result)]
        take = self._tape.last("search", query=query)
        if take is None or not take.pages or take.pages.get(page, known) != known:
            take = self._tape.take("search", query=query)
        else:
            take.uses += 1
        take.pages[page] = known
        self._tape.keep(
            take, {"results": [one for number in sorted(take.pages) for one in take.pages[number]]}
        )

    def _fetched(self, document: JsonObject) -> None:
        for page in document.get("results") or ():
            if is_object(page):
                kept = _known("FetchResult", page)
                kept.pop("latency_ms", None)
                self._keep_one("fetch", {"url": str(kept.pop("url", ""))}, {"page": kept})
        for failure in document.get("errors") or ():
            if is_object(failure):
                told = _present({name: failure.get(name) for name in ("error", "status")})
                self._keep_one("fetch", {"url": str(failure.get("url"))}, {"error": told})

    def _keep_one(self, product: Any, texts: Mapping[str, str], outcome: JsonObject) -> None:
        self._tape.keep(self._tape.take(product, **texts), outcome)


def _known(schema: str, document: JsonObject) -> JsonObject:
    """The fields that the contract knows; rules have no others."""
    properties = contract.schema(schema)["properties"]
    return {name: value for name, value in document.items() if name in properties}


def _present(document: JsonObject) -> JsonObject:
    return {name: value for name, value in document.items() if value is not None}
