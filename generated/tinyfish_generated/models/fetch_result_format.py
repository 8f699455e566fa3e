# Generated from openapi.yaml by `make generate`. Do not edit: change openapi.yaml or templates/ and run it again.

from __future__ import annotations

from ..types import OpenEnum


class FetchResultFormat(OpenEnum):
    """What the text of a page is: `markdown`, `html`, or `json`, an object."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
