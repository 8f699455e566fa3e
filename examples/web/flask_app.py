"""Flask: a form starts a run, and the page of the run shows it live, without any JavaScript of its own.

gunicorn --threads 8 examples.web.flask_app:app
"""

from __future__ import annotations

import functools
import os
import secrets

from flask import Flask, abort, redirect, render_template_string, request, url_for
from werkzeug.wrappers import Response

from tinyfish import TinyFish, live_view
from tinyfish.errors import InvalidArgumentError, NotFoundError, SDKError

GOAL = "Read the product's name and its price in euros"
FORM = """<!doctype html>
<title>Products</title>
<form method="post">
  <input name="url" type="url" aria-label="Page" required>
  <input name="key" type="hidden" value="{{ key }}">
  <button>Read</button>
</form>
"""
RUN = """<!doctype html>
<title>{{ run.status }}</title>
{% if not run.is_finished %}<meta http-equiv="refresh" content="3">{% endif %}
<h1>{{ run.status }}</h1>
{{ view }}
{% if run.result %}<pre>{{ run.result | tojson }}</pre>{% endif %}
{% if run.error %}<p>{{ run.error.message }}</p>{% endif %}
{% if not run.is_finished %}
<form method="post" action="{{ url_for('cancel', run_id=run.run_id) }}"><button>Stop</button></form>
{% endif %}
"""

app = Flask(__name__)


@functools.cache
def tinyfish() -> TinyFish:
    """One client for the process, with its connections. Threads can share it, and processes the ledger."""
    return TinyFish(timeout=30, ledger=os.environ.get("RUNS_DB", "runs.db"))


@app.before_request
def own_page() -> None:
    """Only pages of this site may start runs, which cost money. Check here who the user is, too."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(403)


@app.get("/")
def form() -> str:
    # Sent twice, by a double click or a lost response, the form starts one run: it has the same key.
    return render_template_string(FORM, key=secrets.token_hex(8))


@app.post("/")
def start() -> Response:
    # It returns at once: the run goes on, and any process can show it.
    queued = tinyfish().agent.queue(
        goal=GOAL,
        url=request.form["url"],
        idempotency_key=request.form["key"],
        agent_config={"max_duration_seconds": 300},
    )
    if not queued.run_id:  # the API has refused it
        abort(502, str(queued.error))
    return redirect(url_for("show", run_id=queued.run_id))


@app.get("/runs/<run_id>")
def show(run_id: str) -> str:
    run = tinyfish().runs.get(run_id)
    # live_view gives HTML that Jinja2 doesn't escape once more.
    view = live_view(run.streaming_url, height=400) if run.streaming_url else ""
    return render_template_string(RUN, run=run, view=view)


@app.post("/runs/<run_id>/cancel")
def cancel(run_id: str) -> Response:
    tinyfish().runs.cancel(run_id)
    return redirect(url_for("show", run_id=run_id))


@app.errorhandler(SDKError)
def failed(error: SDKError) -> tuple[str, int]:
    if isinstance(error, InvalidArgumentError):  # such as a wrong URL; nothing was sent
        return str(error), 422
    return str(error), 404 if isinstance(error, NotFoundError) else 502
