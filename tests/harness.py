"""A real gateway process, and a judge that checks every frame it sends against the official schemas."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import ocpp
from django.conf import settings
from django.db import connection

from csms.embedded.addresses import PostgresAddress
from csms.embedded.children import dies_with_us

ROOT = Path(__file__).resolve().parent.parent
READY = re.compile(r"gateway ready.*?port=(\d+)(?:.*?\btls_port=(\d+))?(?:.*?\blegacy_tls_port=(\d+))?")
START_TIMEOUT_S = 180
STOP_TIMEOUT_S = 60

FOLDERS = {"1.6": "v16", "2.0.1": "v201", "2.1": "v21"}
ERROR_CODES_16 = {
    "NotImplemented",
    "NotSupported",
    "InternalError",
    "ProtocolError",
    "SecurityError",
    "FormationViolation",
    "PropertyConstraintViolation",
    "OccurenceConstraintViolation",
    "TypeConstraintViolation",
    "GenericError",
}
ERROR_CODES_2 = {
    "NotImplemented",
    "NotSupported",
    "InternalError",
    "ProtocolError",
    "SecurityError",
    "FormatViolation",
    "PropertyConstraintViolation",
    "OccurrenceConstraintViolation",
    "TypeConstraintViolation",
    "GenericError",
    "MessageTypeNotSupported",
    "RpcFrameworkError",
}
ANSWER_LENGTH = {3: 3, 4: 5}


def database_url() -> str:
    """The test database of this worker, for processes of their own."""
    database = connection.settings_dict
    address = PostgresAddress(
        host=database["HOST"] or database.get("OPTIONS", {}).get("host", ""),
        port=int(database["PORT"] or database.get("OPTIONS", {}).get("port", 5432)),
        user=database["USER"],
        name=database["NAME"],
    )
    return address.url


def environment(**extra: str) -> dict[str, str]:
    """The environment of a process of ours that works on this worker's test database."""
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "REDIS_NAMESPACE": settings.REDIS_NAMESPACE,
        "SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "csms.settings",
        **extra,
    }


# All tests of a run share a few identities, which therefore connect more often than any charger should.
MANNERLESS = {"OCPP_CONNECTS_PER_MIN": "100000", "OCPP_CONNECTS_BURST": "100000"}


class GatewayUnderTest:
    """``manage.py gateway`` on a free loopback port."""

    program: tuple[str, ...] = ("manage.py",)
    tls_port = legacy_tls_port = 0
    ca_file: str | None = None
    public_root = ""
    """PEM of the root above the intermediate that signed its RSA certificate."""

    def __init__(self, *options: str, **extra: str) -> None:
        self.log = tempfile.NamedTemporaryFile(prefix="gateway", suffix=".log", delete=False)  # noqa: SIM115
        self.process = subprocess.Popen(
            [*dies_with_us(signal.SIGKILL), sys.executable, *self.program, "gateway", "--port", "0", *options],
            cwd=ROOT,
            env=environment(**MANNERLESS | extra),
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        self.port = self._wait_until_ready()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ocpp"

    @property
    def tls_url(self) -> str:
        return f"wss://127.0.0.1:{self.tls_port}/ocpp"

    def output(self) -> str:
        return Path(self.log.name).read_text()

    def _wait_until_ready(self) -> int:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if match := READY.search(self.output()):
                self.tls_port, self.legacy_tls_port = int(match.group(2) or 0), int(match.group(3) or 0)
                return int(match.group(1))
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"The gateway did not start:\n{self.output()}")

    def stop(self) -> int:
        """End it in order; returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_TIMEOUT_S)
        finally:
            self.process.kill()
            self.process.wait()
            self.log.close()


@cache
def _schema(version: str, name: str) -> jsonschema.Draft4Validator:
    path = Path(ocpp.__file__).parent / FOLDERS[version] / "schemas" / f"{name}.json"
    return jsonschema.Draft4Validator(json.loads(path.read_text(encoding="utf-8-sig")))


class Judge:
    """Watches one charger's socket; ``violations`` says what the server did that OCPP forbids."""

    def __init__(self, version: str, call_timeout_s: float = 60) -> None:
        """``call_timeout_s``: after so long without an answer the server may send its next CALL."""
        self.version = version
        self.call_timeout_s = call_timeout_s
        self.opened_at = 0.0
        self.violations: list[str] = []
        self.asked: dict[str, str] = {}
        self.open_call: str | None = None

    def watch(self, direction: str, text: str) -> None:
        """Observer for ``Charger.observe``: "out" leaves the charger, "in" comes from the server."""
        try:
            frame = json.loads(text)
        except ValueError:
            if direction == "in":
                self.violations.append(f"not JSON: {text[:200]}")
            return
        if direction == "out":
            self._note(frame)
        else:
            self._judge(frame, text)

    def notice(self, identity: str, event: str, fields: dict[str, Any]) -> None:
        """Sink for ``Charger.on_event``: on a new connection nothing is open."""
        if event == "connected":
            self.open_call = None

    def _note(self, frame: Any) -> None:
        if not isinstance(frame, list) or len(frame) < 2:
            return
        if frame[0] == 2 and len(frame) > 2:
            self.asked[str(frame[1])] = str(frame[2])
        elif frame[0] in ANSWER_LENGTH and frame[1] == self.open_call:
            self.open_call = None

    def _judge(self, frame: Any, text: str) -> None:
        if json.dumps(frame, separators=(",", ":"), ensure_ascii=False) != text:
            self.violations.append(f"not compact: {text[:200]}")
        if frame[0] == 2:
            self._judge_call(frame)
        elif len(frame) != ANSWER_LENGTH.get(frame[0]):
            self.violations.append(f"not an answer: {text[:200]}")
        elif frame[0] == 3:
            self._judge_payload(f"{self.asked.get(str(frame[1]), '')}Response", frame[2])
        else:
            codes = ERROR_CODES_16 if self.version == "1.6" else ERROR_CODES_2
            if frame[2] not in codes or not isinstance(frame[4], dict) or len(frame[3]) > 255:
                self.violations.append(f"bad CALLERROR: {text[:200]}")

    def _judge_call(self, frame: list[Any]) -> None:
        if self.open_call is not None and time.monotonic() - self.opened_at < self.call_timeout_s:
            self.violations.append(f"second CALL open: {frame[2]}")
        self.open_call, self.opened_at = frame[1], time.monotonic()
        if len(frame[1]) > 36:
            self.violations.append(f"message id too long: {frame[1]}")
        self._judge_payload(frame[2] if self.version == "1.6" else f"{frame[2]}Request", frame[3])

    def _judge_payload(self, name: str, payload: Any) -> None:
        try:
            errors = list(_schema(self.version, name).iter_errors(payload))
        except FileNotFoundError:
            self.violations.append(f"no schema {name} in {self.version}")
            return
        self.violations += [f"{name}: {error.message}" for error in errors]
