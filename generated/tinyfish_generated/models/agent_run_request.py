# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from typing import Any

from attrs import define

from ..types import Model, decode_json_object
from .agent_config import AgentConfig
from .browser_profile import BrowserProfile
from .capture_config import CaptureConfig
from .proxy_config import ProxyConfig


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class AgentRunRequest(Model):
    """A run to start."""

    _names = {
        "url": "url",
        "goal": "goal",
        "browser_profile": "browser_profile",
        "proxy_config": "proxy_config",
        "agent_config": "agent_config",
        "capture_config": "capture_config",
        "webhook_url": "webhook_url",
        "use_vault": "use_vault",
        "credential_item_ids": "credential_item_ids",
        "use_profile": "use_profile",
        "profile_id": "profile_id",
        "api_integration": "api_integration",
        "output_schema": "output_schema",
    }
    _known = frozenset(_names.values())
    _required = frozenset({"url", "goal"})
    _decoders = {
        "browser_profile": BrowserProfile.decode,
        "proxy_config": ProxyConfig.decode,
        "agent_config": AgentConfig.decode,
        "capture_config": CaptureConfig.decode,
        "output_schema": decode_json_object,
    }

    url: str
    """The page that the agent opens first, with its scheme (`https://...`)."""
    goal: str
    """What the agent is to do, in plain words. Say which facts you want back and how to name them: `result`
    follows the goal.
    """
    browser_profile: BrowserProfile | None = None
    """Which browser the agent uses. `lite` if left out; `stealth` for sites that turn robots away."""
    proxy_config: ProxyConfig | None = None
    """Which proxy the browser goes through. None if left out."""
    agent_config: AgentConfig | None = None
    """How the agent works, and when it must stop. The API's defaults if left out."""
    capture_config: CaptureConfig | None = None
    """What is recorded while the agent works. Nothing if left out."""
    webhook_url: str | None = None
    """An `https` address that is told when the run has ended; see the webhook `runFinished`."""
    use_vault: bool | None = None
    """Whether the agent may sign in with credentials from the password vault that the account has connected.
    No if left out.
    """
    credential_item_ids: list[str] | None = None
    """Which of the vault's items the agent may use; all enabled ones if left out. Needs `use_vault` to be
    true.
    """
    use_profile: bool | None = None
    """Whether the browser starts from one of the account's saved profiles, with its cookies and sign-ins,
    rather than blank.
    """
    profile_id: str | None = None
    """Which saved profile; the account's default one if left out. Needs `use_profile` to be true."""
    api_integration: str | None = None
    """A short name of the program that calls, such as `n8n`. Only counted; changes nothing about the run."""
    output_schema: dict[str, Any] | None = None
    """The shape that `result` is to have, as a JSON Schema of an object. Only a part of JSON Schema is
    taken: `type`, `properties`, `required`, `items`, `enum` (of strings), `anyOf` (not at the top),
    `format`, `minimum`, `maximum`, `minItems`, `maxItems`, `nullable` and `propertyOrdering`; at most 64
    KB and 10 levels deep. It has to be enabled for the account.
    """
