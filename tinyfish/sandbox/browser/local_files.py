"""DevTools commands that would expose this machine's files to the user of a session.

The real service runs its browsers elsewhere, so nothing that works there needs local files.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tinyfish.sandbox.json_types import JsonObject, is_array, is_object

_SCHEME = "file"
# Schemes in front of another address.
_WRAPPERS = ("view-source:", "blob:", "filesystem:")
_METHODS = frozenset(
    {
        "DOM.setFileInputFiles",  # puts a file into a page by its path
        "Extensions.loadUnpacked",  # a folder
        "Target.exposeDevToolsProtocol",  # exposes the protocol to the page's scripts, bypassing this check
    }
)
_MESSAGE = "The sandbox's browsers can't access the files of this machine"


def refusal(text: str) -> str | None:
    """The response to a command instead of the browser's; None to let it through.

    Args:
        text: The command, as the client sent it.
    """
    try:
        command: Any = json.loads(text)
    except ValueError:
        return None  # not a command: the browser reports it
    if not is_object(command) or not _reaches_files(command):
        return None
    about = {name: command[name] for name in ("id", "sessionId") if name in command}
    return json.dumps({**about, "error": {"code": -32000, "message": _MESSAGE}})


def _reaches_files(command: JsonObject) -> bool:
    if command.get("method") in _METHODS:
        return True
    parameters = command.get("params")
    if command.get("method") == "Target.sendMessageToTarget" and is_object(parameters):
        return refusal(str(parameters.get("message"))) is not None  # a command within a command
    return any(map(_is_file, _urls(parameters)))


def _urls(value: Any) -> Iterator[str]:
    """Every address in a command's parameters, however deep."""
    inner: Any = ()
    if is_object(value):
        if isinstance(value.get("url"), str):
            yield value["url"]
        inner = value.values()
    elif is_array(value):
        inner = value
    for one in inner:
        yield from _urls(one)


def _is_file(url: str) -> bool:
    # Like browsers: without control characters and spaces, ignoring case.
    bare = "".join(character for character in url if character > " ").lower()
    for wrapper in _WRAPPERS:
        if bare.startswith(wrapper):
            return _is_file(bare.removeprefix(wrapper))
    try:
        return urlsplit(bare).scheme == _SCHEME
    except ValueError:
        return bare.startswith(f"{_SCHEME}:")
