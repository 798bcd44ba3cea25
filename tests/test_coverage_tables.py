"""What the documentation says of messages, rules and official cases is what the code and the tests say."""

import pytest

from gateway import schemas
from gateway.not_supported import NOT_SUPPORTED
from gateway.versions import ROUTES
from scripts import ocpp_coverage
from scripts.ocpp_rules import LATER, RULES
from stations.states import OcppVersion


@pytest.fixture(scope="module")
def tests() -> list[ocpp_coverage.Test]:
    return ocpp_coverage.tests()


@pytest.mark.parametrize("name", ocpp_coverage.PAGES)
def test_the_generated_page_is_current(name: str, tests: list[ocpp_coverage.Test]) -> None:
    """`make docs` writes it."""
    written = (ocpp_coverage.ROOT / name).read_text()
    assert written == ocpp_coverage.PAGES[name](tests), "run: make docs"


@pytest.mark.parametrize("version", OcppVersion)
def test_every_action_is_taken_or_has_its_reason(version: OcppVersion) -> None:
    routes, reasons = ROUTES[version], NOT_SUPPORTED[version]
    ours = routes.handlers.keys() | set(routes.said.values())
    assert ours | reasons.keys() == schemas.actions(version)
    assert ours & reasons.keys() == set()


def test_every_rule_is_proven_or_has_its_time(tests: list[ocpp_coverage.Test]) -> None:
    """Neither both nor none: a rule that a test names has no reason to wait."""
    named = {int(number) for number in ocpp_coverage.mentions(ocpp_coverage.rules_in, tests)}
    assert named <= RULES.keys()
    assert RULES.keys() - named == LATER.keys()


def test_only_official_cases_are_named(tests: list[ocpp_coverage.Test]) -> None:
    known = {case for cases in ocpp_coverage.official_cases().values() for case in cases}
    assert ocpp_coverage.mentions(ocpp_coverage.cases_in, tests).keys() - known == set()


def test_every_official_case_of_ocpp_16_is_named(tests: list[ocpp_coverage.Test]) -> None:
    cases = ocpp_coverage.official_cases()["1.6"]
    assert len(cases) == 77
    assert set(cases) - ocpp_coverage.mentions(ocpp_coverage.cases_in, tests).keys() == set()
