"""What a receiver without a ledger remembers, and what `tinyfish webhooks listen` does: no more than they must."""

from __future__ import annotations

import json
import queue

import httpx
import pytest

from tinyfish.cli import listening
from tinyfish.cli.listening import Listener
from tinyfish.errors import LedgerError
from tinyfish.ledger.deliveries import Delivery, Taken
from tinyfish.webhooks import records
from tinyfish.webhooks.records import MemoryRecords


def test_only_what_was_handled_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_MOST_IN_MEMORY", 3)
    memory = MemoryRecords()

    def take(key: str) -> Taken:
        return memory.take(Delivery(key, "{}")).result()

    assert [take(key) for key in ("busy", "left", "handled")] == [Taken.MINE] * 3
    memory.give_back("left").result()
    memory.handled("handled").result()
    for number in range(5):
        assert take(f"more-{number}") is Taken.MINE
        memory.handled(f"more-{number}").result()
    assert take("busy") is Taken.BUSY
    assert take("more-4") is Taken.HANDLED
    assert [delivery.key for delivery in memory.take_pending().result()] == ["left"]
    assert take("handled") is Taken.MINE  # of those that were handled, the oldest
    with pytest.raises(LedgerError, match="3 events"):
        take("one too many")
    memory.forget("busy").result()
    assert take("one more") is Taken.MINE


def test_a_listener_keeps_no_more_than_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_MOST_WAITING", 3)
    monkeypatch.setattr(listening, "_MOST_REFUSED", 2)
    monkeypatch.setattr(listening, "_MOST_KEYS", 2)
    with Listener("127.0.0.1", 0, None, None) as listener:
        url = listener.url(listener.address)

        def post(name: str) -> int:
            return httpx.post(url, content=json.dumps({"event": name})).status_code

        for _ in range(5):
            assert httpx.post(listener.address).status_code == 404
        assert [post("z"), post("z")] == [200, 503]  # to be sent again
        shown = listener.arrivals()
        assert [isinstance(next(shown), str) for _ in range(3)] == [True, True, False]
        repeated: list[bool] = []
        for name in ("a", "b", "a", "c", "d", "b"):
            assert post(name) == 200
            arrival = next(shown)
            assert not isinstance(arrival, str)
            repeated.append(arrival.is_repeated)
        assert repeated == [False, False, True, False, False, False]
        with pytest.raises(queue.Empty):
            listener._arrived.get_nowait()
