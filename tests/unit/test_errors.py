from __future__ import annotations

import re
from typing import Any

import pytest

from tinyfish import errors
from tinyfish._core.calls.call_errors import body_excerpt
from tinyfish.errors import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    InternalServerError,
    PaymentRequiredError,
    RateLimitError,
    SDKError,
    StreamInterruptedError,
    UncertainStartError,
    WaitTimeoutError,
    status_error_class,
)


def public() -> dict[str, type[SDKError]]:
    return {
        name: value
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, SDKError) and not name.startswith("_")
    }


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn: dict[str, str] = {}
    parents: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"^([│├└─ ]*)([A-Z]\w+)(?: |$)", line)
        if match is None or not (match[1].endswith("── ") or line.strip() == "SDKError"):
            continue
        depth, name = len(match[1]), match[2]
        while parents and parents[-1][0] >= depth:
            parents.pop()
        drawn[name] = parents[-1][1] if parents else ""
        parents.append((depth, name))
    actual = {name: kind.__bases__[0].__name__ for name, kind in public().items()}
    assert drawn == {**actual, "SDKError": ""}


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (402, "PaymentRequiredError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (408, "RequestTimeoutError"),
        (409, "ConflictError"),
        (422, "UnprocessableEntityError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
        (502, "InternalServerError"),
        (520, "InternalServerError"),
        (599, "InternalServerError"),
        (999, "InternalServerError"),
        (302, "APIStatusError"),
        (418, "APIStatusError"),
        (499, "APIStatusError"),
    ],
)
def test_one_class_per_status(status: int, name: str) -> None:
    assert status_error_class(status).__name__ == name


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (SDKError("No"), "No"),
        (APIError("No"), "No"),
        (APIError("No", attempts=3, request_id="q"), "No (3 attempts, request id q)"),
        (APIStatusError("No", status_code=499), "HTTP 499: No"),
        (RateLimitError("No", status_code=429, code="SLOW", attempts=2), "429 SLOW: No (2 attempts)"),
        (WaitTimeoutError("No", run_id="r-1"), "No (run r-1)"),
    ],
    ids=repr,
)
def test_what_an_error_says(error: SDKError, text: str) -> None:
    assert str(error) == text
    assert error.message == "No"


def test_whatever_catches_a_failure_of_the_standard_library_catches_ours() -> None:
    assert isinstance(WaitTimeoutError("x"), TimeoutError)
    assert isinstance(errors.ClientClosedError("x"), RuntimeError)


@pytest.mark.parametrize(
    ("details", "url"),
    [
        ({"wallet_url": "https://pay.example"}, "https://pay.example"),
        ({"wallet_url": 5}, None),
        ({}, None),
        (None, None),
        ([1], None),
    ],
)
def test_wallet_url(details: object, url: str | None) -> None:
    assert PaymentRequiredError("x", status_code=402, details=details).wallet_url == url


def test_the_ids_of_a_wait_that_timed_out() -> None:
    assert WaitTimeoutError("x").run_ids == ()
    assert WaitTimeoutError("x", run_id="a").run_ids == ("a",)
    assert WaitTimeoutError("x", run_id="a", run_ids=("a", "b")).run_ids == ("a", "b")


@pytest.mark.parametrize(
    ("plain", "kinds"),
    [
        (APITimeoutError("Late"), (APITimeoutError, APIConnectionError)),
        (APIConnectionError("Cut"), (APIConnectionError,)),
        (StreamInterruptedError("Cut"), (APIConnectionError,)),
        (InternalServerError("Oh", status_code=502, body="<html>"), (InternalServerError, APIStatusError)),
        (errors.RequestTimeoutError("Oh", status_code=408), (errors.RequestTimeoutError,)),
        (errors.ResponseDecodeError("Oh", status_code=200, body="<html>"), (errors.ResponseDecodeError,)),
        (APIError("Oh"), ()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_uncertain_start_is_what_it_failed_with(
    plain: APIError, kinds: tuple[type[APIError], ...]
) -> None:
    plain.__cause__ = cause = OSError("reset")
    window: Any = (1, 2)
    uncertain = UncertainStartError.of(plain, "look first.", candidates=(), window=window, look_error=cause)
    assert all(isinstance(uncertain, kind) for kind in (UncertainStartError, *kinds))
    assert f"{plain.message}. It may have started anyway: look first." in str(uncertain)
    assert (uncertain.window, uncertain.look_error, uncertain.__cause__) == (window, cause, cause)
    for name in ("status_code", "body"):
        assert getattr(uncertain, name, None) == getattr(plain, name, None)


def test_the_excerpt_of_a_body() -> None:
    assert body_excerpt("<html>\n  <b>No</b>\t</html>") == "<html> <b>No</b> </html>"
    assert body_excerpt("x" * 301) == "x" * 300 + "…"
    assert body_excerpt(" ") == ""
