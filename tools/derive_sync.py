"""Derive the sync client's modules from the async client's. tools/generate.py calls this.

Every `tinyfish/**/async_*.py` that begins with "# Source of" is the source of the module of that name without
`async_`. The rules are below: for code tokens, for names, and for words in docstrings and comments. Ruff then formats
the module and removes unused imports.
"""

import ast
import difflib
import io
import keyword
import re
import subprocess
import sys
import textwrap
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

MARK = "# Source of "
HEADER = "# Derived from {source} by tools/derive_sync.py: edit that file, then `make generate`."

# Names whose sync form isn't just the name without `Async`, `async_` or `_async`.
NAMES = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "StopAsyncIteration": "StopIteration",
    "aclose": "close",
    "aiter": "iter",
    "anext": "next",
}
# Methods that only the async client has. Its `aclose` becomes the sync client's `close`.
ASYNC_ONLY = {"def __await__", "async def close"}
# `Awaitable[T]` becomes `T`.
WRAPPERS = {"Awaitable"}
# `AsyncItems(items, abandon=...)` becomes `Items(items)`: a sync generator can be abandoned as it is.
FIRST_ARGUMENT_ONLY = {"AsyncItems"}

# Patterns for docstrings and comments, applied in this order.
WORDS = {
    r", in an event loop\b": "",
    r"\bclient for asyncio and trio\b": "client, safe to share between threads",
    r"\bin an event loop\b": "in a thread",
    r"\ban `async (?=with|for)": "a `",
    r"`async (?=with|for)": "`",
    r"\bAsync(?=[A-Z])": "",
    r"\baclose\b": "close",
    r", task cancellation\b": "",
    r", when it is awaited, or\b": ", or",
    r"\b([Aa]nother|[Oo]ne|[Aa]ny) task\b": r"\1 thread",
    r"\n[^\n]*`await`[^\n]*\n(?=\n)": "",  # a paragraph about it
}
# Words that no derived module may contain.
ASYNC = re.compile(r"\b(async|asyncio|await|awaits|awaited|coroutine|event loop|Async(?=[A-Z])\w*)\b")

Edit = tuple[int, int, str]


def write() -> None:
    """Write all derived modules."""
    for source in sources():
        target_of(source).write_text(derive(source), encoding="utf-8")


def compare() -> list[str]:
    """Return a unified diff between the committed and the correct derived modules, as lines."""
    lines: list[str] = []
    for source in sources():
        target = target_of(source)
        before = target.read_text(encoding="utf-8").splitlines() if target.exists() else []
        name = target.relative_to(ROOT).as_posix()
        after = derive(source).splitlines()
        lines += difflib.unified_diff(before, after, f"committed/{name}", f"derived/{name}", lineterm="")
    return lines


def sources() -> list[Path]:
    """Return the source modules."""
    found = sorted((ROOT / "tinyfish").rglob("async_*.py"))
    return [path for path in found if path.read_text(encoding="utf-8").startswith(MARK)]


def target_of(source: Path) -> Path:
    """Return the path of the module derived from a source module."""
    return source.with_name(source.name.removeprefix("async_"))


def derive(source: Path) -> str:
    """Return the text of the module derived from a source module.

    Raises:
        SystemExit: The result still contains async code or words.
    """
    target = target_of(source)
    text = sync_code(without_async_only(source.read_text(encoding="utf-8").partition("\n")[2]))
    text = ruff(f"{HEADER.format(source=source.name)}\n{text}", target)
    for number, line in enumerate(text.splitlines()[1:], 2):
        if left := ASYNC.search(line):
            sys.exit(
                f"{target}:{number}: {left[0]!r} isn't allowed in a sync module; change {source.name} or the rules."
            )
    return text


def ruff(text: str, path: Path) -> str:
    """Format a module, remove unused imports, and turn loops that only yield into `yield from`."""
    fix = ("check", "--fix", "--unsafe-fixes", "--exit-zero", "--quiet", "--select", "F401,I001,RET504,UP028")
    for arguments in (fix, ("format", "--quiet")):
        command = [sys.executable, "-m", "ruff", *arguments, "--stdin-filename", str(path), "-"]
        text = subprocess.run(
            command, cwd=ROOT, input=text, capture_output=True, text=True, check=True
        ).stdout
    return text


def without_async_only(code: str) -> str:
    """Return the code without the methods that only the async client has."""
    lines = code.splitlines(keepends=True)
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.end_lineno is None:
            continue
        prefix = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
        if f"{prefix} {node.name}" in ASYNC_ONLY:
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    return "".join(lines)


def sync_code(code: str) -> str:
    """Return the code as sync code."""
    starts = [0]  # the offset of each line
    for line in code.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    spans = [(starts[t.start[0] - 1] + t.start[1], starts[t.end[0] - 1] + t.end[1]) for t in tokens]
    for begin, end, text in sorted(edits(tokens, spans), reverse=True):
        code = code[:begin] + text + code[end:]
    return code


def edits(tokens: list[tokenize.TokenInfo], spans: list[tuple[int, int]]) -> Iterator[Edit]:
    """Yield the replacements: begin, end and new text. They don't overlap."""
    for index, token in enumerate(tokens):
        begin, end = spans[index]
        if token.type == tokenize.COMMENT:
            yield begin, end, sync_words(token.string)
        elif token.type == tokenize.STRING and is_docstring(tokens, index):
            yield begin, end, sync_docstring(token.string)
        elif token.type != tokenize.NAME:
            continue
        elif token.string in ("async", "await"):
            yield begin, spans[index + 1][0], ""
            if token.string == "await" and (closer := needless_parentheses(tokens, index)):
                yield *spans[index - 1], ""
                yield *spans[closer], ""
        elif token.string in WRAPPERS and tokens[index + 1].string in "[(":
            separator, closer = ends_of_first(tokens, index + 1)
            yield begin, spans[index + 1][1], ""
            yield spans[separator][0], spans[closer][1], ""
        elif token.string in FIRST_ARGUMENT_ONLY and tokens[index + 1].string == "(":
            separator, closer = ends_of_first(tokens, index + 1)
            yield begin, end, sync_name(token.string)
            yield spans[separator][0], spans[closer][0], ""
        elif (name := sync_name(token.string)) != token.string:
            yield begin, end, name


def sync_name(name: str) -> str:
    """Return the sync client's name of a class, function or module of the async client."""
    if name in NAMES:
        return NAMES[name]
    return re.sub(r"^(_?)(Async(?=[A-Z])|async_)", r"\1", name).removesuffix("_async")


def is_docstring(tokens: list[tokenize.TokenInfo], index: int) -> bool:
    """Whether a string token is a whole statement."""
    neglected = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT)
    before = next((t.type for t in reversed(tokens[:index]) if t.type not in neglected), tokenize.NEWLINE)
    return before == tokenize.NEWLINE


def needless_parentheses(tokens: list[tokenize.TokenInfo], index: int) -> int | None:
    """Return the index of the parenthesis that closes around an `await`, if it's redundant without the `await`."""
    opener, before = tokens[index - 1], tokens[index - 2]
    is_call = before.string in (")", "]") or is_name(before)
    if opener.string != "(" or is_call:
        return None
    depth = 0
    for closer, token in enumerate(tokens[index + 1 :], index + 1):
        depth += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))
        if depth < 0:
            return closer
        is_of_primary = token.string in (".", ")", "]") or is_name(token)
        if depth == 0 and not is_of_primary:
            return None
    return None


def is_name(token: tokenize.TokenInfo) -> bool:
    """Whether a token is a name and not a keyword."""
    return token.type == tokenize.NAME and not keyword.iskeyword(token.string)


def ends_of_first(tokens: list[tokenize.TokenInfo], opener: int) -> tuple[int, int]:
    """Return the index of the token that ends the first argument, and of the one that closes the call."""
    depth, separator = 0, 0
    for index in range(opener, len(tokens)):
        string = tokens[index].string
        depth += (string in ("(", "[", "{")) - (string in (")", "]", "}"))
        if depth == 1 and string == "," and not separator:
            separator = index
        if depth == 0:
            return separator or index, index
    raise ValueError("A bracket is never closed.")


def sync_words(text: str) -> str:
    """Return the text of a docstring or comment for the sync client."""
    for pattern, words in WORDS.items():
        text = re.sub(pattern, words, text)
    return text


def sync_docstring(text: str) -> str:
    """Return a docstring for the sync client, including its examples."""
    parts = re.split(r"((?:^ *(?:>>>|\.\.\.)(?: .*)?\n)+)", text, flags=re.MULTILINE)
    return "".join(sync_example(part) if index % 2 else sync_words(part) for index, part in enumerate(parts))


def sync_example(lines: str) -> str:
    """Return an example for the sync client, without `main()` and with sorted imports."""
    indent = lines[: lines.index(">>>")]
    code = "".join(line.strip()[4:] + "\n" for line in lines.splitlines())
    code = re.sub(r"^import asyncio\n|^asyncio\.run\(main\(\)\)\n", "", code, flags=re.MULTILINE)
    code = re.sub(r"^asyncio\.run\((.*)\)$", r"\1", code, flags=re.MULTILINE)
    code = re.sub(
        r"^async def main\(\) -> None:\n((?: +.*\n)+)",
        lambda m: textwrap.dedent(m[1]),
        code,
        flags=re.MULTILINE,
    )
    code = sync_code(code)
    code = re.sub(r"(?<= import ).*", lambda m: ", ".join(sorted(m[0].split(", "))), code)
    first = {statement.lineno for statement in ast.parse(code).body}
    return "".join(
        f"{indent}{'>>>' if number in first else '...'} {line}\n"
        for number, line in enumerate(code.splitlines(), 1)
    )


if __name__ == "__main__":
    write()
