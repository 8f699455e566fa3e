"""Connected password vaults. They have made-up items, and no secret is kept."""

import uuid

from tinyfish.sandbox import clock
from tinyfish.sandbox.errors import ApiError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.records import Records

# A vault with one of these as its secret doesn't open, so that programs can try that.
REFUSED = "refused"


class Vault:
    """The vaults of a sandbox's account.

    Args:
        records: Keeps the connections, without their secrets.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def connect(self, asked: JsonObject) -> JsonObject:
        """Connect a vault.

        Raises:
            ApiError: Its secret is "refused".
        """
        if REFUSED in (asked.get("token"), asked.get("masterPassword")):
            raise ApiError(401, "The vault does not open with these", code="UNAUTHORIZED")
        connection_id = f"conn_{uuid.uuid4().hex[:12]}"
        connection: JsonObject = {
            "id": connection_id,
            "provider": asked["provider"],
            "connectionStatus": "connected",
            "lastValidatedAt": clock.now(),
        }
        self._records.add(connection_id, connection)
        return {
            "connectionId": connection_id,
            "connected": True,
            "provider": asked["provider"],
            "items": _items(connection),
        }

    def connections(self) -> list[JsonObject]:
        """All connections."""
        return [record.document for record in self._records.all()]

    def disconnect(self, connection_id: str) -> None:
        """Forget a vault.

        Raises:
            ApiError: There is no such connection.
        """
        if not self._records.delete(connection_id):
            raise ApiError(404, f"There is no such connection: {connection_id}")

    def items(self) -> list[JsonObject]:
        """The items of all vaults.

        Raises:
            ApiError: No vault is connected.
        """
        connections = self.connections()
        if not connections:
            raise ApiError(404, "No vault is connected")
        return [item for connection in connections for item in _items(connection)]


def _items(connection: JsonObject) -> list[JsonObject]:
    return [
        {
            "itemId": f"cred:{connection['id']}:Sandbox:item-{number}",
            "connectionId": connection["id"],
            "label": label,
            "vaultName": "Sandbox",
            "domains": [domain],
            "fieldMetadata": [
                {"fieldId": "username", "label": "User name", "type": "STRING"},
                {"fieldId": "password", "label": "Password", "type": "CONCEALED"},
            ],
            "hasTotp": False,
        }
        for number, (label, domain) in enumerate((("Shop", "shop.example"), ("News", "news.example")), 1)
    ]
