"""An extension of griffe, which reads the docstrings for the site."""

from __future__ import annotations

import re
from typing import Any, Final

import griffe

_HEADING: Final = re.compile(r"^Example:$", re.MULTILINE)


class ExampleSections(griffe.Extension):
    """Reads `Example:` as code. Google's style has that heading too, but griffe knows only `Examples:`."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Rename the heading in a docstring."""
        if obj.docstring is not None:
            obj.docstring.value = _HEADING.sub("Examples:", obj.docstring.value)
