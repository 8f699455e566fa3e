"""The programs in docs/integrations are those of examples/, which the other tests here run."""

from pathlib import Path

import pytest
from docsite.code_blocks import code_blocks

ROOT = Path(__file__).parents[2]
PROGRAMS = {
    "fastapi.md": "examples/web/fastapi_app.py",
    "django.md": "examples/web/django_app.py",
    "flask.md": "examples/web/flask_app.py",
    "streamlit.md": "examples/web/streamlit_app.py",  # docs/integrations/streamlit.md: test_streamlit.py
    "celery.md": "examples/celery_tasks.py",  # docs/integrations/celery.md: tests/contrib/test_celery.py
}


@pytest.mark.parametrize("page", PROGRAMS)
def test_a_page_has_the_program(page: str) -> None:
    (block,) = (block for block in code_blocks() if block.page == f"docs/integrations/{page}")
    assert block.code.strip() == (ROOT / PROGRAMS[page]).read_text(encoding="utf-8").strip()
