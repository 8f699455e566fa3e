"""Which secrets a recording doesn't keep, by the names of fields and by the forms of values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tinyfish.sandbox.recording.secrets import MASK, Secrets


@pytest.mark.parametrize(
    "name",
    [
        "github_token", "user_password", "newPassword", "passwords", "api_keys", "apikey", "otp", "pin", "csrfToken",
        "session_id", "sessionId", "cvv", "jwt", "aws_secret_access_key", "AWS_ACCESS_KEY_ID", "totp_secret",
        "accessKey", "auth_token", "clientSecret", "private-key", "userpassword", "DB_PASSWD", "pwd", "X-Api-Key",
        "refreshTokens", "credential",
    ],
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    value = "s3cr3t-value"
    for kept in ({name: value}, {name: [value]}, {"inner": [{name: value}]}):
        cleaned = json.dumps(Secrets().cleaned(kept))
        assert value not in cleaned
        assert MASK in cleaned
    if name != "otp":  # parameters of URLs have the same names
        assert value not in Secrets().cleaned(f"https://a.example/?page=1&{name}={value}")


@pytest.mark.parametrize(
    "name",
    [
        "key", "public_key", "primaryKey", "idempotency_key", "keyword", "monkey", "spin", "opinion",
        "session_length", "token_count", "secretary", "author", "next", "passenger", "cookies_accepted", "tokenizer",
    ],
)  # fmt: skip
def test_other_names(name: str) -> None:
    kept = {name: "a value", "of": {name: [7, "a value"]}}
    assert Secrets().cleaned(kept) == kept


def test_what_is_under_such_a_name() -> None:
    told = {
        "credentials": {"user": "u", "value": ["v", 7, None]},
        "otp": 123456, "pin": 1234, "cvv": 123, "max_tokens": 4096, "token": {"symbol": "BTC"}, "has_password": True,
        "password": True, "secret": None, "tokens": 7, "pwd": "",
    }  # fmt: skip
    assert Secrets().cleaned(told) == {
        "credentials": {"user": MASK, "value": [MASK, MASK, None]},
        "otp": MASK, "pin": MASK, "cvv": MASK, "max_tokens": 4096, "token": {"symbol": "BTC"}, "has_password": True,
        "password": True, "secret": None, "tokens": 7, "pwd": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Authorization: Basic dXNlcjpwYXNz", f"Authorization: {MASK}"),
        ("Basic information, Basic plumbing", "Basic information, Basic plumbing"),
        ("post to https://hooks.slack.com/services/T0/B0/XXXX now", f"post to https://hooks.slack.com/{MASK} now"),
        ("https://discord.com/api/webhooks/1/abc", f"https://discord.com/{MASK}"),
        ("https://discord.com/channels/1", "https://discord.com/channels/1"),
        ("the key tf_live_abcdefghijklmnopqrstuv", f"the key {MASK}"),
        ("sk_test_abcdefghijkl", MASK),
        ("ghp_abcdefghijklmnop1234", MASK),
        ("github_pat_abcdefghijklmnop1234", MASK),
        ("xoxb-1234567890-abc", MASK),
        ("AKIAABCDEFGHIJKLMNOP", MASK),
        ("glpat-abcdefghijklmnop1234", MASK),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nend", f"{MASK}\nend"),
        ("https://a.example/?code=4&state=5", "https://a.example/?code=4&state=5"),
    ],
)  # fmt: skip
def test_forms_of_secrets(text: str, cleaned: str) -> None:
    assert Secrets().cleaned(text) == cleaned


def test_secrets_in_the_urls_of_a_request() -> None:
    secrets = Secrets()
    request: dict[str, Any] = {
        "url": "https://shop.example/?access_token=s3cr3t-token&page=kettles-and-pans",
        "proxy_config": {"url": "http://user:hunter%2F2222@p.example:1"},
        "webhook_url": "https://hooks.example/?secret=s3cr3t-hook",
        "output_schema": {
            "properties": {"credentials": {"type": "object", "description": "Those that it shows"}}
        },
    }
    secrets.see({}, request)
    said = (
        "hunter/2222 hunter%2F2222 s3cr3t-token s3cr3t-hook kettles-and-pans object Those that it shows user"
    )
    assert (
        secrets.cleaned(said)
        == f"{MASK} {MASK} {MASK} {MASK} kettles-and-pans object Those that it shows user"
    )
