"""Removing secrets from what is recorded: keys, passwords, cookies, tokens, signatures of URLs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from tinyfish.sandbox.json_types import JsonObject, is_array, is_object
from tinyfish.sandbox.recording import forms

MASK: Final = "****"

_SECRET_HEADERS: Final = ("x-api-key", "authorization", "cookie", "proxy-authorization")
# Shorter ones occur in other words. People choose shorter passwords.
_LEAST_KEY_CHARS: Final = 8
_LEAST_PASSWORD_CHARS: Final = 4

# One of these, and the whole query is what gives access to a file in a cloud.
_SIGNATURES: Final = frozenset(
    {"awsaccesskeyid", "hmac", "keypairid", "sig", "signature", "xamzcredential", "xamzsecuritytoken"}
    | {"xamzsignature", "xgoogcredential", "xgoogsignature"}
)
_COOKIES: Final = frozenset({"cookie", "cookies", "setcookie"})

_URL: Final = re.compile(r"\b(?:https?|wss?)://[^\s\"'<>`\\]+", re.IGNORECASE)
_LOGIN: Final = re.compile(r"//[^/?#@\s]*@")
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
        if _plain(name) in _COOKIES:
            return value and MASK
        if forms.has_only_secrets(name) and is_object(value):
            return {self._cleaned(inside, MASK): self._member(name, inner) for inside, inner in value.items()}
        if forms.is_secret(name) and is_array(value):
            return [self._member(name, inner) for inner in value]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if forms.is_secret_number(name) if is_number else forms.is_secret(name) and isinstance(value, str):
            return value and MASK
        return self.cleaned(value)

    def _cleaned(self, text: str, mask: str) -> str:
        if self._pattern is not None:
            text = self._pattern.sub(mask, text)
        text = _URL.sub(lambda found: _cleaned_url(found[0], mask), text)
        return forms.without_values(text, mask)


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
            if isinstance(value, str) and forms.is_secret(name):
                if len(value) >= _LEAST_PASSWORD_CHARS:
                    yield value
            else:
                yield from _of_body(value)
    elif is_array(body):
        for value in body:
            yield from _of_body(value)
    elif isinstance(body, str):
        for found in _URL.finditer(body):
            yield from _of_url(found[0])


def _of_url(url: str) -> Iterator[str]:
    """The secrets in a URL, as they are in it and as they are meant."""
    login = _LOGIN.search(url)
    password = login[0][2:-1].partition(":")[2] if login else ""
    if len(password) >= _LEAST_PASSWORD_CHARS:
        yield from (password, unquote(password))
    for parameter in re.split(r"[?#&;]", url)[1:]:
        name, _, value = parameter.partition("=")
        if len(value) >= _LEAST_KEY_CHARS and forms.is_secret_parameter(name):
            yield from (value, unquote_plus(value))


def _cleaned_url(url: str, mask: str) -> str:
    url = _LOGIN.sub(f"//{mask}@", url, count=1)
    if url.lower().startswith("ws"):
        # A session of a browser: its path gives access.
        return re.sub(r"(://[^/?#]*).+", lambda found: f"{found[1]}/{mask}", url)
    url = forms.without_hook(url, mask)
    address, mark, rest = re.split(r"([?#]|$)", url, maxsplit=1)
    parameters = re.split(r"([?#&;])", rest)
    names = [parameter.partition("=")[0] for parameter in parameters]
    if _SIGNATURES.intersection(map(_plain, names)):
        return address + mark + mask
    for number, name in enumerate(names):
        if forms.is_secret_parameter(name) and "=" in parameters[number]:
            parameters[number] = f"{name}={mask}"
    return address + mark + "".join(parameters)


def _plain(name: str) -> str:
    """A name in the form in which names are compared: X-Amz-Signature, x_amz_signature."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
