"""runs.list: the account's runs, filtered, sorted and paginated.

    python examples/list_runs.py

The key comes from the environment variable TINYFISH_API_KEY. `client.runs.iter(...)` iterates over all pages.
"""

from datetime import UTC, datetime

from tinyfish import RunStatus, SortDirection, TinyFish

client = TinyFish()

response = client.runs.list(
    status=RunStatus.COMPLETED,  # optional — filter by status
    goal="headlines",  # optional — filter by goal text
    created_after="2025-01-01T00:00:00Z",  # optional — ISO 8601 lower bound
    created_before=datetime.now(UTC),  # optional — ISO 8601 upper bound
    sort_direction=SortDirection.DESC,  # optional — "asc" or "desc"
    limit=10,  # optional — max runs per page
    cursor=None,  # optional — pagination cursor from previous response
)

for run in response.data:
    print(f"{run.run_id} | {run.goal}")

# Pagination
if response.pagination.has_more:
    next_page = client.runs.list(cursor=response.pagination.next_cursor)
