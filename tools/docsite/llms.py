"""llms.txt and llms-full.txt, for assistants: https://llmstxt.org.

Assistants invent imports. So the second one lists every public name, and the signature of every method.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from docsite import markdown, navigation
from docsite.addresses import SITE

_PUBLIC_NAMES: Final = navigation.ROOT / "tests" / "unit" / "public_api.txt"
_NOT_IN_FULL: Final = {"Reference", "About"}

_HEAD: Final = """# tinyfish

> The Python client for the TinyFish web-agent API: you give it a page and a goal, an agent in a remote browser does the
> work, and you get JSON back. It never loses a run, never pays for one twice, and returns typed results.

- Import everything from `tinyfish`: `from tinyfish import TinyFish, AsyncTinyFish`. Do not invent names: all public
  names are in llms-full.txt.
- The package that `pip install tinyfish` finds is another one, the published SDK. Install this one from its repository.
- The key is in the environment variable TINYFISH_API_KEY. Never write it into source code.
- To try code without a key or network: `from tinyfish.sandbox import Sandbox` (extra `sandbox`).
- Never repeat a start (`run`, `queue`, `stream`) in a loop of your own: the client retries what is safe. Pass
  `idempotency_key=` if a program can be started again.
- `client.agent.run(goal=..., url=..., returns=Product)` returns a response; `response.value` is a Product,
  `response.result` the JSON. A failed run doesn't raise, unless you call `response.raise_for_outcome()`.
"""


def index(sources: Path) -> str:
    """The text of llms.txt: every page with a sentence about it.

    Args:
        sources: The folder of the site's sources.
    """
    parts = [_HEAD]
    for section, pages in navigation.sections().items():
        lines: list[str] = []
        for page in pages:
            text = (sources / page).read_text(encoding="utf-8")
            about = markdown.summary(text)
            lines.append(f"- [{markdown.title(text)}]({SITE}{page}){': ' + about if about else ''}\n")
        if lines:
            parts.append(f"\n## {section}\n\n{''.join(lines)}")
    parts.append(f"\n## Optional\n\n- [Everything in one file]({SITE}llms-full.txt)\n")
    return "".join(parts)


def full(sources: Path) -> str:
    """The text of llms-full.txt: the pages for users, one after the other, and all public names.

    Args:
        sources: The folder of the site's sources.
    """
    parts = [_HEAD]
    for section, pages in navigation.sections().items():
        if section not in _NOT_IN_FULL:
            parts += [(sources / page).read_text(encoding="utf-8") for page in pages]
    names = _PUBLIC_NAMES.read_text(encoding="utf-8")
    parts.append(
        "# All public names\n\nEach is imported from `tinyfish`, except the classes `module:Name`: these are what a "
        f"client's attributes are.\n\n```text\n{names}```\n"
    )
    return "\n\n".join(part.strip() for part in parts) + "\n"
