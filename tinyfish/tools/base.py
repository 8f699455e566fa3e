"""What the sync and the async toolset share: the functions as a sequence, as JSON, and what leaves the program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar, overload

from attrs import evolve, frozen

from tinyfish._core.calls.base_executor import BaseExecutor
from tinyfish._core.log import logger
from tinyfish._core.no_copy import Live
from tinyfish._core.requests.start_requests import RunArguments
from tinyfish._core.wire.masking import Mask
from tinyfish.errors import InvalidArgumentError, SDKError
from tinyfish.options import StartOptions
from tinyfish.tools.answers import Answer, fitted
from tinyfish.tools.browsers import Browsers
from tinyfish.tools.definitions import Definition
from tinyfish.tools.failures import failure
from tinyfish.tools.options import ToolOptions
from tinyfish.tools.started import Starts, State

F = TypeVar("F", bound=Callable[..., Any])
S = TypeVar("S")


@frozen
class ToolRun:
    """A run that a toolset has started.

    Attributes:
        run_id: Its id; None if it isn't known whether the run exists.
        goal: Its goal.
        url: Its URL.
        is_finished: Whether its end was seen.
    """

    run_id: str | None
    goal: str
    url: str
    is_finished: bool


class ToolsetBase(Live, Sequence[F], Generic[F, S]):
    """A sequence of functions for agent frameworks, and their definitions for your own loop."""

    def __init__(
        self,
        executor: BaseExecutor,
        options: ToolOptions,
        functions_of: Callable[[Any], Mapping[str, F]],
    ) -> None:
        self._options = options
        self._starts = Starts(options.job, options.reuse_seconds)
        self._browsers: Browsers[S] = Browsers(options.max_browsers)
        hidden = [{"password": secret} for secret in options.hidden]
        self._mask = Mask(executor.config.api_key, {"options": options.run_options, "secrets": hidden})
        # Wrong options are the program's fault, so the program gets the error, and not the model at every call.
        given = StartOptions(**options.run_options)  # type: ignore[typeddict-item]
        RunArguments.of(executor, "goal", "https://example.com/", None, given)
        functions = functions_of(self)
        self._functions = {name: functions[name] for name in options.names}
        self._definitions = {name: Definition.of(function) for name, function in self._functions.items()}

    @overload
    def __getitem__(self, index: int) -> F: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[F]: ...
    def __getitem__(self, index: int | slice) -> F | Sequence[F]:
        return list(self._functions.values())[index]

    def __len__(self) -> int:
        return len(self._functions)

    def __iter__(self) -> Iterator[F]:
        return iter(self._functions.values())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(self._functions)}>"

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """What a model is told of each tool."""
        return tuple(self._definitions.values())

    @property
    def runs(self) -> tuple[ToolRun, ...]:
        """The runs that these tools have started, oldest first; at most 1,000."""
        return tuple(
            ToolRun(start.run_id, start.goal, start.url, start.state is State.ENDED)
            for start in self._starts.all()
        )

    @property
    def browsers(self) -> dict[str, S]:
        """The browsers that these tools have open, by session id. Their `cdp_url` is for your program."""
        return self._browsers.all()

    def for_openai(
        self, api: Literal["chat", "responses"] = "chat", *, strict: bool = True
    ) -> list[dict[str, Any]]:
        """The tools as JSON for OpenAI's APIs, and for servers that are compatible with them.

        Args:
            api: `"chat"` for Chat Completions, `"responses"` for the Responses API.
            strict: Whether in strict mode, in which the model's arguments always match.

        Raises:
            ValueError: There is no such API.

        Example:
            >>> from tinyfish import TinyFish
            >>> from tinyfish.tools import toolset
            >>> with TinyFish() as client, toolset(client, ["search"]) as tools:
            ...     print(tools.for_openai()[0]["function"]["name"])
        """
        if api not in ("chat", "responses"):
            raise InvalidArgumentError(f"api must be 'chat' or 'responses', not {api!r}.")
        tools = [
            {
                "name": one.name,
                "description": one.description,
                "parameters": one.schema(strict=strict),
                "strict": strict,
            }
            for one in self.definitions
        ]
        if api == "responses":
            return [{"type": "function", **tool} for tool in tools]
        return [{"type": "function", "function": tool} for tool in tools]

    def for_anthropic(self) -> list[dict[str, Any]]:
        """The tools as JSON for Anthropic's Messages API.

        Example:
            >>> from tinyfish import TinyFish
            >>> from tinyfish.tools import toolset
            >>> with TinyFish() as client, toolset(client, ["search"]) as tools:
            ...     print(tools.for_anthropic()[0]["name"])
        """
        return [
            {"name": one.name, "description": one.description, "input_schema": one.schema()}
            for one in self.definitions
        ]

    def _arguments(self, name: str, arguments: object) -> dict[str, Any]:
        """The checked arguments of a call.

        Raises:
            InvalidArgumentError: There is no such tool, or an argument is missing or doesn't exist.
            InvalidArgumentTypeError: An argument has the wrong type.
        """
        definition = self._definitions.get(name)
        if definition is None:
            raise InvalidArgumentError(
                f"There is no tool {name!r}; there are {', '.join(self._definitions)}."
            )
        return definition.read(arguments)

    def _failed(self, name: str, error: Exception) -> Answer:
        """The answer of a tool whose call failed. The program's log has the error itself."""
        if isinstance(error, SDKError):
            logger.info("The tool %s failed: %s", name, error)
        else:
            logger.error("The tool %s failed", name, exc_info=error)
        return failure(error, name)

    def _leaving(self, answer: Answer) -> Answer:
        """An answer as it leaves the program: without secrets, and not too long."""
        data: Any = self._mask.value(dict(answer.data))
        return fitted(evolve(answer, text=self._mask.text(answer.text), data=data), self._options.max_chars)
