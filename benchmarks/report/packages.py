"""Groups the packages of samples as the report shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

_GROUPS = {
    "tinyfish": "tinyfish",
    "tinyfish_generated": "tinyfish",
    "httpx": "httpx",
    "httpcore": "httpcore",
    "h11": "h11",
    "anyio": "anyio",
    "asyncio": "asyncio",
    "selectors": "asyncio",
    "json": "json",
    "importlib": "imports",
}
OTHERS = "rest"
# In the order of the table: the client first.
ORDER = (*dict.fromkeys(_GROUPS.values()), OTHERS)


def grouped(samples: Mapping[str, int]) -> Counter[str]:
    """The number of samples of each group, in the table's order."""
    counted: Counter[str] = Counter()
    for package, count in samples.items():
        counted[_GROUPS.get(package, OTHERS)] += count
    return Counter({group: counted[group] for group in ORDER if counted[group]})
