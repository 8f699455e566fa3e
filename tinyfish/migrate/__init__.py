"""Finds code that can be simpler or safer, and rewrites what it can: `python -m tinyfish.migrate src/`.

It needs the extra `migrate`. docs/migrate.md describes what is found.

files.py        which files are read
migrating.py    one file: all rules, and the imports that they need
rewriter.py     goes through a file's blocks, and asks each rule
context.py      what a rule can know of a file
api_calls.py    requests to the API that are sent by requests, httpx or aiohttp
syntax.py       small helpers for libcst's trees
rules/          one rule each
"""
