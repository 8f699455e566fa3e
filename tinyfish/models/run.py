"""A run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import tinyfish_generated.models as generated
from attrs import define

from tinyfish._core.keyed.reference import parse, shown_goal
from tinyfish.models.outcome import Outcome, V, has_ended

if TYPE_CHECKING:
    import os
    from pathlib import Path


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class Run(generated.Run, Outcome[V]):
    """Everything that is known about a run."""

    _caches = ("_reading", "_undoubted")
    _decoders: ClassVar = {**generated.Run._decoders, "goal": shown_goal}

    @property
    def reference(self) -> str | None:
        """What the client wrote into the goal for an `idempotency_key`; None without one. `goal` doesn't show it."""
        found = parse(sent_goal(self))
        return None if found is None else str(found)

    def to_dict(self) -> dict[str, Any]:
        """Return the API's JSON object, with the goal as it was sent; optional fields that aren't set are omitted."""
        written, goal = super().to_dict(), sent_goal(self)
        return {**written, "goal": goal} if isinstance(goal, str) else written

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended, successfully or not."""
        return has_ended(self.status)

    def save(
        self, directory: str | os.PathLike[str], *, timeout: float = 300.0, max_bytes: int = 1024**3
    ) -> list[Path]:
        """Write the run to files, and download its recording if its link still works.

        The files are `run.json`, `result.json`, `steps.jsonl`, `screenshots/step-001.jpg` and so on, and
        `recording.mp4`; existing ones are overwritten. Lists of runs have neither steps nor recordings: get the run
        with `runs.get`, with `screenshots=True` for the screenshots. The download blocks; in an event loop, use
        `await asyncio.to_thread(run.save, "out")`.

        Args:
            directory: The directory; it's created if necessary.
            timeout: The limit of the download in seconds. Default: 300.
            max_bytes: The size limit of the recording. Default: 1 GiB.

        Returns:
            The files that were written. The recording isn't among them if there is none, or its link has expired.

        Raises:
            InvalidArgumentError: `timeout` or `max_bytes` isn't above 0.
            OSError: A file can't be written.
            SDKError: The recording can't be downloaded, is too large, or takes too long. All other files are written.

        Example:
            >>> from tinyfish import TinyFish
            >>> with TinyFish() as client:
            ...     queued = client.agent.queue(goal="Read the title", url="https://example.com")
            ...     run = client.runs.wait(queued)
            ...     print(run.save("out"))
        """
        from tinyfish.models.saving import save

        return save(self, directory, timeout=timeout, max_bytes=max_bytes)


def sent_goal(run: Run[Any]) -> object:
    """A run's goal as it was sent, with the line of its reference; anything else if the server sent that."""
    document: dict[str, object] | None = run.__dict__.get("_document")
    return run.goal if document is None else document.get("goal")
