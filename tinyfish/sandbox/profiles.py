"""Browser profiles. A setup session is a real browser session; what is saved of it are its cookies."""

import secrets
from datetime import UTC, datetime, timedelta

from tinyfish.sandbox import clock
from tinyfish.sandbox.browser import chromium
from tinyfish.sandbox.browser.sessions import Sessions
from tinyfish.sandbox.browser.usage import SessionRecord
from tinyfish.sandbox.errors import ApiError
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.records import Records
from tinyfish.sandbox.script.rules import Rules

_SECONDS = 900
_NO_SETUP: tuple[str | None, JsonObject] = (None, {})


class Profiles:
    """All profiles of a sandbox.

    Args:
        records: Keeps the profiles.
        sessions: Opens browsers.
        rules: The rules that say what a set-up saves, or refuse it.
    """

    def __init__(self, records: Records, sessions: Sessions, rules: Rules) -> None:
        self._records = records
        self._sessions = sessions
        self._rules = rules
        # The profile of each open setup session, and what its rule says of what is saved.
        self._setups: dict[str, tuple[str, JsonObject]] = {}
        # In memory only: they are secrets.
        self._cookies: dict[str, list[JsonObject]] = {}

    def create(self, asked: JsonObject) -> JsonObject:
        """Create a profile."""
        is_default = asked.get("set_as_default", False)
        if is_default:
            for record in self._records.all():
                self._records.save(record.id, {**record.document, "is_default": False})
        profile: JsonObject = {
            "id": f"prof_{secrets.token_hex(8)}",
            "name": asked["name"],
            "proxy_country_code": asked.get("proxy_country_code"),
            "fingerprint_seed": str(secrets.randbelow(10**8)),
            "is_default": is_default,
            "created_at": clock.now(),
        }
        self._records.add(profile["id"], profile)
        return profile

    def all(self) -> list[JsonObject]:
        """All profiles, oldest first."""
        return [record.document for record in self._records.all()]

    def get(self, profile_id: str | None) -> JsonObject:
        """One profile.

        Args:
            profile_id: Its id; None for the default one.

        Raises:
            ApiError: There is no such profile.
        """
        profiles = self.all()
        if profile_id is None:
            found = next((profile for profile in profiles if profile["is_default"]), None)
        else:
            found = next((profile for profile in profiles if profile["id"] == profile_id), None)
        if found is None:
            wanted = "default profile" if profile_id is None else f"profile with the id {profile_id!r}"
            raise ApiError(404, f"There is no {wanted}")
        return found

    def cookies(self, request: JsonObject) -> list[JsonObject]:
        """The cookies that a run of this request begins with: those of its profile."""
        return self._cookies.get(request["profile_id"], []) if request.get("use_profile") else []

    async def start(self, profile_id: str, asked: JsonObject) -> tuple[SessionRecord, JsonObject]:
        """Open a setup session. Returns it, and its limits.

        Raises:
            ApiError: There is no such profile, or a rule refuses it.
        """
        profile = self.get(profile_id)
        rule = self._rules.take("profiles", name=profile["name"])
        saved: JsonObject = {} if rule is None else await rule.answer("saved") or {}
        seconds: int = asked.get("timeout_seconds", _SECONDS)
        record = await self._sessions.create({"timeout_seconds": seconds}, asked.get("url", chromium.BLANK))
        self._setups[record.session_id] = profile_id, saved
        ends = datetime.now(UTC) + timedelta(seconds=seconds)
        return record, {"timeout_seconds": seconds, "expires_at": clock.written(ends)}

    async def save(self, profile_id: str, asked: JsonObject) -> JsonObject:
        """Save a setup session, and end it.

        Raises:
            ApiError: It has ended, or is another profile's.
        """
        self.get(profile_id)
        session_id: str = asked["session_id"]
        session = self._sessions.get(session_id)
        owner, scripted = self._setups.get(session_id, _NO_SETUP)
        if session is None or owner != profile_id:
            raise ApiError(409, "This setup session has ended", code="CONFLICT")
        cookies = await self._sessions.cookies(session)
        domains = sorted({str(cookie["domain"]).lstrip(".") for cookie in cookies})
        self._cookies[profile_id] = [_lasting(cookie) for cookie in cookies]
        await self._end(session_id)
        named: list[str] = asked.get("signed_in_sites", [])
        recorded = [site for site in named if site in domains]
        return {
            "domains_updated": domains,
            "domains_failed": [],
            "cookie_count": len(cookies),
            "domains_skipped": {
                "cookies_skipped": [],
                "local_storage_skipped": [],
                "session_storage_skipped": [],
                "blob_too_large": [],
            },
            "cleanup_failed": False,
            "signed_in_sites": recorded,
            "user_confirmed_sites": {
                "recorded": recorded,
                "rejected": [{"site": site, "reason": "not_saved"} for site in named if site not in domains],
            },
            **scripted,
        }

    async def cancel(self, profile_id: str, session_id: str) -> bool:
        """End a setup session without saving; False if it had ended."""
        self.get(profile_id)
        owner, _ = self._setups.get(session_id, _NO_SETUP)
        if owner != profile_id or self._sessions.get(session_id) is None:
            return False
        await self._end(session_id)
        return True

    def clear(self) -> None:
        """Delete all profiles."""
        self._records.clear()
        self._setups.clear()
        self._cookies.clear()

    async def _end(self, session_id: str) -> None:
        del self._setups[session_id]
        await self._sessions.delete(session_id)


def _lasting(cookie: JsonObject) -> JsonObject:
    """A cookie of a browser as a parameter for another one."""
    kept = ("name", "value", "domain", "path", "secure", "httpOnly", "sameSite", "expires")
    return {name: cookie[name] for name in kept if name in cookie and cookie[name] != -1}
