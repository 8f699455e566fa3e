"""The search finds what people look for: guides, methods and classes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

# 490 attributes, and pages for those who work on the package, would come before the guide that has the answer. They
# are found on the pages of their classes.
_ATTRIBUTE: Final = re.compile(r"<code>(?:\S+-attribute|property)</code>")
_FOR_DEVELOPERS: Final = ("benchmarks", "changelog", "contract-changelog", "contributing", "design")


def trim(site: Path) -> None:
    """Leave out of the search index what is only in the way."""
    file = site / "search.json"
    index: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    index["items"] = [item for item in index["items"] if _is_wanted(item)]
    file.write_text(json.dumps(index), encoding="utf-8")


def _is_wanted(item: dict[str, Any]) -> bool:
    page = item["location"].partition("#")[0].strip("/")
    return not _ATTRIBUTE.search(item["title"]) and page not in _FOR_DEVELOPERS
