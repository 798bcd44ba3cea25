"""Lists and rows as programs read them: pages, filters, order, fields, entity tags, rates, refusals."""

from typing import Any

import pytest

from charging.models import Session
from drivers.models import Driver, IdToken
from stations.models import ChargingStation, Site, Variable
from tests import cast
from tests.admin.world import World
from tests.api.conftest import Caller
from tests.api.routes import all_routes

SITES = "/api/v1/sites/"


def test_pages_follow_each_other_while_rows_are_added(own: World, program: Caller) -> None:
    for number in range(6):
        cast.create_site(own.organization, f"Quay {number}")
    page = program.get(f"{SITES}?page_size=3&ordering=name").json()
    names = [site["name"] for site in page["results"]]
    cast.create_site(own.organization, "Abbey Road")
    while page["next"]:
        page = program.get(str(page["next"])).json()
        names += [site["name"] for site in page["results"]]
    assert names == [f"Quay {number}" for number in range(6)] + [own[Site].name]


def test_rows_that_are_equal_in_the_order_are_each_told_once(own: World, program: Caller) -> None:
    for number in range(7):
        cast.create_site(own.organization, f"Quay {number}", city="Hamburg")
    page = program.get(f"{SITES}?page_size=2&ordering=-city").json()
    ids = [site["id"] for site in page["results"]]
    while page["next"]:
        page = program.get(str(page["next"])).json()
        ids += [site["id"] for site in page["results"]]
    assert len(ids) == len(set(ids)) == 8


@pytest.mark.parametrize(
    "query",
    [
        {"ordering": "secret_hash"},
        {"fields": "id,secret_hash"},
        {"is_enabled": "maybe"},
        {"online": "perhaps"},
        {"site": "x"},
    ],
)
def test_what_cannot_be_asked_is_refused_and_named(program: Caller, query: dict[str, str]) -> None:
    answer = program.get("/api/v1/stations/", query)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert [error["attr"] for error in problem["errors"]] == list(query)
    assert (problem["status"], problem["type"]) == (400, "about:blank")


def test_no_list_overlooks_a_parameter_it_does_not_have(own: World, program: Caller) -> None:
    """With a slip in the name of a filter a program would get all rows for those that match."""
    lists = [route for route in all_routes() if route.action == "list" or route.name.endswith("-readings")]
    assert len(lists) > 10
    for route in lists:
        answer = program.get(route.url(own), {"statuss": "charging"})
        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "statuss"), route


@pytest.mark.parametrize(("said", "count"), [("true", 1), ("TRUE", 1), ("1", 1), ("false", 0), ("0", 0), ("", 1)])
def test_a_flag_is_true_or_false(own: World, program: Caller, said: str, count: int) -> None:
    assert len(program.get("/api/v1/stations/", {"is_enabled": said}).json()["results"]) == count


@pytest.mark.parametrize("cursor", ["x", "cD1mb28=", "cD1ub3RhZGF0ZQ==", "%00"])
def test_a_cursor_written_by_hand_points_nowhere(program: Caller, cursor: str) -> None:
    assert program.get(SITES, {"cursor": cursor}).status_code == 404
    assert program.get("/api/v1/sessions/", {"cursor": cursor}).status_code == 404


def test_fields_leave_the_rest_away(own: World, program: Caller) -> None:
    rows = program.get("/api/v1/stations/", {"fields": "identity,is_online"}).json()["results"]
    assert rows == [{"identity": own[ChargingStation].identity, "is_online": True}]


def test_a_station_is_found_by_identity_in_any_case(own: World, program: Caller) -> None:
    identity = own[ChargingStation].identity
    station = program.get(f"/api/v1/stations/{identity.lower()}/").json()
    assert station["identity"] == identity
    assert station["evses"][0]["connectors"][0]["status"] == "charging"
    assert program.get("/api/v1/stations/a%00b/").status_code == 404


def test_filters(own: World, program: Caller) -> None:
    site, station = own[Site], own[ChargingStation]
    for url, hit, miss in (
        ("stations", {"online": "true", "site": site.pk}, {"online": "false"}),
        ("sessions", {"ongoing": "true", "station": station.identity}, {"started_before": "2020-01-01T00:00:00Z"}),
        ("anomalies", {"status": "open"}, {"status": "dismissed"}),
        ("variables", {"station": station.identity}, {"station": "other"}),
        ("tokens", {"driver": own[Driver].pk}, {"is_blocked": "true"}),
    ):
        assert len(program.get(f"/api/v1/{url}/", hit).json()["results"]) == 1, url
        assert program.get(f"/api/v1/{url}/", miss).json()["results"] == [], url


def test_readings_of_a_session(own: World, program: Caller) -> None:
    readings = program.get(f"/api/v1/sessions/{own[Session].pk}/readings/").json()["results"]
    assert [(row["measurand"], row["value"], row["unit"]) for row in readings] == [("Power.Active.Import", 7400.0, "W")]


def test_a_token_and_a_secret_variable_are_never_told(own: World, program: Caller) -> None:
    Variable.objects.create(
        station=own[ChargingStation], name="AuthorizationKey", value="hush", updated_at=own[Variable].updated_at
    )
    for name in ("tokens", "sessions", "variables", "commands", "anomalies"):
        text = program.get(f"/api/v1/{name}/").content.decode()
        assert "SECRETUID" not in text.upper()
        assert "hush" not in text
    assert program.get(f"/api/v1/tokens/{own[IdToken].pk}/").json()["masked_value"].startswith("••••")


def test_an_unchanged_row_is_not_sent_again(own: World, program: Caller) -> None:
    url = f"{SITES}{own[Site].pk}/"
    for address in (url, SITES, url + "?fields=name"):
        first = program.get(address)
        again = program.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    Site.objects.update(city="Elsewhere")
    assert program.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_queries_do_not_grow_with_rows(own: World, program: Caller, django_assert_max_num_queries: Any) -> None:
    for number in range(20):
        cast.create_station(own[Site], f"HH-{number}")
    with django_assert_max_num_queries(8):
        assert len(program.get("/api/v1/stations/").json()["results"]) == 21


def test_too_many_requests_are_told_when_to_come_back(own: World, program: Caller, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    answers = [program.get(SITES) for _ in range(5)]
    assert answers[0].headers["RateLimit-Limit"] == "2"
    limited = answers[-1]
    assert limited.status_code == 429
    assert 0 < int(limited.headers["Retry-After"]) <= 60
    assert limited.headers["RateLimit-Remaining"] == "0"
    assert limited.headers["Content-Type"] == "application/problem+json"


def test_an_address_that_is_none_is_refused_in_our_words(program: Caller) -> None:
    for method in ("get", "post", "delete"):
        answer = getattr(program, method)("/api/v1/nowhere/")
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "body", ["{", "[1", '{"name": "a\\u0000b"}', '{"name": "\\ud800"}', '{"name": NaN}', "[" * 100_000]
)
def test_bodies_that_are_no_json_are_refused(program: Caller, body: str) -> None:
    assert program.write("POST", SITES, body).status_code == 400


def test_a_body_that_is_too_large_is_refused(program: Caller, settings: Any) -> None:
    settings.API_MAX_BODY_BYTES = 100
    assert program.write("POST", SITES, {"name": "x" * 100}).status_code == 413
    assert program.write("POST", SITES, {"name": "x" * 3_000_000}, Idempotency_Key="large").status_code == 413
