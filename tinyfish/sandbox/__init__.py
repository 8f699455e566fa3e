"""A local server for the TinyFish API, for experiments and tests, without a key or a network.

It needs the extra: `pip install "tinyfish[sandbox]"`.
"""

try:
    from tinyfish.sandbox.sandbox import Sandbox
except ModuleNotFoundError as error:
    missing = (error.name or "").partition(".")[0]
    if missing not in {"aiohttp", "jsonschema", "selectolax", "yaml"}:
        raise
    message = f'The sandbox needs {missing}: pip install "tinyfish[sandbox]"'
    raise ModuleNotFoundError(message, name=missing) from None

from tinyfish.sandbox.browser.usage import SessionRecord
from tinyfish.sandbox.recorder import RecordedRequest
from tinyfish.sandbox.recording.proxy import RecordingProxy
from tinyfish.sandbox.store import RunRecord

__all__ = ["RecordedRequest", "RecordingProxy", "RunRecord", "Sandbox", "SessionRecord"]
