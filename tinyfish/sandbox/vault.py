"""Connected password vaults. They have made-up items, or those of a rule, and no secret is kept."""

import uuid

from tinyfish.sandbox import clock
from tinyfish.sandbox.errors import ApiError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.records import Records
from tinyfish.sandbox.script.rules import Rules

# A vault with one of these as its secret doesn't open, so that programs can try that.
REFUSED = "refused"
_NAME = "Sandbox"


class Vault:
    """The vaults of a sandbox's account.

    Args:
        records: Keeps the connections, without their secrets.
        rules: The rules that say what is in a vault, or refuse to connect it.
    """

    def __init__(self, records: Records, rules: Rules) -> None:
        self._records = records
        self._rules = rules

    async def connect(self, asked: JsonObject) -> JsonObject:
        """Connect a vault.

        Raises:
            ApiError: Its secret is "refused", or a rule refuses it.
        """
        rule = self._rules.take("vault", provider=asked["provider"])
        scripted: list[JsonObject] | None = None if rule is None else await rule.answer("items")
        if REFUSED in (asked.get("token"), asked.get("masterPassword")):
            raise ApiError(401, "The vault does not open with these", code="UNAUTHORIZED")
        connection_id = f"conn_{uuid.uuid4().hex[:12]}"
        connection: JsonObject = {
            "id": connection_id,
            "provider": asked["provider"],
            "connectionStatus": "connected",
            "lastValidatedAt": clock.now(),
        }
        items = _made_up(connection_id) if scripted is None else _filled(scripted, connection_id)
        self._records.add(connection_id, {"connection": connection, "items": items})
        return {
            "connectionId": connection_id,
            "connected": True,
            "provider": asked["provider"],
            "items": items,
        }

    def connections(self) -> list[JsonObject]:
        """All connections."""
        return [record.document["connection"] for record in self._records.all()]

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
        records = self._records.all()
        if not records:
            raise ApiError(404, "No vault is connected")
        return [item for record in records for item in record.document["items"]]


def _filled(scripted: list[JsonObject], connection_id: str) -> list[JsonObject]:
    """The items that a rule defines; what it leaves out is filled."""
    return [
        {
            "itemId": _item_id(connection_id, number),
            "connectionId": connection_id,
            "label": f"Item {number}",
            "vaultName": _NAME,
            "domains": [],
            "fieldMetadata": [],
            "hasTotp": False,
            **item,
        }
        for number, item in enumerate(scripted, 1)
    ]


def _item_id(connection_id: str, number: int) -> str:
    return f"cred:{connection_id}:{_NAME}:item-{number}"


def _made_up(connection_id: str) -> list[JsonObject]:
    return [
        {
            "itemId": _item_id(connection_id, number),
            "connectionId": connection_id,
            "label": label,
            "vaultName": _NAME,
            "domains": [domain],
            "fieldMetadata": [
                {"fieldId": "username", "label": "User name", "type": "STRING"},
                {"fieldId": "password", "label": "Password", "type": "CONCEALED"},
            ],
            "hasTotp": False,
        }
        for number, (label, domain) in enumerate((("Shop", "shop.example"), ("News", "news.example")), 1)
    ]
