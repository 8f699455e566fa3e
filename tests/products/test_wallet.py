"""`client.wallet`: amounts are decimals, and unknown fields and values are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from plain_server import PlainServer

from tinyfish import (
    NotFoundError,
    WalletAutoReloadConfigured,
    WalletAutoReloadState,
    WalletAutoReloadUnconfigured,
    WalletResponse,
)
from tinyfish.sandbox import Sandbox

pytestmark = pytest.mark.anyio


async def test_runs_count_it_down(client: Any, sandbox: Sandbox) -> None:
    before = await client.wallet.get()
    assert (before.available_balance, before.currency) == (Decimal("100.00"), "USD")
    assert isinstance(before.as_of, datetime)
    steps = next(meter for meter in before.rates.meters if meter.per == "step")
    sandbox.on(goal="g", result={}, steps=25)
    await client.agent.run(goal="g", url="https://a.example")
    after = await client.wallet.get()
    assert before.available_balance - after.available_balance == 25 * steps.unit_amount == Decimal("0.40")


async def test_all_parts_are_read(answered: Any, plain_server: PlainServer) -> None:
    plain_server.expect_request("/v1/wallet", method="GET").respond_with_json(
        {
            "available_balance": "-0.10",
            "currency": "EUR",
            "as_of": "2026-11-01T09:00:00Z",
            "auto_reload": {"state": "paused_payment_failed", "threshold": "5.00", "recharge_to": "25.00"},
            "pending_top_up": {"amount": "0.1", "started_at": "2026-11-01T08:00:00Z"},
            "rates": {
                "meters": [{"label": "Agent steps", "unit_amount": "0.016000", "currency": "EUR"}],
                "as_of": "2026-11-01T09:00:00Z",
            },
        }
    )
    wallet = await answered.wallet.get()
    assert wallet.available_balance == Decimal("-0.1")
    assert str(wallet.available_balance) == "-0.10"
    reload = wallet.auto_reload
    assert isinstance(reload, WalletAutoReloadConfigured)
    assert reload.state is WalletAutoReloadState.PAUSED_PAYMENT_FAILED
    assert (reload.threshold, reload.recharge_to) == (5, 25)
    assert wallet.pending_top_up.amount + wallet.rates.meters[0].unit_amount == Decimal("0.116")
    assert wallet.pending_top_up.started_at == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert wallet.to_dict()["auto_reload"]["threshold"] == "5.00"
    assert '"available_balance":"-0.10"' in wallet.model_dump_json()


async def test_what_could_not_be_read_is_none(answered: Any, plain_server: PlainServer) -> None:
    document = {"available_balance": "1", "currency": "USD", "auto_reload": None, "rates": None}
    plain_server.expect_request("/v1/wallet").respond_with_json(document)
    wallet = await answered.wallet.get()
    assert (wallet.auto_reload, wallet.pending_top_up, wallet.rates, wallet.as_of) == (None,) * 4


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"state": "unconfigured"}, WalletAutoReloadUnconfigured),
        ({"state": "on", "threshold": "1", "recharge_to": "2"}, WalletAutoReloadConfigured),
        ({"state": "off"}, WalletAutoReloadConfigured),
        ({"state": "on_holiday", "threshold": "1", "recharge_to": "2"}, WalletAutoReloadConfigured),
        ({"state": None, "threshold": "1", "recharge_to": "2"}, WalletAutoReloadConfigured),
        ({"unheard": "of"}, dict),
        ({"state": {"a": 1}}, WalletAutoReloadUnconfigured),
        ("on", str),
        (["on"], list),
        (None, type(None)),
    ],
)
def test_the_state_tells_which_it_is_and_nothing_raises(given: Any, kind: type) -> None:
    wallet = WalletResponse.from_dict({"available_balance": "1", "currency": "USD", "auto_reload": given})
    assert type(wallet.auto_reload) is kind


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("12.50", Decimal("12.50")),
        (12.5, Decimal("12.5")),
        (3, Decimal(3)),
        ("lots", "lots"),
        ("NaN", "NaN"),
        ("1e999999999", Decimal("1e999999999")),
        (True, True),
        (None, None),
        ("9" * 101, "9" * 101),
        ({}, {}),
    ],
)
def test_an_amount_is_a_decimal_or_what_the_server_sent(given: Any, read: Any) -> None:
    wallet = WalletResponse.from_dict({"available_balance": given, "currency": "USD"})
    assert type(wallet.available_balance) is type(read)
    assert wallet.available_balance == read


async def test_a_plan_without_a_wallet_is_said_in_words(new_client: Any) -> None:
    with Sandbox(chromium=False, balance=None) as sandbox:
        client = new_client(api_key=sandbox.api_key, base_url=sandbox.url)
        with pytest.raises(NotFoundError, match="The plan of this account does not include wallet") as caught:
            await client.wallet.get()
    assert (caught.value.status_code, caught.value.code) == (404, "FEATURE_NOT_AVAILABLE")


async def test_any_other_404_is_not(answered: Any, plain_server: PlainServer) -> None:
    body = {"error": {"code": "NOT_FOUND", "message": "No such path"}}
    plain_server.expect_request("/v1/wallet").respond_with_json(body, status=404)
    with pytest.raises(NotFoundError, match=r"^404 NOT_FOUND: No such path$"):
        await answered.wallet.get()


async def test_the_wallet_survives_the_sandbox(new_client: Any, tmp_path: Any) -> None:
    file = str(tmp_path / "runs.sqlite")
    for left in ("9.84", "9.68"):
        with Sandbox(chromium=False, database=file, balance=10) as sandbox:
            client = new_client(api_key=sandbox.api_key, base_url=sandbox.url)
            sandbox.on(goal="g", result={}, steps=10)
            await client.agent.run(goal="g", url="https://a.example")
            assert (await client.wallet.get()).available_balance == Decimal(left)
