"""The sandbox's agent opens the page and returns its content. It isn't a language model, and says so."""

from collections.abc import Iterator

from tinyfish.sandbox.extract import Page, extract
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.live_run import LiveRun
from tinyfish.sandbox.output_schema import shape
from tinyfish.sandbox.pages import Pages, WebPage
from tinyfish.sandbox.reading import Reader

EXTRACTED_BY = "tinyfish sandbox (no language model)"


class Agent:
    """Executes runs that match no rule.

    Args:
        reader: How it reads pages.
        pages: Gets the pages that it reads.
    """

    def __init__(self, reader: Reader, pages: Pages) -> None:
        self._reader = reader
        self._pages = pages

    async def work(self, run: LiveRun) -> JsonObject:
        """Execute a run.

        Returns:
            The result: the page's content, in the requested form.

        Raises:
            RunFailedError: The page couldn't be opened, or isn't a web page.
        """
        request = run.record.request
        document = await self._reader.read(request, run)
        page = extract(document.html, document.url)
        self._pages.add(WebPage(url=document.url, body=document.html), request["url"], content=page)
        for purpose in _findings(page):
            await run.step(purpose)
        schema: JsonObject | None = request.get("output_schema")
        if schema is None:
            return {"extracted_by": EXTRACTED_BY, **page.to_dict()}
        result, run.record.schema_validation = shape(page, schema)
        await run.step("Converted the result to the requested schema")
        return result


def _findings(page: Page) -> Iterator[str]:
    """A summary of the page's content, one sentence per kind."""
    if page.title:
        yield f"Read the title: {page.title}"
    kinds = (
        (page.headings, "heading", "headings"),
        (page.links, "link", "links"),
        (page.tables, "table", "tables"),
        (page.json_ld, "JSON-LD object", "JSON-LD objects"),
        (page.open_graph, "OpenGraph property", "OpenGraph properties"),
    )
    for found, one, many in kinds:
        if found:
            yield f"Read {len(found)} {one if len(found) == 1 else many}"
