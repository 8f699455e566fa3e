"""Strings that are never shown, such as the API key."""

from __future__ import annotations

from attrs import field, frozen


@frozen(kw_only=True, repr=False)
class Secret:
    """A string that is never shown: not in repr, str, logs or the locals of a traceback."""

    _value: str = field(alias="value")

    @property
    def is_text(self) -> bool:
        """Whether it's a string."""
        return isinstance(self._value, str)  # pyright: ignore[reportUnnecessaryIsInstance] - callers without a type checker

    @property
    def is_empty(self) -> bool:
        """Whether it's empty."""
        return not self._value

    @property
    def is_unicode(self) -> bool:
        """Whether it can be sent: a lone surrogate can't."""
        return not any("\ud800" <= char <= "\udfff" for char in self._value)

    @property
    def fits_header(self) -> bool:
        """Whether it's a valid header value."""
        return self._value.isascii() and self._value.isprintable()

    def stripped(self) -> Secret:
        """The same, stripped."""
        return Secret(value=self._value.strip(" "))

    def reveal(self) -> str:
        """The string itself, for the only place that sends it."""
        return self._value

    def __repr__(self) -> str:
        shown = self._value[:8] if self.is_text and len(self._value) > 12 else ""
        return f"'{shown}****'"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("An API key cannot be pickled; create a client in the process that uses it.")


def hidden(argument: str | None) -> Secret | None:
    """An argument, made safe to be a local variable of frames that can raise. Never raises."""
    return None if argument is None else Secret(value=argument)
