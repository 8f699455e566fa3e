"""FastAPI: one client for the application, typed responses, and a page that watches a run.

uvicorn examples.web.fastapi_app:app
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, TypedDict

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, HttpUrl

from tinyfish import SSE_HEADERS, AsyncTinyFish, Run, sse
from tinyfish.errors import InvalidArgumentError, NotFoundError, SDKError, WaitTimeoutError

GOAL = "Read the product's name and its price in euros"
PAGE = """<!doctype html>
<title>Products</title>
<form><input name="url" type="url" aria-label="Page" required> <button>Read</button></form>
<ol id="steps"></ol>
<pre id="result"></pre>
<script>
  const at = id => document.getElementById(id)
  const outcome = ({ status, result, error }) =>
    status === "COMPLETED" ? JSON.stringify(result) : `${status}: ${error?.message ?? error ?? "no reason given"}`
  let events
  document.querySelector("form").onsubmit = submit => {
    submit.preventDefault()
    events?.close()
    at("steps").textContent = at("result").textContent = ""
    events = new EventSource("/watch?" + new URLSearchParams(new FormData(submit.target)))
    const data = message => JSON.parse(message.data)
    events.addEventListener("PROGRESS", message => {
      at("steps").append(Object.assign(document.createElement("li"), { textContent: data(message).purpose }))
    })
    events.addEventListener("COMPLETE", message => at("result").textContent = outcome(data(message)))
    events.addEventListener("ERROR", message => at("result").textContent = data(message).error.message)
    events.addEventListener("END", () => events.close())
    events.onerror = () => events.close()  // otherwise the browser connects again, which starts another run
  }
</script>
"""


class Product(BaseModel):
    name: str
    price: float


class State(TypedDict):
    tinyfish: AsyncTinyFish


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[State]:
    # One for the process: it has the connections. The ledger remembers which run belongs to which key.
    async with AsyncTinyFish(timeout=120, ledger=os.environ.get("RUNS_DB", "runs.db")) as client:
        yield {"tinyfish": client}


def tinyfish(request: Request) -> AsyncTinyFish:
    client: AsyncTinyFish = request.state.tinyfish
    return client


def own_page(request: Request) -> None:
    """Only pages of this site may start runs, which cost money. Check here who the user is, too."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403, "Open the page, and start the run there.")


app = FastAPI(lifespan=lifespan)
Client = Annotated[AsyncTinyFish, Depends(tinyfish)]


@app.get("/")
async def page() -> HTMLResponse:
    return HTMLResponse(PAGE)


@app.post("/product", dependencies=[Depends(own_page)])
async def product(
    url: HttpUrl, client: Client, idempotency_key: Annotated[str | None, Header()] = None
) -> Product:
    # Whoever sends the request again, because the response was lost, sends the same header: it's the same run.
    run = await client.agent.run(goal=GOAL, url=str(url), returns=Product, idempotency_key=idempotency_key)
    return run.value


@app.get("/watch", dependencies=[Depends(own_page)])
async def watch(url: HttpUrl, client: Client) -> StreamingResponse:
    # When the user leaves, the response is closed, and so is the stream: the run is cancelled.
    stream = client.agent.stream(goal=GOAL, url=str(url), returns=Product, cancel_on_exit=True)
    return StreamingResponse(sse(stream, heartbeat=5), headers=SSE_HEADERS)


@app.get("/runs/{run_id}")
async def run(run_id: str, client: Client) -> Run:  # the API's own models are response models, too
    return await client.runs.get(run_id)


@app.exception_handler(SDKError)
async def failed(request: Request, error: Exception) -> JSONResponse:
    status = {InvalidArgumentError: 422, NotFoundError: 404, WaitTimeoutError: 504}.get(type(error), 502)
    return JSONResponse({"detail": str(error)}, status)
