"""What secrets look like: the names of fields and of parameters that have them, and their values. Pure."""

import base64
import binascii
import re
from typing import Final

from tinyfish_generated.rules import SECRET_FIELDS

# The ends of names, in words joined by "_".
_NAME: Final = re.compile(
    r"(?:passw(?:or)?d|passcode|passphrase|token|secret|credential)s?\Z"
    r"|(?:api|access|secret|private|signing|encryption|client|master|auth|session)_?keys?(?:_?id)?\Z"
    r"|session_?id\Z"
    r"|(?:\A|_)(?:auth|authorization|bearer|cdp_?url|csrf|jwt|pwd|xsrf|otp|totp|pin|cvv|cvc)s?\Z"
)
# Of these, numbers are secret too, and not only strings.
_NAME_OF_DIGITS: Final = re.compile(
    r"passw(?:or)?d\Z|passcode\Z|(?:\A|_)(?:pwd|otp|totp|pin|cvv|cvc)\Z|credentials?\Z"
)
# Of these, all that is inside is.
_NAME_OF_ALL: Final = re.compile(r"credentials?\Z")
_API_NAMES: Final = frozenset(name.lower() for name in SECRET_FIELDS)
# Too common as names of fields.
_PARAMETERS: Final = frozenset({"key", "session", "sid", "ticket"})
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_VALUE: Final = re.compile(
    r"\bBearer\s+[\w.~+/=-]{8,}"  # as in a header
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # a JSON web token
    r"|\bsk-[\w-]{16,}"  # a key of this and other APIs
    r"|\b(?:tf|sk|pk|rk)_(?:live|test)_\w{8,}"
    r"|\b(?:gh[opsru]_|github_pat_|glpat-)[\w-]{16,}"
    r"|\bxox[a-z]-[\w-]{8,}"  # Slack
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{12,}"  # AWS
    r"|\bAIza[\w-]{30,}"  # Google
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_BASIC: Final = re.compile(r"\bBasic\s+([A-Za-z0-9+/]{4,}={0,2})")
# Who has the URL can send messages.
_HOOK: Final = re.compile(
    r"(//(?:hooks\.slack\.com(?=/)|(?:\w+\.)?discord(?:app)?\.com(?=/api/webhooks/))).+", re.IGNORECASE
)


def is_secret(name: str) -> bool:
    """Whether strings in a field of this name are secret."""
    return _plain(name) in _API_NAMES or _NAME.search(_words(name)) is not None


def is_secret_number(name: str) -> bool:
    """Whether numbers in a field of this name are secret."""
    return _NAME_OF_DIGITS.search(_words(name)) is not None


def has_only_secrets(name: str) -> bool:
    """Whether all that is inside an object of this name is secret."""
    return _NAME_OF_ALL.search(_words(name)) is not None


def is_secret_parameter(name: str) -> bool:
    """Whether a parameter of a URL is secret."""
    return _plain(name) in _PARAMETERS or is_secret(name)


def without_values(text: str, mask: str) -> str:
    """A text without what has the form of a secret."""
    return _BASIC.sub(lambda found: mask if _is_login(found[1]) else found[0], _VALUE.sub(mask, text))


def without_hook(url: str, mask: str) -> str:
    """A URL without what is secret in the URL of a chat's webhook."""
    return _HOOK.sub(lambda found: f"{found[1]}/{mask}", url)


def _is_login(encoded: str) -> bool:
    try:
        return b":" in base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _words(name: str) -> str:
    """X-Api-Key, xApiKey and X_API_KEY as x_api_key."""
    return "_".join(_WORD.findall(name)).lower()
