"""A Celery task that starts its run at most once, however often Celery delivers or retries it. See docs/scale.md.

    celery --app examples.celery_tasks worker
    python -c "from examples.celery_tasks import read_title; print(read_title.delay('https://example.com').get())"

The broker redelivers the task of a killed worker with the same id. So the id is the idempotency key: the second
delivery finds the run of the first, and waits for it.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, Task

from tinyfish import APIError, TinyFish

app = Celery("examples", broker=os.environ.get("CELERY_BROKER_URL", "redis://localhost"))
app.conf.update(
    result_backend=os.environ.get("CELERY_RESULT_BACKEND", "redis://localhost"),
    task_acks_late=True,  # acknowledge a task when it has ended, not when it begins
    task_reject_on_worker_lost=True,  # deliver it again if its process was killed
)


@app.task(bind=True, max_retries=20)
def read_title(task: Task, url: str) -> dict[str, Any] | None:
    with TinyFish() as client:
        try:
            run = client.agent.run(
                goal="Read the title", url=url, idempotency_key=task.request.id, timeout=240
            )
        except APIError as error:
            if (
                error.is_retryable
            ):  # the time limit, an outage, an uncertain start: the key finds the run next time
                raise task.retry(exc=error, countdown=getattr(error, "retry_after", None) or 30) from error
            raise
    return run.raise_for_outcome().result
