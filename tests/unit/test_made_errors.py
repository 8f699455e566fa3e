"""Errors that users create in their tests, from an `httpx.Response` or just a message."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import httpx
import pytest

import tinyfish
from tinyfish import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    InternalServerError,
    InvalidArgumentTypeError,
    RateLimitError,
    ResponseDecodeError,
    SDKError,
    SSEParseError,
)

# The exceptions that programs know, with their bases.
KNOWN: dict[str, type[Exception]] = {
    "APIConnectionError": APIError,
    "APIError": SDKError,
    "APIStatusError": APIError,
    "APITimeoutError": APIConnectionError,
    "AuthenticationError": APIStatusError,
    "BadRequestError": APIStatusError,
    "ConflictError": APIStatusError,
    "InternalServerError": APIStatusError,
    "NotFoundError": APIStatusError,
    "PaymentRequiredError": APIStatusError,
    "PermissionDeniedError": APIStatusError,
    "RateLimitError": APIStatusError,
    "RequestTimeoutError": APIStatusError,
    "SDKError": Exception,
    "SSEParseError": SDKError,
    "UnprocessableEntityError": APIStatusError,
}
STATUSES = {
    "BadRequestError": 400,
    "AuthenticationError": 401,
    "PaymentRequiredError": 402,
    "PermissionDeniedError": 403,
    "NotFoundError": 404,
    "RequestTimeoutError": 408,
    "ConflictError": 409,
    "UnprocessableEntityError": 422,
    "RateLimitError": 429,
    "InternalServerError": 500,
}
REQUEST = httpx.Request("POST", "https://api.example/v1/runs")


@pytest.mark.parametrize(("name", "base"), KNOWN.items())
def test_the_bases(name: str, base: type[Exception]) -> None:
    assert issubclass(getattr(tinyfish, name), base)


def test_of_a_response() -> None:
    body = {
        "error": {"code": "RATE_LIMIT_EXCEEDED", "message": "Slow down", "details": [1]},
        "request_id": "q1",
    }
    response = httpx.Response(429, json=body, headers={"Retry-After": "7"}, request=REQUEST)
    error = RateLimitError("no", response=response)
    assert (error.status_code, error.code, error.details) == (429, "RATE_LIMIT_EXCEEDED", [1])
    assert (error.retry_after, error.request_id, error.attempts) == (7.0, "q1", 1)
    assert (error.response, error.request, error.body) == (response, REQUEST, response.text)
    assert (error.message, str(error)) == ("no", "429 RATE_LIMIT_EXCEEDED: no (request id q1)")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.body, again.retry_after) == (str(error), response.text, 7.0)


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(503),
        httpx.Response(503, text="<html>Busy</html>", headers={"Retry-After": "soon"}),
        httpx.Response(503, content=b"\xff\xfe", headers={"Content-Type": "application/json; charset=none"}),
        httpx.Response(503, json=[1]),
        httpx.Response(503, json={"error": "no"}),
        httpx.Response(503, stream=httpx.ByteStream(b"not read")),
    ],
)
def test_of_a_response_that_is_not_the_apis(response: httpx.Response) -> None:
    error = InternalServerError("no", response=response)
    assert (error.status_code, error.code, error.details, error.retry_after) == (503, None, None, None)
    assert (error.request, error.request_id, str(error)) == (None, None, "HTTP 503: no")


def test_what_is_given_is_not_read_from_the_response() -> None:
    response = httpx.Response(429, json={"error": {"code": "A", "message": "b", "details": 1}})
    error = RateLimitError(
        "no", response=response, code="B", details=2, retry_after=3.0, body="", request=REQUEST
    )
    assert (error.code, error.details, error.retry_after, error.body, error.request) == (
        "B",
        2,
        3.0,
        "",
        REQUEST,
    )


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_of_a_text_alone(name: str, status: int) -> None:
    error = getattr(tinyfish, name)("no")
    assert (error.status_code, error.code, error.body, error.response) == (status, None, "", None)
    assert str(error) == f"HTTP {status}: no"


def test_a_subclass_of_ones_own_has_the_status_of_its_class() -> None:
    class MyRateLimitError(RateLimitError):
        pass

    assert MyRateLimitError("no").status_code == 429


def test_a_status_is_needed_where_the_class_has_none() -> None:
    with pytest.raises(InvalidArgumentTypeError, match="APIStatusError needs response= or status_code="):
        APIStatusError("no")
    assert APIStatusError("no", response=httpx.Response(418)).status_code == 418


@pytest.mark.parametrize("kind", [SDKError, APIError, APIConnectionError, APITimeoutError, SSEParseError])
def test_without_a_status(kind: Any) -> None:
    error = kind("no")
    assert (str(error), error.message) == ("no", "no")


def test_a_line_that_is_not_an_event() -> None:
    assert SSEParseError("bad", line="data: {").line == "data: {"
    assert SSEParseError("bad").line == ""


def test_a_body_that_is_not_the_contracts() -> None:
    response = httpx.Response(201, text="<html>", request=REQUEST)
    error = ResponseDecodeError("no", response=response)
    assert (error.status_code, error.body, error.request) == (201, "<html>", REQUEST)


def test_every_error_of_the_api_can_be_made_of_a_text() -> None:
    kinds = [
        kind
        for kind in vars(tinyfish.errors).values()
        if inspect.isclass(kind) and issubclass(kind, APIError)
    ]
    for kind in kinds:
        given = {"status_code": 400} if kind is APIStatusError else {}
        assert kind("no", **given).message == "no"
