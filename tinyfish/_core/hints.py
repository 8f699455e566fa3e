"""What users mean by wrong argument names, for error messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final


def _table(*rows: tuple[str, str]) -> Mapping[str, list[str]]:
    """The meanings of each wrong name, in order of preference: the first that exists for the method is suggested."""
    table: dict[str, list[str]] = {}
    for names, meant in rows:
        for name in names.split():
            table.setdefault(name, []).append(meant)
    return MappingProxyType(table)


_AGENT: Final = "agent_config={{'{}': ...}}"
_PROXY: Final = "proxy_config={'enabled': True, 'country_code': ...}"
_OWN_PROXY: Final = "proxy_config={'enabled': True, 'type': 'custom', 'url': ...}"
_STEALTH: Final = "browser_profile='stealth'"
_CAPTURE: Final = "capture_config={{'{}': True}}"
_TYPE: Final = "returns=... (a class) or output_schema=... (a JSON Schema)"
_CLIENT: Final = "TinyFish({}=...), an argument of the client"

# Names from other APIs, names of other arguments of this API, and names that real programs have used.
# In lower case, without underscores.
_ARGUMENTS: Final = _table(
    (
        "task prompt instruction instructions query question objective command text message input action",
        "goal=...",
    ),
    (
        "link website webpage site page starturl startingurl targeturl target uri href pageurl address",
        "url=...",
    ),
    ("stealth stealthmode antidetect antidetection antibot undetected profile browsermode lite", _STEALTH),
    ("browser browsertype", "browser_profile=..."),
    ("country countrycode proxycountry proxycountrycode proxy useproxy enableproxy proxyenabled", _PROXY),
    ("location region geo geolocation proxytype", _PROXY),
    ("proxyurl proxyserver proxyusername proxypassword", _OWN_PROXY),
    ("steps maxsteps steplimit maxactions maxiterations maxturns", _AGENT.format("max_steps")),
    ("maxduration maxdurationseconds durationlimit", _AGENT.format("max_duration_seconds")),
    ("mode agentmode strictmode", _AGENT.format("mode")),
    ("cursor cursorstyle", _AGENT.format("cursor_style")),
    ("config options", "agent_config={...}"),
    ("screenshot screenshots takescreenshots", _CAPTURE.format("screenshots")),
    ("record recording recordvideo video", _CAPTURE.format("recording")),
    ("snapshot snapshots", _CAPTURE.format("snapshots")),
    ("elements", _CAPTURE.format("elements")),
    ("html savehtml", _CAPTURE.format("html")),
    ("capture", "capture_config={...}"),
    ("schema jsonschema responseschema responsemodel responseformat outputmodel outputformat", _TYPE),
    ("model outputtype resulttype returntype responsetype output", _TYPE),
    ("webhook callback callbackurl notifyurl notificationurl", "webhook_url=..."),
    (
        "vault credentials credential credentialids credentialitems login",
        "use_vault=True, credential_item_ids=[...]",
    ),
    ("browserprofileid contextid savedprofile", "use_profile=True, profile_id=..."),
    ("integration source", "api_integration=..."),
    ("timeoutseconds timeoutms maxwait waittimeout timelimit deadline", "timeout=..., in seconds"),
    ("retries retry numretries retrycount attempts maxattempts", "max_retries=..."),
    ("interval pollseconds polling pollevery delay", "poll_interval=..."),
    ("onstep onaction onevent", "on_progress=..."),
    ("onstart", "on_started=..."),
    ("onliveurl onstreamurl onliveview", "on_streaming_url=..."),
    ("oncompleted oncompletion onfinish onfinished ondone onend onresult", "on_complete=..."),
    ("onping", "on_heartbeat=..."),
    ("autorecover reconnect", "recover=..."),
    ("stream streaming", "client.agent.stream(...)"),
    ("background nowait asyncrun", "client.agent.queue(...)"),
    ("page pagetoken nextcursor offset startingafter after", "cursor=..."),
    ("pagesize perpage max count top size", "limit=..."),
    ("limit perpage batchsize", "page_size=..."),
    ("order sort sortby orderby direction", "sort_direction=..."),
    ("since after from start fromdate startdate createdat", "created_after=..."),
    ("until before to end todate enddate", "created_before=..."),
    ("since after from start fromdate startdate", "start_after=..."),
    ("until before to end todate enddate", "end_before=..."),
    ("state runstatus", "status=..."),
    ("dollars money amount cost price maxusd maxcost maxdollars", "usd=..."),
    ("maxruns", "runs=..."),
    ("maxruns maxconcurrency concurrency", "max_open_runs=..."),
    ("count tries retries maxretries attempts", "times=..."),
    ("search filter", "goal=..."),
    ("ttl inactivitytimeout idletimeout maxduration", "timeout_seconds=..."),
    ("session id", "session_id=..."),
    ("apikey key token", _CLIENT.format("api_key")),
    ("baseurl apiurl endpoint", _CLIENT.format("base_url")),
    ("headers defaultheaders extraheaders", _CLIENT.format("default_headers")),
    ("httpclient client session", _CLIENT.format("http_client")),
)

# Suggestions that aren't arguments of the method itself.
_ELSEWHERE: Final = ("TinyFish", "client")

# Fields of `proxy_config`, `agent_config` and `capture_config`.
_FIELDS: Final = _table(
    ("country location region geo", "'country_code'"),
    ("server host address proxyurl", "'url'"),
    ("user login", "'username'"),
    ("pass secret", "'password'"),
    ("use on active", "'enabled'"),
    ("steps steplimit maxactions", "'max_steps'"),
    ("timeout duration timelimit maxduration maxtime", "'max_duration_seconds'"),
    ("cursor style", "'cursor_style'"),
    ("video record", "'recording'"),
)


def argument_hint(name: str, known: Iterable[str]) -> str:
    """The end of an error message: the argument that was probably meant, or all valid ones.

    Args:
        name: The wrong name.
        known: The valid names.
    """
    return _hint(name, known, _ARGUMENTS)


def field_hint(name: str, known: Iterable[str]) -> str:
    """The end of an error message: the field that was probably meant, or all valid ones."""
    return _hint(name, known, _FIELDS)


def meant_argument(name: str, known: Iterable[str]) -> str | None:
    """The argument that was probably meant; None if there is no such one."""
    return _meant(name, known, _ARGUMENTS)


def _hint(name: str, known: Iterable[str], table: Mapping[str, list[str]]) -> str:
    names = sorted(set(known))
    meant = _meant(name, names, table)
    return f"; it has {', '.join(names)}." if meant is None else f"; did you mean {meant}?"


def _meant(name: str, known: Iterable[str], table: Mapping[str, list[str]]) -> str | None:
    import difflib  # needed only for errors

    names = sorted(set(known))
    meant = {_bare(key): repr(key) for key in names}
    subjects = {*names, *_ELSEWHERE}
    others = {key: one for key, ones in table.items() for one in reversed(ones) if _subject(one) in subjects}
    for choices in (meant, others):
        if _bare(name) in choices:
            return choices[_bare(name)]
    both = others | meant
    near = difflib.get_close_matches(_bare(name), both, n=1, cutoff=0.7)
    return both[near[0]] if near else None


def _bare(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _subject(hint: str) -> str:
    """The name of the argument or field that a suggestion is about."""
    return re.split(r"\W+", hint.lstrip("'"), maxsplit=1)[0]
