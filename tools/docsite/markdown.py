"""The headings, links and code blocks of a Markdown page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

_FENCE: Final = re.compile(r"^( *)(`{3,}|~{3,})(.*)$")
_HEADING: Final = re.compile(r"^(#{1,6}) +(.*?)(?: *\{ *#([\w.-]+) *\})?$")
_LINK: Final = re.compile(r"(?<=\]\()([^)\s]+)(?=(?: \"[^\"]*\")?\))")
_CODE: Final = re.compile(r"(`+)(?:.|\n)*?\1")


class Block(NamedTuple):
    """A code block: its language, the line of the page on which its code begins (from 1), and the code."""

    language: str
    line: int
    code: str


def _lines(text: str) -> Iterator[tuple[int, str, Block | None]]:
    """The lines outside of code blocks, with their numbers; instead of each block, its opening line and itself."""
    fence, begun, code = None, 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        found = _FENCE.match(line)
        if fence is None and found:
            fence, begun, code = found, number, []
        elif fence is None:
            yield number, line, None
        elif found and found[2].startswith(fence[2]) and not found[3].strip():
            indent = len(fence[1])
            lines = "".join(f"{each[indent:]}\n" for each in code)
            yield begun, fence[0], Block(fence[3].split(" ")[0].strip(), begun + 1, lines)
            fence = None
        else:
            code.append(line)


def blocks(text: str, language: str | None = None) -> list[Block]:
    """The code blocks, all or those in one language."""
    found = [block for _, _, block in _lines(text) if block]
    return [block for block in found if language is None or block.language == language]


def title(text: str) -> str:
    """The first heading."""
    return next(match[2] for _, line, block in _lines(text) if not block and (match := _HEADING.match(line)))


def summary(text: str) -> str:
    """The first sentence of the first paragraph that is plain text, on one line; empty if there is none."""
    for paragraph in "\n".join("" if block else line for _, line, block in _lines(text)).split("\n\n"):
        if re.match(r"[\w`*\[]", paragraph.strip()) and not paragraph.strip().startswith("!["):
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(paragraph.split()))
            return re.split(r"(?<=[.!?:]) ", plain)[0].removesuffix(":")
    return ""


def anchors(text: str) -> set[str]:
    """The anchors of the headings, as the site and a forge name them."""
    found: dict[str, int] = {}
    for _, line, block in _lines(text):
        if block is None and (match := _HEADING.match(line)):
            anchor = match[3] or slug(match[2])
            found[anchor] = found.get(anchor, -1) + 1
    return {name if i == 0 else f"{name}_{i}" for name, count in found.items() for i in range(count + 1)}


def slug(heading: str) -> str:
    """The anchor of a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip())


def links(text: str) -> list[str]:
    """The targets of all links and images outside of code."""
    found: list[str] = []

    def keep(target: str) -> str:
        found.append(target)
        return target

    replace_links(text, keep)
    return found


def replace_links(text: str, target_of: Callable[[str], str]) -> str:
    """The text with other targets of its links and images.

    Args:
        text: The page.
        target_of: Takes a target, and returns the one to write instead.
    """
    written: list[str] = []
    begun = 0
    lines = text.splitlines(keepends=True)
    for number, _, block in _lines(text):
        if block:
            written.append(_replaced("".join(lines[begun : number - 1]), target_of))
            end = number + block.code.count("\n") + 1
            written += lines[number - 1 : end]
            begun = end
    return "".join([*written, _replaced("".join(lines[begun:]), target_of)])


def _replaced(prose: str, target_of: Callable[[str], str]) -> str:
    parts, begun = list[str](), 0
    for code in _CODE.finditer(prose):  # code in a line, which has no links
        parts += [_LINK.sub(lambda match: target_of(match[1]), prose[begun : code.start()]), code[0]]
        begun = code.end()
    return "".join([*parts, _LINK.sub(lambda match: target_of(match[1]), prose[begun:])])
