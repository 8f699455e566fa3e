"""Numbered pages of past searches and fetches."""

from datetime import datetime

from tinyfish.sandbox import clock
from tinyfish.sandbox.json_types import JsonObject
from tinyfish.sandbox.records import Records


def usage_page(records: Records, asked: JsonObject) -> JsonObject:
    """One page of entries, newest first.

    Args:
        records: All entries.
        asked: The filters, `limit` and `page`, by the contract.
    """
    after, before = (
        clock.written(datetime.fromisoformat(asked[name].upper())) if name in asked else None
        for name in ("start_after", "end_before")
    )
    fitting = [
        {"id": record.seq, **record.document, "created_at": record.created_at}
        for record in records.newest_first()
        if (after is None or record.created_at > after)
        and (before is None or record.created_at < before)
        and asked.get("status") in (None, record.document["status"])
    ]
    limit, page = asked["limit"], asked["page"]
    pages = -(-len(fitting) // limit)
    return {
        "items": fitting[(page - 1) * limit : page * limit],
        "total": len(fitting),
        "limit": limit,
        "page": page,
        "total_pages": pages,
        "has_more": page < pages,
    }
