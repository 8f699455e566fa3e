"""Enums are open for the server's values and closed for callers."""

import copy
import json
import pickle
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tinyfish_generated.models import BrowserProfile, ErrorCode, RunStatus
from tinyfish_generated.types import OpenEnum

UNKNOWN = "PAUSED"


def test_a_known_value_decodes_to_its_member() -> None:
    assert RunStatus.decode("COMPLETED") is RunStatus.COMPLETED


@pytest.mark.parametrize(
    ("enum", "value"), [(BrowserProfile, "turbo"), (RunStatus, "completed"), (RunStatus, "")]
)
def test_people_may_not_name_a_value_that_is_not_listed(enum: type[OpenEnum], value: str) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        enum(value)


def test_an_unknown_value_of_the_server_does_not_become_a_valid_one() -> None:
    RunStatus.decode(UNKNOWN)
    with pytest.raises(ValueError, match="is not a valid"):
        RunStatus(UNKNOWN)
    assert UNKNOWN not in list(RunStatus)
    assert not hasattr(RunStatus, UNKNOWN)


def test_an_unknown_value_is_a_member_in_all_but_the_list() -> None:
    status = RunStatus.decode(UNKNOWN)
    assert isinstance(status, RunStatus)
    assert isinstance(status, str)
    assert isinstance(status, Enum)
    assert status.name == status.value == UNKNOWN
    assert type(status.value) is str
    assert status != RunStatus.RUNNING


@given(st.text())
def test_a_decoded_value_is_the_servers_string_in_every_way(text: str) -> None:
    status = RunStatus.decode(text)
    assert status == text
    assert hash(status) == hash(text)
    assert {text: 1}[status] == 1
    assert str(status) == f"{status}" == text
    assert json.dumps(status) == json.dumps(text)
    assert RunStatus.decode(status) == status


@pytest.mark.parametrize("value", [UNKNOWN, "COMPLETED"])
def test_repr_names_the_enum_and_the_value(value: str) -> None:
    assert repr(RunStatus.decode(value)) == f"<RunStatus.{value}: '{value}'>"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", [UNKNOWN, "COMPLETED"])
def test_values_pickle(value: str, protocol: int) -> None:
    status = RunStatus.decode(value)
    again = pickle.loads(pickle.dumps(status, protocol))
    assert again == status
    assert type(again) is RunStatus
    assert again.name == value


def test_a_member_stays_the_same_object_through_pickle_and_copies() -> None:
    status = RunStatus.RUNNING
    assert pickle.loads(pickle.dumps(status)) is copy.copy(status) is copy.deepcopy(status) is status


def test_an_unknown_value_copies() -> None:
    status = RunStatus.decode(UNKNOWN)
    for again in (copy.copy(status), copy.deepcopy([status])[0]):
        assert again == status
        assert type(again) is RunStatus


@pytest.mark.parametrize("value", [None, 7, 1.5, True, ["COMPLETED"], {"status": "COMPLETED"}])
def test_what_is_no_string_stays_as_it_is(value: object) -> None:
    assert RunStatus.decode(value) is value


def test_a_value_of_another_enum_decodes_by_its_string() -> None:
    assert RunStatus.decode(ErrorCode.CANCELLED) is RunStatus.CANCELLED
    assert type(RunStatus.decode(ErrorCode.TIMEOUT).value) is str


def test_enums_match_in_a_match_statement() -> None:
    match RunStatus.decode("FAILED"):
        case RunStatus.FAILED:
            pass
        case other:
            pytest.fail(f"matched {other!r}")
