"""What a variable takes is checked before a station is asked."""

from typing import Any

import pytest

from stations.models import Variable
from stations.models.variable import Mutability
from stations.variable_values import problem_with

FITS: list[tuple[dict[str, Any], str]] = [
    ({"name": "HeartbeatInterval"}, "300"),
    ({"name": "LocalPreAuthorize"}, "true"),
    ({"name": "SomethingOfTheVendor"}, "anything, really"),
    ({"component": "A", "name": "B", "data_type": "integer", "min_limit": 0, "max_limit": 10}, "10"),
    ({"component": "A", "name": "B", "data_type": "decimal"}, "-1.5"),
    ({"component": "A", "name": "B", "data_type": "dateTime"}, "2026-11-22T14:03:00Z"),
    ({"component": "A", "name": "B", "data_type": "OptionList", "values_list": "Red,Green"}, "Green"),
    ({"component": "A", "name": "B", "data_type": "MemberList", "values_list": "Red, Green"}, "Green,Red"),
    ({"component": "A", "name": "B", "data_type": "string", "max_limit": 3}, "abc"),
    ({"component": "A", "name": "B", "mutability": Mutability.WRITE_ONLY}, ""),
]
DOES_NOT: list[tuple[dict[str, Any], str, str]] = [
    ({"name": "HeartbeatInterval"}, "often", "whole number"),
    ({"name": "HeartbeatInterval"}, "1_000", "whole number"),
    ({"name": "HeartbeatInterval"}, "", "whole number"),
    ({"name": "LocalPreAuthorize"}, "yes", "One of true, false"),
    ({"name": "Vendor"}, "x" * 501, "Longer than 500"),
    ({"component": "A", "name": "B"}, "x" * 2501, "Longer than 2500"),
    ({"component": "A", "name": "B", "data_type": "integer", "max_limit": 10}, "11", "At most 10."),
    ({"component": "A", "name": "B", "data_type": "decimal", "min_limit": 0.5}, "0.4", "At least 0.5."),
    ({"component": "A", "name": "B", "data_type": "decimal"}, "nan", "Write a number"),
    ({"component": "A", "name": "B", "data_type": "dateTime"}, "2026-11-22T14:03:00", "with its zone"),
    ({"component": "A", "name": "B", "data_type": "OptionList", "values_list": "Red,Green"}, "Blue", "One of Red"),
    (
        {"component": "A", "name": "B", "data_type": "MemberList", "values_list": "Red,Green"},
        "Red,Blue",
        "Blue is none",
    ),
    ({"component": "A", "name": "B", "data_type": "string", "max_limit": 3}, "abcd", "At most 3 characters"),
    ({"name": "AuthorizationKey"}, "0123456789abcdef", "New password"),
    ({"component": "A", "name": "B", "mutability": Mutability.READ_ONLY}, "1", "only to read"),
]


@pytest.mark.parametrize(("variable", "text"), FITS)
def test_what_fits_is_sent(variable: dict[str, Any], text: str) -> None:
    assert problem_with(Variable(**variable), text) == ""


@pytest.mark.parametrize(("variable", "text", "reason"), DOES_NOT)
def test_what_does_not_fit_is_told(variable: dict[str, Any], text: str, reason: str) -> None:
    assert reason in problem_with(Variable(**variable), text)
