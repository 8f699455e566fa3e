"""The rules, one in each module.

Rules for statements (`STATEMENTS`) rewrite code that sends requests by hand. Rules for the file (`FILES`) go through
all of it: names of the published SDK, and what only a person can change.
"""

from tinyfish.migrate.rules import by_hand, event_types, names, polls, requests, streams

STATEMENTS = (streams.rewrite, polls.rewrite, requests.rewrite)
FILES = (names.rewrite, event_types.rewrite, by_hand.report)

__all__ = ["FILES", "STATEMENTS"]
