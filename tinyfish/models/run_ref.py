"""What identifies a run outside the process that started it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Self

from attrs import asdict, frozen

from tinyfish.errors import InvalidArgumentError


@frozen(kw_only=True)
class RunRef:
    """A run, to be stored, or passed to another process, a queue or a workflow engine.

    `runs.get`, `runs.wait` and `runs.cancel` take it like an id.

    Attributes:
        run_id: The run's id.
        idempotency_key: Its key; None without one.
        reference: What the client wrote into its goal for the key; None without one.

    Example:
        >>> from tinyfish import RunRef
        >>> RunRef.from_json(RunRef(run_id="run-1").to_json()).run_id
        'run-1'
    """

    run_id: str
    idempotency_key: str | None = None
    reference: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as a JSON object.

        Example:
            >>> from tinyfish import RunRef
            >>> RunRef(run_id="run-1").to_dict()
            {'run_id': 'run-1', 'idempotency_key': None, 'reference': None}
        """
        return asdict(self)

    def to_json(self) -> str:
        """The same as JSON text.

        Example:
            >>> from tinyfish import RunRef
            >>> RunRef(run_id="run-1").to_json()
            '{"run_id": "run-1", "idempotency_key": null, "reference": null}'
        """
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, src: Mapping[str, Any]) -> Self:
        """The run of a JSON object that `to_dict` has made; other fields are ignored.

        Args:
            src: The object.

        Raises:
            InvalidArgumentError: It has no run id, or a field isn't a string.

        Example:
            >>> from tinyfish import RunRef
            >>> RunRef.from_dict({"run_id": "run-1"}).run_id
            'run-1'
        """
        known: dict[str, Any] = {name: src.get(name) for name in ("run_id", "idempotency_key", "reference")}
        if not known["run_id"] or any(not isinstance(value, str | None) for value in known.values()):
            raise InvalidArgumentError(
                f"A RunRef needs 'run_id', and its fields are strings, not {known!r:.200}."
            )
        return cls(**known)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The run of the text that `to_json` has made.

        Args:
            text: The text.

        Raises:
            InvalidArgumentError: It isn't such a text.

        Example:
            >>> from tinyfish import RunRef
            >>> RunRef.from_json('{"run_id": "run-1"}').run_id
            'run-1'
        """
        try:
            return cls.from_dict(json.loads(text))
        except (ValueError, AttributeError) as error:
            raise InvalidArgumentError(f"Not the JSON of a RunRef: {text!r:.100}") from error

    def __str__(self) -> str:
        return self.run_id
