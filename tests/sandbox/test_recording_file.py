"""The end of a recording: the file has all rules, although an older writing is under way."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tinyfish import TinyFish
from tinyfish.sandbox import RecordingProxy, Sandbox
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.recording import file


def test_a_slow_writing_does_not_replace_the_last(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, began, goes_on, written = file.write, threading.Event(), threading.Event(), threading.Event()
    writing_threads: list[threading.Thread] = []

    def slow(path: Path, rules: Sequence[JsonObject]) -> None:
        writing_threads.append(threading.current_thread())
        if len(writing_threads) == 1:
            began.set()
            assert goes_on.wait(10)
            real(path, rules)
            written.set()
        else:
            real(path, rules)

    monkeypatch.setattr(file, "write", slow)
    path = tmp_path / "rules.yaml"
    recording = RecordingProxy(path, upstream=sandbox.url).start()
    with TinyFish(sandbox.api_key, base_url=recording.url) as client:
        for goal in ("One", "Two"):
            client.agent.run(goal=goal, url="https://a.example")
            assert began.wait(10)
    timer = threading.Timer(0.3, goes_on.set)  # longer than the end takes without it
    timer.start()
    recording.stop()
    assert written.wait(10)
    assert [rule["goal"] for rule in yaml.safe_load(path.read_text())["rules"]] == ["One", "Two"]
