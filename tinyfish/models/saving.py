"""Writing a run to files."""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from tinyfish_generated.types import written

from tinyfish._core.log import logger
from tinyfish.errors import InvalidArgumentError, SDKError

if TYPE_CHECKING:
    import os

    from tinyfish_generated.models import Run


_DATA_URI: Final = re.compile(r"data:image/(jpeg|png|webp|gif);base64,")
_ENDINGS: Final = {"jpeg": "jpg"}
_VIDEO_ENDINGS: Final = (".mp4", ".webm", ".mkv", ".mov")
# What storage says about a link that has expired.
_EXPIRED: Final = frozenset({400, 401, 403, 404, 410})
_SILENT_SECONDS: Final = 30.0


def save(run: Run, directory: str | os.PathLike[str], *, timeout: float, max_bytes: int) -> list[Path]:
    """Write a run's files; see `Run.save`."""
    if not (timeout > 0 and max_bytes > 0):
        raise InvalidArgumentError(
            f"timeout and max_bytes must be above 0, not {timeout!r} and {max_bytes!r}."
        )
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    paths = list(_documents(run, folder))
    url = cast("object", run.video_url)
    recording = _recording(url, folder, timeout, max_bytes) if isinstance(url, str) and url else None
    return paths if recording is None else [*paths, recording]


def _documents(run: Run, folder: Path) -> Iterator[Path]:
    document = run.to_dict()
    steps = document.pop("steps", None)
    yield _write(folder / "run.json", f"{written(document, 2)}\n")
    yield _write(folder / "result.json", f"{written(document.get('result'), 2)}\n")
    lines: list[str] = []
    for number, step in enumerate(cast("list[object]", steps) if isinstance(steps, list) else [], 1):
        if isinstance(step, dict):
            step = cast("dict[str, object]", step)
            picture = _picture(step.get("screenshot"), folder, number)
            if picture is not None:
                step["screenshot"] = picture.relative_to(folder).as_posix()
                yield picture
        lines.append(f"{written(step)}\n")
    yield _write(folder / "steps.jsonl", "".join(lines))


def _picture(uri: object, folder: Path, number: int) -> Path | None:
    """Write a step's screenshot; None if it isn't one."""
    found = _DATA_URI.match(uri) if isinstance(uri, str) else None
    if found is None or not isinstance(uri, str):
        return None
    try:
        content = base64.b64decode(uri[found.end() :], validate=True)
    except (binascii.Error, ValueError):
        return None
    # No id or name of the server's becomes part of a file's name.
    path = folder / "screenshots" / f"step-{number:03}.{_ENDINGS.get(found[1], found[1])}"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def _recording(url: str, folder: Path, timeout: float, max_bytes: int) -> Path | None:
    """Download the recording; None if its link has expired. The link is a secret, and so in no message.

    Raises:
        SDKError: It can't be downloaded, is too large, or takes too long.
    """
    import httpx

    deadline = time.monotonic() + timeout
    ending = next((ending for ending in _VIDEO_ENDINGS if ending in url.lower()), _VIDEO_ENDINGS[0])
    path = folder / f"recording{ending}"
    part = path.with_name(f"{path.name}.part")
    try:
        # A client of its own: the link's host isn't the API's, and gets no key, header or cookie of the user's.
        with (
            httpx.Client(follow_redirects=True, timeout=min(timeout, _SILENT_SECONDS)) as client,
            client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as response,
        ):
            if response.status_code in _EXPIRED:
                logger.warning("The link to the recording has expired (HTTP %d).", response.status_code)
                return None
            if response.status_code != 200:
                raise SDKError(f"The recording can't be downloaded: HTTP {response.status_code}.")
            size = 0
            with part.open("wb") as file:
                for chunk in response.iter_bytes():
                    size += len(chunk)
                    if size > max_bytes:
                        raise SDKError(
                            f"The recording has more than {max_bytes:,} bytes; pass a larger max_bytes."
                        )
                    if time.monotonic() > deadline:
                        raise SDKError(f"The recording took more than {timeout:g} s; pass a longer timeout.")
                    file.write(chunk)
        part.replace(path)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SDKError(f"The recording can't be downloaded: {type(error).__name__}.") from None
    finally:
        part.unlink(missing_ok=True)
    return path


def _write(path: Path, text: str) -> Path:
    # Halves of surrogate pairs are written as JSON escapes.
    path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    return path
