"""Builds the request body of a run from the user's keyword arguments, and checks every field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from tinyfish_generated import rules
from tinyfish_generated.models import AgentRunRequest, BatchRunItem, BrowserSessionRequest

from tinyfish._core import checks
from tinyfish._core.checks import Check
from tinyfish._core.contract_checks import checked, checks_of, required_in, text_of
from tinyfish._core.hints import argument_hint, meant_argument
from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError
from tinyfish.models.returns import NO_OUTPUT_SPEC, OutputSpec
from tinyfish.options import StartOptions

_COUNTRY: Final = "a two-letter country code in capitals, such as 'US'"

_PROXY_CHECKS: Final = checks_of(
    rules.PROXY_CONFIG,
    country_code=text_of(rules.PROXY_CONFIG["country_code"], expected=_COUNTRY),
    url=checks.proxy_url,
)
_BROWSER_PROXY_CHECKS: Final = checks_of(
    rules.BROWSER_PROXY_CONFIG,
    country_code=text_of(rules.BROWSER_PROXY_CONFIG["country_code"], expected=_COUNTRY),
    url=checks.proxy_url,
)


def _proxy(name: str, value: object) -> dict[str, Any]:
    required = required_in(rules.PROXY_CONFIG)
    return _with_custom_url(name, checks.fields(name, value, _PROXY_CHECKS, required))


def _browser_proxy(name: str, value: object) -> dict[str, Any]:
    required = required_in(rules.BROWSER_PROXY_CONFIG)
    return _with_custom_url(name, checks.fields(name, value, _BROWSER_PROXY_CHECKS, required))


def _with_custom_url(name: str, proxy: dict[str, Any]) -> dict[str, Any]:
    if proxy.get("type") == "custom" and "url" not in proxy:
        raise InvalidArgumentError(f"{name} of type 'custom' needs 'url', the address of your proxy.")
    return proxy


RUN_CHECKS: Final[Mapping[str, Check]] = checks_of(
    rules.AGENT_RUN_REQUEST,
    url=checks.absolute_url,
    proxy_config=_proxy,
    webhook_url=checks.https_url,
    profile_id=checks.trimmed_text,
)
_SESSION_CHECKS: Final = checks_of(
    rules.BROWSER_SESSION_REQUEST,
    url=text_of(
        rules.BROWSER_SESSION_REQUEST["url"],
        read=checks.page_address,
        expected="an http or https URL, a domain such as 'shop.example', or 'about:blank'",
    ),
    proxy_config=_browser_proxy,
)


def run_request(
    params: Mapping[str, Any],
    *,
    api_integration: str | None,
    output_spec: OutputSpec = NO_OUTPUT_SPEC,
    name: str = "",
) -> AgentRunRequest:
    """The body of run, run-async and run-sse.

    Args:
        params: The user's keyword arguments that are fields of a run.
        api_integration: The client's label, for a run that has none.
        output_spec: The requested form of the result; may be added to the goal.
        name: What errors call the run, if it's one of many.

    Raises:
        TypeError: An argument doesn't exist, or has the wrong type.
        ValueError: An argument has an invalid value, or needs another argument.
    """
    prefix = f"{name}." if name else ""
    return AgentRunRequest.from_dict(_checked_run(prefix, params, output_spec, api_integration))


def batch_item(
    name: str, params: object, *, api_integration: str | None, output_spec: OutputSpec = NO_OUTPUT_SPEC
) -> BatchRunItem:
    """One entry of run-batch.

    Raises:
        TypeError: Same as `run_request`.
        ValueError: Same as `run_request`; also if the entry has its own `output_schema`, which the API accepts only
            for the whole batch.
    """
    if isinstance(params, BatchRunItem):
        params = params.to_dict()
    return BatchRunItem.from_dict(
        batch_body(
            name,
            params,
            api_integration=api_integration,
            output_spec=output_spec,
            others=("idempotency_key",),
        )
    )


def batch_body(
    name: str,
    params: object,
    *,
    api_integration: str | None,
    output_spec: OutputSpec = NO_OUTPUT_SPEC,
    others: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The document of one entry of run-batch.

    Args:
        name: What errors call the entry.
        params: Its fields.
        api_integration: The client's label.
        output_spec: The requested form of the result.
        others: What the entry can have besides these fields, for the hints of errors.

    Raises:
        TypeError: Same as `batch_item`.
        ValueError: Same as `batch_item`.
    """
    if not isinstance(params, Mapping):
        raise InvalidArgumentTypeError(
            f"{name} must be a mapping with 'goal' and 'url', not {type(params).__name__}."
        )
    if "output_schema" in params:
        raise InvalidArgumentError(
            f"{name} must not have an output_schema: it applies to all runs, so pass it to the call."
        )
    return _checked_run(
        f"{name}.", dict(cast("Mapping[str, Any]", params)), output_spec, api_integration, others
    )


def session_request(params: Mapping[str, Any]) -> BrowserSessionRequest:
    """The body of a browser session's creation.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: An argument has an invalid value.
    """
    return BrowserSessionRequest.from_dict(checked(_SESSION_CHECKS, params))


def _checked_run(
    prefix: str,
    params: Mapping[str, Any],
    output_spec: OutputSpec,
    api_integration: str | None,
    others: tuple[str, ...] = (),
) -> dict[str, Any]:
    for name in params:
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
            raise InvalidArgumentTypeError(f"The options of a run have names, not {name!r:.100}.")
        if name not in RUN_CHECKS:
            raise InvalidArgumentTypeError(
                f"A run has no argument {prefix + name!r}{_hint(name, others, of_many=bool(prefix))}"
            )
    for name in required_in(rules.AGENT_RUN_REQUEST):
        if params.get(name) is None:
            raise InvalidArgumentTypeError(f"A run needs {prefix + name!r}.")
    body = {
        name: RUN_CHECKS[name](prefix + name, value) for name, value in params.items() if value is not None
    }
    for name, needs in (("credential_item_ids", "use_vault"), ("profile_id", "use_profile")):
        if name in body and body.get(needs) is not True:
            raise InvalidArgumentError(f"{prefix}{name} needs {needs}=True.")
    if api_integration is not None:
        body.setdefault("api_integration", api_integration)
    body["goal"] = output_spec.goal(cast("str", body["goal"]))
    return body


def _hint(name: str, others: tuple[str, ...], *, of_many: bool) -> str:
    options = [*StartOptions.__annotations__, "returns"]
    if of_many and name == "idempotency_key":
        return ": the key of the item is its idempotency key."
    if of_many and name in options:
        return ": it can't be different for each run. If the call has this argument, pass it there."
    if not of_many:
        return argument_hint(name, [*RUN_CHECKS, *options])
    own = {*RUN_CHECKS, *others} - {"output_schema"}
    of_call = meant_argument(name, {"output_schema", *options} - {"idempotency_key"})
    if of_call is not None and meant_argument(name, own) is None:
        return f"; did you mean {of_call}? It can't be different for each run: pass it to the call, if that has it."
    return argument_hint(name, own)
