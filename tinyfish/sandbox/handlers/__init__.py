"""One handler for every operation of the contract."""

from tinyfish.sandbox.handlers import agent, browser, runs
from tinyfish.sandbox.service import Handlers

HANDLERS: Handlers = {**agent.HANDLERS, **runs.HANDLERS, **browser.HANDLERS}
