"""Monitors."""

from aiohttp import web

from tinyfish.sandbox.service import Call, Handlers


async def create_monitor(call: Call) -> web.Response:
    """Create a monitor and make its first check."""
    monitor, run = await call.service.monitors.create(call.body)
    return web.json_response({"monitor": monitor, "run": run}, status=201)


async def list_monitors(call: Call) -> web.Response:
    """All monitors."""
    return web.json_response({"monitors": call.effect.listed(call.service.monitors.all())})


async def get_monitor(call: Call) -> web.Response:
    """One monitor."""
    return web.json_response(call.service.monitors.get(call.values["monitor_id"]))


async def update_monitor(call: Call) -> web.Response:
    """Change a monitor."""
    return web.json_response(call.service.monitors.update(call.values["monitor_id"], call.body))


async def delete_monitor(call: Call) -> web.Response:
    """Delete a monitor."""
    monitor_id: str = call.values["monitor_id"]
    call.service.monitors.delete(monitor_id)
    return web.json_response({"deleted": True, "id": monitor_id})


async def run_monitor(call: Call) -> web.Response:
    """Make a check now."""
    _, run = await call.service.monitors.check(call.values["monitor_id"])
    return web.json_response({"run": run}, status=201)


HANDLERS: Handlers = {
    "createMonitor": create_monitor,
    "listMonitors": list_monitors,
    "getMonitor": get_monitor,
    "updateMonitor": update_monitor,
    "deleteMonitor": delete_monitor,
    "runMonitor": run_monitor,
}
