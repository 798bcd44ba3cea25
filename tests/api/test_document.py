"""The OpenAPI document and the interactive docs."""

import re
from typing import Any

import pytest
import yaml
from django.test import Client
from django.urls import reverse

from tests.api.routes import all_routes

METHODS = {"get", "post", "patch", "put", "delete"}


@pytest.fixture
def document() -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    answer = Client(headers={"host": "localhost"}).get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return answer.json()  # type: ignore[no-any-return]


def test_every_operation_is_described(document: dict[str, dict[str, dict[str, dict[str, object]]]]) -> None:
    operations = [
        (f"{method} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS and not path.startswith("/api/v1/oauth/")
    ]
    assert len(operations) == len(all_routes())
    for name, operation in operations:
        assert operation.get("summary"), name
        responses = operation["responses"]
        assert isinstance(responses, dict)
        assert {"401", "403", "429"} <= set(responses), name
        assert "application/problem+json" in responses["401"]["content"]


def test_where_access_tokens_come_from_is_in_the_document(document: dict[str, dict[str, dict[str, Any]]]) -> None:
    for name in ("token", "revoke"):
        operation = document["paths"][reverse(f"api:{name}")]["post"]
        assert set(operation["responses"]) == {"200", "400", "401", "429"}
        assert set(operation["requestBody"]["content"]) == {"application/x-www-form-urlencoded"}
        assert {"client": []} in operation["security"]


def test_the_document_is_there_as_yaml_too(document: object) -> None:
    answer = Client(headers={"host": "localhost"}).get("/api/v1/openapi.yaml")
    assert yaml.safe_load(answer.content) == document


def test_the_interactive_docs_ask_nobody_else() -> None:
    page = Client(headers={"host": "localhost"}).get("/api/v1/docs/").content.decode()
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert addresses
    assert [address for address in addresses if "//" in address] == []
