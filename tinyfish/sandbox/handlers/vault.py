"""Password vaults."""

from aiohttp import web

from tinyfish.sandbox.service import Call, Handlers


async def connect_vault(call: Call) -> web.Response:
    """Connect a vault."""
    return web.json_response(await call.service.vault.connect(call.body))


async def list_vault_connections(call: Call) -> web.Response:
    """The connected vaults."""
    connections = call.effect.listed(call.service.vault.connections(), moment="lastValidatedAt")
    return web.json_response({"connections": connections})


async def disconnect_vault(call: Call) -> web.Response:
    """Forget a vault."""
    connection_id: str = call.values["connection_id"]
    call.service.vault.disconnect(connection_id)
    return web.json_response({"disconnected": True, "connectionId": connection_id})


async def list_vault_items(call: Call) -> web.Response:
    """The vaults' items."""
    return web.json_response({"items": call.service.vault.items()})


async def sync_vault_items(call: Call) -> web.Response:
    """The vaults' items again: nothing ever changes in them."""
    summary = {"added": 0, "updated": 0, "removed": 0}
    return web.json_response({"items": call.service.vault.items(), "sync_summary": summary})


HANDLERS: Handlers = {
    "connectVault": connect_vault,
    "listVaultConnections": list_vault_connections,
    "disconnectVault": disconnect_vault,
    "listVaultItems": list_vault_items,
    "syncVaultItems": sync_vault_items,
}
