"""What `tinyfish many` prints of a row and of how its run ended. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tinyfish.many.rows import KEY, OTHERS, RESULT, row_of

if TYPE_CHECKING:
    from tinyfish.many.outcome import RunOutcome


def document(key: object, given: Mapping[str, Any], outcome: RunOutcome[Any]) -> dict[str, Any]:
    """A JSON object: the row of the file is `input`, the result is `value`."""
    told = outcome.to_dict()
    told.pop("key", None)
    return {"key": key, "input": given, "status": told.pop("status"), "value": told.pop("result"), **told}


def table_row(key: object, given: Mapping[str, Any], outcome: RunOutcome[Any]) -> dict[str, Any]:
    """A row of a table: the columns of the file, then those of the result, then how the run ended.

    A column of the file with the name of one of the outcome's own is `input.<name>`; one of the result with the name of
    one of the file's is `result.<name>`.
    """
    found = row_of(key, outcome)
    own = (KEY, *OTHERS)
    return {
        KEY: found[KEY],
        **{f"input.{name}" if name in own else name: value for name, value in given.items()},
        **{
            f"{RESULT}.{name}" if name in given and name not in own else name: value
            for name, value in found.items()
        },
    }
