"""The guardian: a process that manages a sandbox's browsers, and kills them when the sandbox is gone.

It runs as a script and needs only the standard library. The sandbox holds the other end of its standard input. When
that closes for any reason (even SIGKILL), the guardian kills every browser and removes its profile folder.

It reads one JSON object per line, `{"start": ID, "command": [...]}` or `{"stop": ID}`. It writes
`{"id": ID, "pid": PID}` when a browser is started, `{"id": ID, "ready": URL}` when it listens, and
`{"id": ID, "ended": TEXT}`, with the end of its log, when it has ended.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque

_LISTENING = re.compile(r"DevTools listening on (ws://\S+)")
_LOG_LINES = 20
_WINDOWS = sys.platform == "win32"

_output = threading.Lock()


def tell(message: dict[str, object]) -> None:
    """Write one message to the sandbox, if it is still there."""
    with _output, contextlib.suppress(OSError, ValueError):
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


class Browser:
    """One browser process with its own profile folder.

    Args:
        browser_id: The name that the sandbox gave it.
        command: The program and its arguments; the profile folder is added.
    """

    def __init__(self, browser_id: str, command: list[str]) -> None:
        self._id = browser_id
        self._command = command
        self._profile = ""
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._keep)
        self._log: deque[str] = deque(maxlen=_LOG_LINES)

    def start(self) -> None:
        """Start the process, and report its state."""
        try:
            self._profile = tempfile.mkdtemp(prefix="tinyfish-sandbox-")
            self._process = subprocess.Popen(  # noqa: S603 - the sandbox's own command
                [*self._command, f"--user-data-dir={self._profile}"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                # In its own process group: it doesn't get the terminal's Ctrl-C, and can be killed with its children.
                start_new_session=not _WINDOWS,
            )
        except OSError as error:
            self._remove_profile()
            tell({"id": self._id, "ended": str(error)})
            return
        tell({"id": self._id, "pid": self._process.pid})
        self._thread.start()

    def kill(self) -> None:
        """End the process and its children at once."""
        if self._process is None or self._process.returncode is not None:
            return
        if _WINDOWS:
            subprocess.run(  # noqa: S603
                ["taskkill", "/F", "/T", "/PID", str(self._process.pid)],  # noqa: S607
                capture_output=True,
                check=False,
            )
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def wait(self) -> None:
        """Return when it has ended and is cleaned up."""
        if self._process is not None:
            self._thread.join()

    def _keep(self) -> None:
        process = self._process
        assert process is not None and process.stderr is not None  # noqa: S101, PT018 - for the type checkers
        for line in process.stderr:
            found = _LISTENING.search(line)
            if found:
                tell({"id": self._id, "ready": found[1]})
            else:
                self._log.append(line)
        # Its log has ended, so it has ended. Its group is killed before the process id can be reused.
        self.kill()
        process.wait()
        process.stderr.close()
        self._remove_profile()
        tell({"id": self._id, "ended": "".join(self._log)[-4000:]})

    def _remove_profile(self) -> None:
        # Children that are still exiting may write a last file.
        for _ in range(5):
            shutil.rmtree(self._profile, ignore_errors=True)
            if not os.path.exists(self._profile):  # noqa: PTH110 - pathlib costs a third of the start
                return


def main() -> None:
    """Execute the sandbox's commands until it's gone."""
    # A signal that ends the sandbox may go to its whole group; the guardian must outlive it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    browsers: dict[str, Browser] = {}
    for line in sys.stdin:
        message = json.loads(line)
        if "start" in message:
            browsers[message["start"]] = browser = Browser(message["start"], message["command"])
            browser.start()
        else:
            browser = browsers.pop(message["stop"])
            browser.kill()
    for browser in browsers.values():
        browser.kill()
    for browser in browsers.values():
        browser.wait()


if __name__ == "__main__":
    main()
