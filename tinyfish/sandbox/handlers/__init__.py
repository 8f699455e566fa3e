"""One handler for every operation of the contract."""

from tinyfish.sandbox.handlers import agent, browser, runs, search, wallet
from tinyfish.sandbox.service import Handlers

HANDLERS: Handlers = {
    **agent.HANDLERS,
    **runs.HANDLERS,
    **browser.HANDLERS,
    **search.HANDLERS,
    **wallet.HANDLERS,
}
