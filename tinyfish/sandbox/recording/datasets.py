"""What answers say about datasets."""

from typing import Any

from tinyfish.sandbox.json_types import JsonObject, is_array, is_object
from tinyfish.sandbox.recording.tape import Take, Tape

_ENDS = ("done", "failed", "cancelled")


class Datasets:
    """The datasets that were planned and filled while recording."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._by_id: dict[str, Take] = {}
        self._rows: dict[str, dict[str, Any]] = {}

    def planned(self, request: Any, document: Any) -> None:
        """The columns for a description."""
        if is_object(request) and is_object(document) and is_object(document.get("spec")):
            prompt = str(request.get("prompt"))
            take = self._tape.last("datasets", prompt=prompt) or self._tape.take("datasets", prompt=prompt)
            self._tape.keep(take, {**(take.outcome or {}), "spec": document["spec"]})

    def created(self, request: Any, document: Any) -> None:
        """A dataset exists."""
        if not (is_object(request) and is_object(document) and is_object(document.get("spec"))):
            return
        prompt = str(request.get("prompt", document["spec"].get("description")))
        take = self._tape.last("datasets", prompt=prompt)
        if take is None or take in self._by_id.values():
            take = self._tape.take("datasets", prompt=prompt)
        self._by_id[str(document.get("id"))] = take
        self._tape.keep(take, {"spec": document["spec"], "hangs": document.get("status") == "populating"})

    def seen(self, document: Any) -> None:
        """An answer shows a dataset."""
        if is_object(document) and is_object(document.get("run")):
            self._ended(str(document.get("id")), document["run"])

    def rows(self, dataset_id: str, document: Any) -> None:
        """A page of rows."""
        take = self._by_id.get(dataset_id)
        if take is None or not is_object(document) or not is_array(document.get("rows")):
            return
        known = self._rows.setdefault(dataset_id, {})
        known |= {str(row.get("_id")): row.get("data") for row in document["rows"] if is_object(row)}
        self._keep_rows(dataset_id, take)

    def event(self, dataset_id: str, event: JsonObject) -> None:
        """The stream of a dataset has an event."""
        take = self._by_id.get(dataset_id)
        match event:
            case {"event": "row", "row_id": row_id} if take is not None:
                known = self._rows.setdefault(dataset_id, {})
                known.pop(str(row_id), None)
                if not event.get("deleted"):
                    known[str(row_id)] = event.get("data")
                self._keep_rows(dataset_id, take)
            case {"event": "status"}:
                self._ended(dataset_id, event)
            case _:
                pass

    def _keep_rows(self, dataset_id: str, take: Take) -> None:
        rows = [row for row in self._rows[dataset_id].values() if is_object(row)]
        self._tape.keep(take, {**(take.outcome or {}), "rows": rows})

    def _ended(self, dataset_id: str, run: JsonObject) -> None:
        take = self._by_id.get(dataset_id)
        if take is None or run.get("status") not in _ENDS:
            return
        outcome = {name: value for name, value in (take.outcome or {}).items() if name != "hangs"}
        if run.get("status") == "failed":
            outcome["error"] = str(run.get("error"))
        self._tape.keep(take, outcome)
