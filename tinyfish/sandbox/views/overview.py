"""The page `/`: the runs as they come, how to point a client at the sandbox, its rules and its faults."""

import json
from collections.abc import Sequence
from html import escape

from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.store import RunRecord
from tinyfish.sandbox.views.layout import count, document, link, status_mark, took

_SHOWN = 200


def overview(
    runs: Sequence[RunRecord], *, url: str, rules: Sequence[JsonObject], faults: Sequence[JsonObject]
) -> str:
    """The page.

    Args:
        runs: All runs, oldest first.
        url: The sandbox's URL.
        rules: The options of its rules.
        faults: The options of its faults.
    """
    state = f"{_runs(runs)}{_set('Rules', rules)}{_set('Faults', faults)}"
    body = (
        '<header><h1>TinyFish sandbox</h1><p class="soft">A local server for the TinyFish API. It costs nothing.</p>'
        '</header>\n<noscript><p class="wide"><a href="/">Refresh</a></p></noscript>\n'
        f'<main class="wide"><div id="state">{state}</div>{_how_to(url)}</main>'
    )
    return document("TinyFish sandbox", body, script="overview.js")


def _runs(runs: Sequence[RunRecord]) -> str:
    if not runs:
        return (
            '<section><h2>Runs</h2><p class="soft">None yet. Start one with a client, as below.</p></section>'
        )
    shown = "".join(_run(record) for record in reversed(runs[-_SHOWN:]))
    more = f'<p class="soft">and {len(runs) - _SHOWN} earlier ones</p>' if len(runs) > _SHOWN else ""
    return f'<section><h2>{count(len(runs), "run")}</h2><ul class="runs">{shown}</ul>{more}</section>'


def _run(record: RunRecord) -> str:
    facts = [f"{record.created_at[11:19]} UTC", count(len(record.steps), "step"), took(record)]
    if record.read_with == "rule":
        facts.append("scripted")
    reason = (
        "" if record.error is None else f'<p class="error">{escape(str(record.error.get("message", "")))}</p>'
    )
    return (
        f'<li>{status_mark(record.status)}<div><a class="goal" href="/live/{escape(record.run_id)}">'
        f"{escape(record.task)}</a><p>{link(record.url)}</p>{reason}"
        f'<p class="soft">{" · ".join(fact for fact in facts if fact)}</p></div></li>'
    )


def _set(title: str, options: Sequence[JsonObject]) -> str:
    if not options:
        return ""
    items = "".join(
        f"<li><code>{escape(json.dumps(option, ensure_ascii=False, default=str))}</code></li>"
        for option in options
    )
    return f'<section><h2>{title}</h2><ul class="set">{items}</ul></section>'


def _how_to(url: str) -> str:
    shell = (
        f"export TINYFISH_BASE_URL={url}\nexport TINYFISH_API_KEY=...   # the key that the sandbox printed"
    )
    python = (
        "from tinyfish import TinyFish\n\n"
        "with TinyFish() as client:\n"
        '    print(client.agent.run(goal="Read the headings", url="https://example.com").result)'
    )
    return (
        f"<section><h2>Point a client at it</h2><pre>{escape(shell)}</pre><pre>{escape(python)}</pre>"
        '<p class="soft">Its contract is at <a href="/openapi.json">/openapi.json</a>. Set rules and faults with '
        "<code>sandbox.on</code> and <code>sandbox.fault</code>, in a file, or at <code>/_sandbox/</code>.</p>"
        "</section>"
    )
