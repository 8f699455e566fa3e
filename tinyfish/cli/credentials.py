"""Where the API key is kept: the environment, then the system's keyring, then a file that only its owner can read."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tinyfish.cli.exit_codes import NoAPIKeyError

if TYPE_CHECKING:
    from tinyfish import TinyFish

_SERVICE: Final = "tinyfish"
_ACCOUNT: Final = "api-key"

_NO_KEY: Final = """There is no API key. Set TINYFISH_API_KEY, or call `tinyfish login`.
To try this without a key: `tinyfish sandbox`, or `tinyfish demo`."""


def key_file() -> Path:
    """The file for the key, where there is no keyring."""
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "tinyfish" / "api-key"


def find_key() -> tuple[str, str] | None:
    """The key and where it comes from; None if there is none."""
    key = os.environ.get("TINYFISH_API_KEY")
    if key:
        return key, "the environment variable TINYFISH_API_KEY"
    with _keyring() as ring:
        key = ring.get_password(_SERVICE, _ACCOUNT) if ring else None
    if key:
        return key, "the system's keyring"
    path = key_file()
    key = path.read_text(encoding="utf-8").strip() if path.exists() else None
    return (key, str(path)) if key else None


def store_key(key: str) -> str:
    """Keep a key; returns where."""
    with _keyring() as ring:
        if ring is not None:
            ring.set_password(_SERVICE, _ACCOUNT, key)  # pyright: ignore[reportUnknownMemberType] - wrapped there
            return "the system's keyring"
    path = key_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # an existing file would keep its mode
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(key + "\n")
    return str(path)


def forget_key() -> list[str]:
    """Delete all stored keys; returns where they were."""
    forgotten: list[str] = []
    with _keyring() as ring:
        if ring is not None and ring.get_password(_SERVICE, _ACCOUNT):
            ring.delete_password(_SERVICE, _ACCOUNT)
            forgotten.append("the system's keyring")
    if key_file().exists():
        key_file().unlink()
        forgotten.append(str(key_file()))
    return forgotten


def uses_sandbox_in_program() -> bool:
    """Whether TINYFISH_BASE_URL is that of a sandbox inside the program, which needs no key."""
    from tinyfish._core.addresses import is_in_program

    return is_in_program(os.environ.get("TINYFISH_BASE_URL", ""))


def key_for_client() -> str | None:
    """The key for a client. For a sandbox inside the program, it needs none.

    Raises:
        NoAPIKeyError: There is no key.
    """
    if uses_sandbox_in_program():
        return None
    found = find_key()
    if found is None:
        raise NoAPIKeyError(_NO_KEY)
    return found[0]


@contextmanager
def client(*, timeout: float | None = None, ledger: Path | None = None) -> Generator[TinyFish]:
    """A client with the key that was found.

    Args:
        timeout: The limit of each call in seconds. Default: the client's.
        ledger: The file that records what was started.

    Raises:
        NoAPIKeyError: There is no key.
    """
    key = key_for_client()
    from tinyfish import TinyFish
    from tinyfish._core.config import DEFAULT_TIMEOUT
    from tinyfish.cli.troubles import Troubles

    given: dict[str, Path] = {} if ledger is None else {"ledger": ledger}
    seconds = DEFAULT_TIMEOUT if timeout is None else timeout
    with TinyFish(key, timeout=seconds, on_event=Troubles(), **given) as made:  # type: ignore[arg-type]
        yield made


@contextmanager
def _keyring() -> Generator[_Keyring | None]:
    """The system's keyring, if the package `keyring` is installed and finds one."""
    try:
        import keyring
        from keyring.backends.fail import Keyring as NoKeyring
        from keyring.backends.null import Keyring as NullKeyring
        from keyring.errors import KeyringError
    except ImportError:
        yield None
        return
    backend = keyring.get_keyring()
    try:
        yield None if isinstance(backend, NoKeyring | NullKeyring) else backend
    except KeyringError as error:
        raise NoAPIKeyError(f"The system's keyring can't be used: {error}") from error


if TYPE_CHECKING:
    from keyring.backend import KeyringBackend as _Keyring
