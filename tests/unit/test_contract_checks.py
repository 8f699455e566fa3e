"""The checks made from the contract's rules, including those that no current rule needs."""

from __future__ import annotations

import pytest
from tinyfish_generated.rules import Rule

from tinyfish._core.contract_checks import check_of, largest, text_of


@pytest.mark.parametrize(
    ("rule", "fits", "beyond", "text"),
    [
        (Rule("integer", minimum=5), 5, 4, "x must be 5 or more, not 4"),
        (Rule("integer", maximum=5), -5, 6, "x must be 5 or less, not 6"),
        (Rule("integer", minimum=1, maximum=5), 5, 6, "x must be from 1 to 5, not 6"),
        (Rule("string", max_length=3), "abc", "abcd", "x must have 3 characters at most, not 4"),
        (Rule("string", min_length=3), "abc", "ab", "x must have 3 characters at least, not 2"),
        (Rule("string", pattern="^[A-Z]"), "Ab", "ab", r"x must be text like \^\[A-Z\], not 'ab'"),
        (Rule("string", values=("a", "b")), "a", "c", "x must be one of 'a', 'b', not 'c'"),
        (Rule("array", min_items=1, items=Rule("string")), ["a"], [], "x must not be empty; leave it out"),
        (
            Rule("array", max_items=1, items=Rule("string")),
            ["a"],
            ["a", "b"],
            "x must have 1 items at most, not 2",
        ),
        (
            Rule("array", min_items=2, items=Rule("string")),
            ["a", "b"],
            ["a"],
            "x must have 2 items at least, not 1",
        ),
        (Rule("array", items=Rule("integer", maximum=1)), [1], [1, 2], r"x\[1\] must be 1 or less, not 2"),
        (Rule("object"), {"a": 1}, {"a": {1}}, "x is not JSON serializable"),
        (
            Rule("object", fields={"a": Rule("integer", minimum=1)}),
            {"a": 1},
            {"a": 0},
            r"x\.a must be 1 or more",
        ),
        (Rule("object", fields={"a": Rule("integer", required=True)}), {"a": 1}, {}, "x needs 'a'"),
    ],
)
def test_what_fits_is_taken_and_what_does_not_is_refused(
    rule: Rule, fits: object, beyond: object, text: str
) -> None:
    assert check_of(rule)("x", fits) == fits
    with pytest.raises(ValueError, match=text):
        check_of(rule)("x", beyond)


def test_an_error_says_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"x must have 1 characters at most, not 2; cut it\."):
        text_of(Rule("string", max_length=1), hint="; cut it")("x", "ab")
    with pytest.raises(ValueError, match="x must be a letter, not '1'"):
        text_of(Rule("string", pattern="^[a-z]"), expected="a letter")("x", "1")


def test_the_largest_that_is_taken() -> None:
    assert largest(Rule("integer", maximum=5)) == 5
    assert largest(Rule("string", max_length=6)) == 6
    assert largest(Rule("array", max_items=7)) == 7
    with pytest.raises(ValueError, match="no upper bound"):
        largest(Rule("integer", minimum=5))
