"""Pages with cursors of what products remember."""

import base64
import binascii
import json
from collections.abc import Sequence

from tinyfish.sandbox.errors import InvalidInputError, issue
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.records import Record


def cursor_page(
    records: Sequence[Record], *, limit: int, cursor: str | None, newest_first: bool
) -> tuple[list[Record], str | None]:
    """One page of records, and the cursor of the next page; None on the last one.

    Args:
        records: All that fit, in order.
        limit: The maximum number of records.
        cursor: Where the previous page ended; None for the first page.
        newest_first: Their order.

    Raises:
        InvalidInputError: It isn't a cursor that a list returned.
    """
    begin = 0
    if cursor is not None:
        last = _decoded(cursor)
        # Where the last one of the previous page was, even if it has been deleted meanwhile.
        begin = sum((record.seq >= last) if newest_first else (record.seq <= last) for record in records)
    page = list(records[begin : begin + limit])
    return page, _encoded(page[-1].seq) if len(records) > begin + limit else None


def pagination(following: str | None) -> JsonObject:
    """Where a page lies, in the API's form."""
    return {"next_cursor": following, "has_more": following is not None}


def _encoded(seq: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([seq]).encode()).decode()


def _decoded(cursor: str) -> int:
    try:
        (seq,) = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return int(seq)
    except (ValueError, TypeError, binascii.Error):
        raise InvalidInputError([issue("custom", ["cursor"], "Not a cursor of this list")]) from None
