"""`tinyfish search`, `fetch`, `wallet`."""

from __future__ import annotations

from itertools import islice
from typing import Any

import click

from tinyfish.cli.app import CONTEXT
from tinyfish.cli.output import Output, output_options, show_text, show_tree
from tinyfish.cli.run_options import with_scheme


@click.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish search "tide tables" --country DE --limit 5
  tinyfish search "solid state batteries" --papers --jsonl | jq -r .pdf_url""",
)
@click.argument("query")
@click.option(
    "--limit", type=click.IntRange(1), default=10, show_default=True, help="The maximum number of results."
)
@click.option("--country", metavar="CC", help="The country to search from, such as US.")
@click.option("--language", metavar="LL", help="The language of the results, such as en.")
@click.option(
    "--site", "sites", multiple=True, metavar="DOMAIN", help="Only results from this domain; repeatable."
)
@click.option("--news", "domain_type", flag_value="news", help="Search the news.")
@click.option("--papers", "domain_type", flag_value="research_paper", help="Search research papers.")
@output_options
def search(
    query: str,
    limit: int,
    country: str | None,
    language: str | None,
    sites: tuple[str, ...],
    domain_type: Any,
    output: Output,
) -> None:
    """Search the web."""
    from tinyfish.cli.credentials import client

    with client() as api:
        found = api.search.iter(
            query,
            limit=limit,
            location=country.upper() if country else None,
            language=language,
            include_domains=list(sites) or None,
            domain_type=domain_type,
        )
        output.rows((result.to_dict() for result in found), ("title", "url", "snippet"))


@click.command(
    context_settings=CONTEXT,
    epilog="""\b
Examples:
  tinyfish fetch example.com
  tinyfish fetch example.com example.org --format html --jsonl
  cat urls.txt | xargs tinyfish fetch --jsonl > pages.jsonl

\b
One page is printed as text; with --json, or if there are more, as JSON. The exit status is 1 if a page
could not be read.""",
)
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@click.option(
    "--format", "form", type=click.Choice(["markdown", "html", "json"]), default="markdown", show_default=True,
    help="What the text of a page is.",
)  # fmt: skip
@click.option("--links", is_flag=True, help="List the links of the pages too.")
@output_options
def fetch(urls: tuple[str, ...], form: Any, links: bool, output: Output) -> int:
    """Read web pages, without an agent."""
    from tinyfish import FetchResult
    from tinyfish.cli.credentials import client
    from tinyfish.cli.screen import say

    failed = False
    with client() as api:
        addresses = [with_scheme(url) for url in urls]
        if len(urls) == 1 and output.format == "auto":
            answer = api.fetch.get_contents(addresses, format=form, links=links or None)
            for page in answer.results:
                if isinstance(page.text, str) and output.file is None:
                    show_text(page.text)
                elif isinstance(page.text, str):
                    output.file.write_text(page.text, encoding="utf-8")  # type: ignore[union-attr]
                else:
                    output.document(page.text)
                for link in (page.links or ()) if links else ():
                    show_text(str(link))
            for error in answer.errors:
                say(f"Error: {error.url}: {error.error}")
            return int(bool(answer.errors))

        def rows() -> Any:
            nonlocal failed
            for page in api.fetch.iter_contents(addresses, format=form, links=links or None):
                failed = failed or not isinstance(page, FetchResult)
                yield page.to_dict()

        output.rows(rows(), ("url", "title", "text", "error"))
    return int(failed)


@click.command(
    context_settings=CONTEXT, epilog="\b\nExample:\n  tinyfish wallet --json | jq -r .available_balance"
)
@output_options
def wallet(output: Output) -> None:
    """Show what the account can spend, and what things cost."""
    from tinyfish.cli.credentials import client

    with client() as api:
        found = api.wallet.get()

    def show() -> None:
        show_tree({"balance": f"{found.available_balance} {found.currency}"})
        for meter in list(islice(found.rates.meters, 20)) if found.rates else ():
            per = f" per {meter.per}" if meter.per else ""
            show_tree({str(meter.label): f"{meter.unit_amount} {meter.currency}{per}"})

    output.document(found.to_dict(), show)
