"""What identifies a run outside the process that started it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Self

from attrs import asdict, field, frozen

from tinyfish._core import checks
from tinyfish.errors import InvalidArgumentError, InvalidArgumentTypeError


@frozen(kw_only=True)
class RunRef:
    """A run, to be stored, or passed to another process, a queue or a workflow engine.

    `runs.get`, `runs.wait` and `runs.cancel` take it like an id.

    Attributes:
        run_id: The run's id.
        idempotency_key: Its key; None without one.
        reference: What the client wrote into its goal for the key; None without one.

    Raises:
        ValueError: `run_id` can't be an id, or a text is empty; `TypeError` if an argument isn't a string.

    Example:
        >>> from tinyfish import RunRef
        >>> RunRef.from_json(RunRef(run_id="run-1").to_json()).run_id
        'run-1'
    """

    run_id: str = field(validator=checks.of_attribute(checks.run_id))
    idempotency_key: str | None = field(default=None, validator=checks.of_attribute(checks.text))
    reference: str | None = field(default=None, validator=checks.of_attribute(checks.text))

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
            ValueError: It has no run id, or one that can't be an id; `TypeError` if it or a field has the wrong type.

        Example:
            >>> from tinyfish import RunRef
            >>> RunRef.from_dict({"run_id": "run-1"}).run_id
            'run-1'
        """
        if not isinstance(src, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker
            raise InvalidArgumentTypeError(
                f"A RunRef is a mapping such as {{'run_id': 'run-1'}}, not {type(src).__name__}."
            )
        known: dict[str, Any] = {name: src.get(name) for name in ("run_id", "idempotency_key", "reference")}
        return cls(**known)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The run of the text that `to_json` has made.

        Args:
            text: The text.

        Raises:
            ValueError: It isn't such a text; `TypeError` if it's no text at all.

        Example:
            >>> from tinyfish import RunRef
            >>> RunRef.from_json('{"run_id": "run-1"}').run_id
            'run-1'
        """
        if not isinstance(text, str | bytes | bytearray):  # pyright: ignore[reportUnnecessaryIsInstance] - as above
            raise InvalidArgumentTypeError(
                f'The JSON of a RunRef is a text such as \'{{"run_id": "run-1"}}\', not {type(text).__name__}.'
            )
        try:
            return cls.from_dict(json.loads(text))
        except (ValueError, TypeError, RecursionError) as error:
            raise InvalidArgumentError(f"Not the JSON of a RunRef: {text!r:.100}: {error}") from error

    def __str__(self) -> str:
        return self.run_id
