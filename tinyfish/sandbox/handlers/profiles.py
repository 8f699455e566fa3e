"""Browser profiles."""

from aiohttp import web

from tinyfish.sandbox.browser import proxy
from tinyfish.sandbox.service import Call, Handlers


async def create_profile(call: Call) -> web.Response:
    """Create a profile."""
    return web.json_response(call.service.profiles.create(call.body), status=201)


async def list_profiles(call: Call) -> web.Response:
    """All profiles."""
    return web.json_response({"profiles": call.effect.listed(call.service.profiles.all())})


async def start_setup(call: Call) -> web.Response:
    """Open a browser to set a profile up."""
    record, limits = await call.service.profiles.start(call.values["profile_id"], call.body)
    session = {
        "session_id": record.session_id,
        "cdp_url": proxy.cdp_url(call.http, record.session_id),
        "base_url": proxy.base_url(call.http, record.session_id),
    }
    return web.json_response({**session, **limits}, status=201)


async def save_setup(call: Call) -> web.Response:
    """Save what was done in a setup session."""
    return web.json_response(await call.service.profiles.save(call.values["profile_id"], call.body))


async def cancel_setup(call: Call) -> web.Response:
    """Drop what was done in a setup session."""
    cancelled = await call.service.profiles.cancel(call.values["profile_id"], call.body["session_id"])
    return web.json_response({"cancelled": cancelled})


HANDLERS: Handlers = {
    "createProfile": create_profile,
    "listProfiles": list_profiles,
    "startProfileSetup": start_setup,
    "saveProfileSetup": save_setup,
    "cancelProfileSetup": cancel_setup,
}
