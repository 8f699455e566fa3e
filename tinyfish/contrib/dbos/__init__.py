"""Runs as durable workflows of DBOS Transact, on any number of machines. Needs the extra `dbos`.

    submit ──> database ──> workers: python -m tinyfish.contrib.dbos worker DATABASE_URL
                  └──────> results, report, cancel

`database_url` is a Postgres URL for many machines, or an SQLite URL for one. See docs/scale.md.
"""

from __future__ import annotations

try:
    import dbos as _dbos
except ImportError as error:
    raise ImportError("tinyfish.contrib.dbos needs DBOS: pip install 'tinyfish[dbos]'") from error

from tinyfish.contrib.dbos.durable_runs import DurableRuns
from tinyfish.contrib.dbos.outcomes import WorkflowError
from tinyfish.contrib.dbos.worker import work
from tinyfish.contrib.dbos.workflow import run_durably

del _dbos

__all__ = ["DurableRuns", "WorkflowError", "run_durably", "work"]
