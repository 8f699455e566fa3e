"""The page of one run: its browser, its steps and its outcome, live while it lasts."""

from html import escape

from tinyfish.display.html import STYLE, tree
from tinyfish.sandbox.store import RunRecord
from tinyfish.sandbox.views.layout import count, document, link, status_mark, took

_WITHOUT_PICTURE = {
    "rule": "Scripted by a rule of the sandbox; no page was opened",
    "HTTP": "The page was read over HTTP, without a browser",
    "Chromium": "The browser made no picture of this page",
}


_NO_STEPS = '<p class="soft">None</p>'


def run_page(record: RunRecord, picture: str | None) -> str:
    """The page of a run.

    Args:
        record: The run.
        picture: The last picture of its browser, as a data URI, if there is one.
    """
    refresh = "" if record.finished else '<noscript><meta http-equiv="refresh" content="2"></noscript>'
    body = (
        f'{refresh}<header><a class="home" href="/">TinyFish sandbox</a>'
        f"<h1>{status_mark(record.status)} {escape(record.task)}</h1><p>{link(record.url)}</p>"
        f'<p class="soft" id="facts">{_facts(record)}</p></header>\n'
        f'<main data-live="{"" if record.finished else "yes"}">{_figure(record, picture)}'
        f'<section id="outcome">{_outcome(record)}</section>'
        f'<section><h2>Steps</h2><ol id="steps">{_steps(record)}</ol>'
        f"{'' if record.steps or not record.finished else _NO_STEPS}</section></main>"
    )
    return document(f"{record.status}: {record.task}", body, script="" if record.finished else "live.js")


def unknown_run(run_id: str) -> str:
    """The page for an id that no run has."""
    body = (
        '<header><a class="home" href="/">TinyFish sandbox</a><h1>Unknown run</h1></header><main><section>'
        f"<p>This sandbox has no run <code>{escape(run_id)}</code>.</p><p>A sandbox forgets its runs when it stops, "
        'unless it has a database file. <a href="/">All runs</a></p></section></main>'
    )
    return document("Unknown run", body)


def _facts(record: RunRecord) -> str:
    facts = [f"<code>{escape(record.run_id)}</code>", count(len(record.steps), "step")]
    duration = took(record)
    if duration:
        facts.append(f"{'took' if record.finished else 'running for'} {duration}")
    if record.read_with == "rule":
        facts.append("scripted by a rule")
    return " · ".join(facts)


def _figure(record: RunRecord, picture: str | None) -> str:
    if picture is not None:
        return f'<figure><img id="screen" src="{escape(picture)}" alt="The page in the browser"></figure>'
    if record.read_with is not None:
        caption = _WITHOUT_PICTURE[record.read_with]
    else:
        caption = "No page was opened" if record.finished else "Waiting for the browser"
    shown = "" if record.finished else '<img id="screen" alt="The page in the browser">'
    return f'<figure class="empty">{shown}<figcaption>{escape(caption)}</figcaption></figure>'


def _outcome(record: RunRecord) -> str:
    if record.status == "CANCELLED":
        return "<h2>Cancelled</h2><p>The run was cancelled before it had a result.</p>"
    if record.error is not None:
        told = [record.error.get(name) for name in ("message", "help_message")]
        code = " · ".join(str(record.error[name]) for name in ("code", "category") if name in record.error)
        texts = "".join(f"<p>{escape(str(text))}</p>" for text in told if text)
        return f'<h2>Error</h2><div class="error">{texts}</div><p class="soft">{escape(code)}</p>'
    if not record.finished:
        return ""
    return f'<h2>Result</h2>{STYLE}<div class="tinyfish">{tree(record.result)}</div>'


def _steps(record: RunRecord) -> str:
    return "".join(
        f'<li><span class="action">{escape(str(step["action"]))}</span> '
        f'<span class="soft">{escape(str(step["timestamp"])[11:19])} · {escape(str(step["duration"]))}</span></li>'
        for step in record.steps
    )
