"""The response to the start of a research run."""

from __future__ import annotations

from typing import Self

import tinyfish_generated.models as generated
from attrs import define
from tinyfish_generated.types import DecodeError


@define(frozen=True, kw_only=True, eq=False, repr=False, slots=False)
class ResearchRunAsyncResponse(generated.ResearchRunAsyncResponse):
    """A research run that was started.

    Attributes:
        adopted: Whether the response to the start was lost, and the research run was found by its query and time.
    """

    adopted: bool = False

    @classmethod
    def decode_document(cls, src: object) -> Self:
        """Decode a complete JSON document, like the models do.

        Raises:
            DecodeError: It has neither an id nor an error.
        """
        answer = super().decode_document(src)
        if not answer.research_run_id and answer.error is None:
            raise DecodeError(f"{cls.__name__}: neither research_run_id nor error")
        return answer
