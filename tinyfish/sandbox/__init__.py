"""A local server of the TinyFish API: for trying things, and for tests, with no key and no network.

It needs the extra: `pip install "tinyfish[sandbox]"`.
"""

try:
    from tinyfish.sandbox.sandbox import Sandbox
except ModuleNotFoundError as error:
    if error.name in {"aiohttp", "jsonschema", "selectolax", "yaml"}:
        raise ModuleNotFoundError(
            f'The sandbox needs {error.name}: pip install "tinyfish[sandbox]"', name=error.name
        ) from None
    raise

from tinyfish.sandbox.browser.usage import SessionRecord
from tinyfish.sandbox.recorder import RecordedRequest
from tinyfish.sandbox.store import RunRecord

__all__ = ["RecordedRequest", "RunRecord", "Sandbox", "SessionRecord"]
