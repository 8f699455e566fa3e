"""One handler for every operation of the contract: each module here has those of one tag."""

import pkgutil
from importlib import import_module

from tinyfish.sandbox.service import Handlers

HANDLERS: Handlers = {
    operation: handler
    for module in pkgutil.iter_modules(__path__, f"{__name__}.")
    for operation, handler in import_module(module.name).HANDLERS.items()
}
