"""In the sandbox, a run with a key is like any other: rules and pages know its goal without the reference."""

from __future__ import annotations

from pathlib import Path

from tinyfish import TinyFish
from tinyfish._core.keyed.reference import Reference
from tinyfish.sandbox import Sandbox
from tinyfish.sandbox.store import RunRecord


def test_rules_match_the_goal_without_its_reference(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.on(goal="Read the title", result={"title": "Kettle"})
    with TinyFish(sandbox.api_key, base_url=sandbox.url, ledger=tmp_path / "runs.db") as client:
        queued = client.agent.queue_many(
            [{"goal": "Read the title", "url": f"https://example.com/{n}"} for n in range(2)]
        )
        runs = list(client.runs.wait_many(queued))
    assert [run.result for run in runs] == [{"title": "Kettle"}] * 2
    assert {run.goal for run in runs} == {"Read the title"}
    assert all(run.reference in run.to_dict()["goal"] for run in runs if run.reference)


def test_the_task_of_a_run() -> None:
    written = Reference.of("a", {"goal": "Read"}).written_into("Read")
    record = RunRecord(
        run_id="r", operation="queueRun", request={"goal": written, "url": "https://example.com"}
    )
    assert (record.task, record.goal) == ("Read", written)
