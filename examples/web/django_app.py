"""Django in one file: a sync view, and an async view that streams a run to its page.

gunicorn examples.web.django_app:application                                  # the sync view
uvicorn examples.web.django_app:asgi                                          # both; /watch needs ASGI
"""

from __future__ import annotations

import functools
import os

from django.conf import settings

if not settings.configured:  # your project has a settings.py
    settings.configure(
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["127.0.0.1", "localhost"],
        SECRET_KEY=os.environ.get("DJANGO_SECRET_KEY", os.urandom(32).hex()),
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    )

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse, StreamingHttpResponse
from django.template import engines
from django.urls import path

from tinyfish import SSE_HEADERS, AsyncTinyFish, TinyFish, sse
from tinyfish.errors import InvalidArgumentError, SDKError

GOAL = "Read the product's name and its price in euros"
PAGE = """<!doctype html>
<title>Products</title>
<h1>{{ url }}</h1>
<ol id="steps"></ol>
<pre id="result"></pre>
{{ url|json_script:"url" }}
<script>
  const at = id => document.getElementById(id)
  const data = message => JSON.parse(message.data)
  const outcome = ({ status, result, error }) =>
    status === "COMPLETED" ? JSON.stringify(result) : `${status}: ${error?.message ?? error ?? "no reason given"}`
  const events = new EventSource("/watch?" + new URLSearchParams({ url: JSON.parse(at("url").textContent) }))
  events.addEventListener("PROGRESS", message => {
    at("steps").append(Object.assign(document.createElement("li"), { textContent: data(message).purpose }))
  })
  events.addEventListener("COMPLETE", message => at("result").textContent = outcome(data(message)))
  events.addEventListener("ERROR", message => at("result").textContent = data(message).error.message)
  events.addEventListener("END", () => events.close())
  events.onerror = () => events.close()
</script>
"""


@functools.cache
def tinyfish() -> TinyFish:
    """One client for the process, with its connections. Threads can share it."""
    return TinyFish(timeout=120)


@functools.cache
def async_tinyfish() -> AsyncTinyFish:
    return AsyncTinyFish(timeout=120)


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(PAGE).render({"url": request.GET["url"]}))


def is_own_page(request: HttpRequest) -> bool:
    """Whether a page of this site asks: another one must not spend your money. Check here who the user is, too."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")


def product(request: HttpRequest) -> HttpResponse:
    """The sync view: it waits for the run, in its thread."""
    if not is_own_page(request):
        return HttpResponseForbidden("Open the page, and start the run there.")
    try:
        run = tinyfish().agent.run(goal=GOAL, url=request.GET["url"])
        return JsonResponse(run.raise_for_outcome().result, safe=False)
    except InvalidArgumentError as error:  # such as a wrong URL; nothing was sent
        return JsonResponse({"detail": str(error)}, status=422)
    except SDKError as error:
        return JsonResponse({"detail": str(error)}, status=502)


async def watch(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The async view: when the user leaves, the run is cancelled."""
    if not is_own_page(request):
        return HttpResponseForbidden("Open the page, and start the run there.")
    stream = async_tinyfish().agent.stream(goal=GOAL, url=request.GET["url"], cancel_on_exit=True)
    return StreamingHttpResponse(sse(stream, heartbeat=5), headers=dict(SSE_HEADERS))


urlpatterns = [path("", page), path("product", product), path("watch", watch)]
application = get_wsgi_application()
asgi = get_asgi_application()
