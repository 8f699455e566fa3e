"""The account's wallet."""

from aiohttp import web

from tinyfish.sandbox.service import Call, Handlers


async def get_wallet(call: Call) -> web.Response:
    """The wallet."""
    return web.json_response(await call.service.wallet.read())


HANDLERS: Handlers = {"getWallet": get_wallet}
