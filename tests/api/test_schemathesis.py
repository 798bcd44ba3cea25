"""Everything the document allows, and some that it does not: no fault of ours, no answer that it does not name."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.models import Event
from api.scopes import Scope
from api.tokenroutes import TAG as TOKENS
from api.urls import router
from charging.models import Session, SessionAnomaly
from drivers.models import Driver, IdToken
from stations.models import ChargingStation, Command, Evse, Site, Variable
from tests.admin.world import World
from tests.api.conftest import Caller, caller
from tests.api.routes import all_routes

EXAMPLES, FEW = 8, 2
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROWS: dict[str, Any] = {
    "anomalies": SessionAnomaly,
    "drivers": Driver,
    "evses": Evse,
    "sessions": Session,
    "sites": Site,
    "tokens": IdToken,
    "variables": Variable,
}


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """The test's own, which a request that ends would close."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@cache
def operations() -> list[Any]:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    found: Any = schema.get_all_operations()
    return [each.ok() for each in found]


@pytest.mark.parametrize("kind", [*(prefix for prefix, _, _ in router.registry), TOKENS])
def test_every_operation_answers_as_documented(own: World, kind: str) -> None:
    """With odd and broken input, on rows that exist and on rows that do not."""
    assert len([each for each in operations() if kind_of(each) != TOKENS]) == len(all_routes())
    program = caller(own)
    for operation in [each for each in operations() if kind_of(each) == kind]:
        _fuzz(operation, own, program, EXAMPLES)


def test_what_a_reading_key_may_not_do_is_refused_as_documented(own: World) -> None:
    program = caller(own, [scope for scope in Scope if scope.endswith(":read")])
    writing = [each for each in operations() if each.method != "get" and kind_of(each) != TOKENS]
    assert writing
    for operation in writing:
        answered = _fuzz(operation, own, program, FEW)
        assert not [code for code in answered if code < 400], operation.label


def kind_of(operation: Any) -> str:
    return str(operation.path).split("/")[3]


def real_values(own: World, path: str) -> dict[str, Any]:
    model = ROWS.get(path.split("/")[3])
    return {
        "identity": own[ChargingStation].identity,
        "public_id": str(own[Event if "/events/" in path else Command].public_id),
        "id": own[model].pk if model else own.organization.pk,
    }


def _fuzz(operation: Any, own: World, program: Caller, examples: int) -> set[int]:
    """The codes of the answers."""
    real, answered = real_values(own, operation.path), set[int]()
    headers = {"Authorization": program.defaults["HTTP_AUTHORIZATION"], "Host": "localhost"}
    both = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

    @given(case=both, is_real=st.booleans())
    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    def ask(case: Any, is_real: bool) -> None:
        if is_real and case.path_parameters:
            case.path_parameters = {name: real.get(name, value) for name, value in case.path_parameters.items()}
        # Nobody waits here for a station that is not there.
        if case.headers:
            case.headers.pop("Prefer", None)
        answered.add(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    ask()
    return answered
