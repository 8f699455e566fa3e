"""docs/sandbox.md names each option of the command."""

from pathlib import Path

from tinyfish.sandbox.__main__ import _parser

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def test_the_page_has_every_option_of_the_command() -> None:
    table = PAGE.partition("## The command")[2].partition("\n## ")[0]
    options = [option for action in _parser()._actions for option in action.option_strings]
    assert [option for option in options if f"`{option}" not in table] == ["-h", "--help"]
