"""What a webhook tells, and how it's read from the message: whatever its shape, nothing in it is lost. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

from attrs import field, frozen
from tinyfish_generated.models import FetchMonitorRun, Monitor, RunStatus, RunWebhookEvent, SearchMonitorRun
from tinyfish_generated.types import decode_json_object, is_id, written
from tinyfish_generated.unions import MonitorRun

from tinyfish.errors import WebhookError
from tinyfish.models import Run
from tinyfish.models.outcome import V, has_ended, with_wanted
from tinyfish.models.returns import Wanted

T = TypeVar("T")

# Products whose runs aren't runs of the agent.
_OTHER_PRODUCTS: Final = ("monitor", "research", "dataset")
_NAMES_SHOWN: Final = 10


@frozen(kw_only=True)
class WebhookEvent:
    """What all events have. Two deliveries of the same event are equal.

    Attributes:
        key: What distinguishes the event from others. Each delivery of it has the same key.
        event: Its name, such as `"run.completed"`.
        document: The message, as it was sent.
    """

    key: str
    event: str | None = field(eq=False)
    document: dict[str, Any] = field(eq=False, repr=False)


@frozen(kw_only=True)
class RunEvent(WebhookEvent, Generic[V]):
    """Something happened to a run of the agent: it ended, as far as the API is documented.

    Attributes:
        event: Its name; if the message has none, the one for the run's status.
        run: The run, with its steps and without screenshots. `run.value` has the result as the type in `returns=`.
    """

    event: str = field(eq=False)
    run: Run[V] = field(eq=False)

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.run.run_id

    @property
    def status(self) -> RunStatus:
        """The run's status."""
        return self.run.status


@frozen(kw_only=True)
class MonitorEvent(WebhookEvent):
    """A monitor has made a check. What such messages have isn't documented; `document` has all of it.

    Attributes:
        monitor_id: The monitor's id, if the message has it.
        monitor: The monitor, if the message has it.
        check: The check, if the message has it.
        run: None: a check isn't a run of the agent.
    """

    monitor_id: str | None = field(default=None, eq=False)
    monitor: Monitor | None = field(default=None, eq=False)
    check: MonitorRun | None = field(default=None, eq=False)
    run: None = field(default=None, eq=False, init=False, repr=False)


@frozen(kw_only=True)
class UnknownEvent(WebhookEvent):
    """An event that this version doesn't know. `document` has all of it.

    Attributes:
        data: What the message has under that name.
        run: None: it isn't about a run of the agent, as far as can be seen.
    """

    data: Any = field(default=None, eq=False, repr=False)
    run: None = field(default=None, eq=False, init=False, repr=False)


AnyEvent: TypeAlias = RunEvent[T] | MonitorEvent | UnknownEvent


def event_of(document: Mapping[str, Any], wanted: Wanted[Any] | None = None) -> AnyEvent[Any]:
    """The event that a message tells.

    Args:
        document: The message, parsed.
        wanted: The type of the run's result.

    Raises:
        WebhookError: It isn't the message of a webhook.
    """
    document = _unpacked(document)
    given = document.get("event")
    name = given if isinstance(given, str) and given else None
    data = decode_json_object(document.get("data"))
    inside = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    product = "" if name is None else name.partition(".")[0].lower().rstrip("s")
    if product == "monitor" or _monitor_id(document, inside) is not None:
        return _monitor_event(name, document, inside)
    run_id = _first_id(
        document.get("run_id"), document.get("runId"), inside.get("run_id"), inside.get("runId")
    )
    if run_id is None and product == "run":
        run_id = _first_id(inside.get("id"))
    status = _status(inside.get("status"), document.get("status"), name)
    if run_id is not None and (name or status) and product not in _OTHER_PRODUCTS:
        return event_of_run(_run(document, inside, run_id, status), name, document, wanted)
    if name is not None:
        return UnknownEvent(key=_key_of_other(name, "", document), event=name, document=document, data=data)
    raise WebhookError(_fault(document, run_id))


def _unpacked(document: Mapping[str, Any]) -> dict[str, Any]:
    """The message itself, if a relay has put it into the data of its own."""
    while isinstance(inner := document.get("data"), dict) and {"event", "run_id", "data"} <= inner.keys():
        document = cast("dict[str, Any]", inner)
    return dict(document)


def event_of_run(
    run: Run[Any], name: str | None, document: dict[str, Any], wanted: Wanted[Any] | None = None
) -> RunEvent[Any]:
    """The event of a run.

    Args:
        run: The run.
        name: The event's name; None for the one that its status has.
        document: The message.
        wanted: The type of its result.
    """
    name = str(RunWebhookEvent.decode(name or f"run.{str(run.status).lower()}"))
    return RunEvent(
        key=encodable(f"{name}:{run.run_id}"), event=name, document=document, run=with_wanted(run, wanted)
    )


def tells_an_end(event: RunEvent[Any]) -> bool:
    """Whether an event says that its run has ended. Those that aren't documented may say anything."""
    return event.event.strip().lower() in [str(known) for known in RunWebhookEvent]


def _run(document: dict[str, Any], inside: dict[str, Any], run_id: str, status: str | None) -> Run[Any]:
    """The run in a message: what `data` has, completed by what stands next to it."""
    known = Run._known  # pyright: ignore[reportPrivateUsage] - the contract's names of its fields
    beside = {name: value for name, value in document.items() if name in known}
    # Not `from_dict`, which refuses what looks like a message.
    return cast("Run[Any]", Run.decode({**beside, **inside, "run_id": run_id, "status": status}))


def _status(inside: object, beside: object, name: str | None) -> str | None:
    """The first status that is an end, in whatever case; or else the first there is.

    Args:
        inside: The status in `data`.
        beside: The one next to it.
        name: The event's name, such as `run.completed`.
    """
    given = [status for status in (inside, beside) if isinstance(status, str) and status]
    words = [*given, (name or "").rpartition(".")[2]]
    return next((word.upper() for word in words if has_ended(word.upper())), given[0] if given else None)


def _monitor_event(name: str | None, document: dict[str, Any], inside: dict[str, Any]) -> MonitorEvent:
    monitor_id = _monitor_id(document, inside)
    monitor = next(
        (
            Monitor.decode(cast("dict[str, Any]", part))
            for part in (document.get("monitor"), inside.get("monitor"), inside)
            if isinstance(part, dict) and {"id", "schedule_cron"} <= part.keys()
        ),
        None,
    )
    places = (
        document,
        inside,
        *(source.get(place) for source in (document, inside) for place in ("run", "check")),
    )
    check = next((found for place in places if (found := _check(place)) is not None), None)
    key = _key_of_other(name or "monitor", monitor_id or "", document)
    return MonitorEvent(
        key=key, event=name, document=document, monitor_id=monitor_id, monitor=monitor, check=check
    )


def _monitor_id(document: dict[str, Any], inside: dict[str, Any]) -> str | None:
    ids: list[object] = []
    for source in (document, inside):
        ids += [source.get("monitor_id"), source.get("monitorId")]
        monitor = source.get("monitor")
        if isinstance(monitor, dict):
            ids.append(cast("dict[str, Any]", monitor).get("id"))
    return _first_id(*ids)


def _check(place: object) -> MonitorRun | None:
    """The check of a monitor, if it is one."""
    if isinstance(place, dict):
        for kind in (SearchMonitorRun, FetchMonitorRun):
            if kind._required <= place.keys():  # pyright: ignore[reportPrivateUsage] - as above
                return cast("MonitorRun", kind.decode(cast("dict[str, Any]", place)))
    return None


def _first_id(*values: object) -> str | None:
    return next((value for value in values if isinstance(value, str) and is_id(value)), None)


def _key_of_other(name: str, about: str, document: dict[str, Any]) -> str:
    """The key of an event that has no run: no id of it is known, so it is that of the whole message."""
    try:
        text = json.dumps(document, sort_keys=True, default=str)
    except RecursionError:  # nested very deeply
        text = written(document)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return encodable(f"{name}:{about}:{digest}")


def encodable(text: str) -> str:
    """A text in which halves of surrogate pairs are escaped as in JSON. JSON can have them, and UTF-8 can't."""
    return text.encode("utf-8", "backslashreplace").decode()


def _fault(document: dict[str, Any], run_id: str | None) -> str:
    """Why a JSON object isn't the message of a webhook: by the names of its fields, because values may be secret."""
    if run_id is not None:
        return (
            "This isn't the message of a webhook: it has a run_id, but neither an event nor a status. Pass the body "
            "that TinyFish has sent to the webhook_url, not the response to a start."
        )
    names = ", ".join(sorted(map(str, document))[:_NAMES_SHOWN]) or "none"
    return (
        f"This isn't the message of a webhook: it has no event, and no run_id with a status. Its fields: {names:.200}. "
        "Pass the whole body that TinyFish has sent to the webhook_url."
    )
