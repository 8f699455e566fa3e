"""Removing secrets from what is recorded: keys, passwords, cookies, tokens, signatures of URLs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tinyfish_generated.rules import SECRET_FIELDS

from tinyfish.sandbox.json_types import JsonObject, is_array, is_object

MASK: Final = "****"

_SECRET_HEADERS: Final = ("x-api-key", "authorization", "cookie", "proxy-authorization")
# Shorter ones occur in other words. People choose shorter passwords.
_LEAST_KEY_CHARS: Final = 8
_LEAST_PASSWORD_CHARS: Final = 4

# Names of fields and of parameters of URLs, in lower case and without punctuation.
_SECRET_NAMES: Final = frozenset(
    {name.lower() for name in SECRET_FIELDS}
    | {"accesstoken", "apikey", "auth", "authorization", "authtoken", "cdpurl", "clientsecret", "credential"}
    | {"credentials", "idtoken", "jwt", "otp", "passphrase", "passwd", "privatekey", "pwd", "refreshtoken"}
    | {"secret", "secretkey", "sessiontoken", "xapikey"}
)
_SECRET_PARAMETERS: Final = _SECRET_NAMES | {"key", "session", "sessionid", "sid", "ticket"}
# One of these, and the whole query is what gives access to a file in a cloud.
_SIGNATURES: Final = frozenset(
    {"awsaccesskeyid", "hmac", "keypairid", "sig", "signature", "xamzcredential", "xamzsecuritytoken"}
    | {"xamzsignature", "xgoogcredential", "xgoogsignature"}
)
_COOKIES: Final = frozenset({"cookie", "cookies", "setcookie"})

_URL: Final = re.compile(r"\b(?:https?|wss?)://[^\s\"'<>`\\]+", re.IGNORECASE)
_LOGIN: Final = re.compile(r"//[^/?#@\s]*@")
_TOKEN: Final = re.compile(
    r"\bBearer\s+[\w.~+/=-]{8,}"  # as in a header
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # a JSON web token
    r"|\bsk-[\w-]{16,}",  # a key of this and other APIs
)
# A character that no text has: it stands where a secret was.
_GAP: Final = "\ue0f5"


class Secrets:
    """The secrets that were seen in requests, and the forms that others have."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def see(self, headers: Mapping[str, str], body: Any) -> None:
        """Remember the secrets of a request, so that none of them is kept when an answer repeats it."""
        found = {*_of_headers(headers), *_of_body(body)} - self._seen
        if found:
            self._seen |= found
            longest_first = sorted(self._seen, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def cleaned(self, value: Any) -> Any:
        """A JSON value without secrets."""
        if isinstance(value, str):
            return self._cleaned(value, MASK)
        if is_object(value):
            return {self._cleaned(name, MASK): self._member(name, inner) for name, inner in value.items()}
        if is_array(value):
            return [self.cleaned(inner) for inner in value]
        return value

    def matching(self, text: str) -> str | JsonObject:
        """What matches a text in a rule, with a wildcard for each secret."""
        parts = self._cleaned(text, _GAP).split(_GAP)
        if "*" not in text:
            return "*".join(parts)
        # A star of the text itself would be a wildcard.
        return {"regex": r"(?is)\A" + ".*".join(map(re.escape, parts)) + r"\Z"}

    def _member(self, name: str, value: Any) -> Any:
        plain = _plain(name)
        if plain in _COOKIES or (plain in _SECRET_NAMES and isinstance(value, str)):
            return value and MASK
        return self.cleaned(value)

    def _cleaned(self, text: str, mask: str) -> str:
        if self._pattern is not None:
            text = self._pattern.sub(mask, text)
        text = _URL.sub(lambda found: _cleaned_url(found[0], mask), text)
        return _TOKEN.sub(mask, text)


def _of_headers(headers: Mapping[str, str]) -> Iterator[str]:
    for name in _SECRET_HEADERS:
        value = headers.get(name, "")
        # A scheme stands before a token, and a name before a cookie.
        for secret in re.split(r"[;\s]\s*", value):
            secret = secret.partition("=")[2] if "cookie" in name else secret
            if len(secret) >= _LEAST_KEY_CHARS:
                yield secret


def _of_body(body: Any) -> Iterator[str]:
    if is_object(body):
        for name, value in body.items():
            if isinstance(value, str) and _plain(name) in _SECRET_NAMES:
                if len(value) >= _LEAST_PASSWORD_CHARS:
                    yield value
            else:
                yield from _of_body(value)
    elif is_array(body):
        for value in body:
            yield from _of_body(value)


def _cleaned_url(url: str, mask: str) -> str:
    url = _LOGIN.sub(f"//{mask}@", url, count=1)
    if url.lower().startswith("ws"):
        # A session of a browser: its path gives access.
        return re.sub(r"(://[^/?#]*).+", lambda found: f"{found[1]}/{mask}", url)
    address, mark, rest = re.split(r"([?#]|$)", url, maxsplit=1)
    parameters = re.split(r"([?#&;])", rest)
    names = [_plain(parameter.partition("=")[0]) for parameter in parameters]
    if _SIGNATURES.intersection(names):
        return address + mark + mask
    for number, name in enumerate(names):
        if name in _SECRET_PARAMETERS and "=" in parameters[number]:
            parameters[number] = parameters[number].partition("=")[0] + "=" + mask
    return address + mark + "".join(parameters)


def _plain(name: str) -> str:
    """A name in the form in which names are compared: X-Amz-Signature, x_amz_signature."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
