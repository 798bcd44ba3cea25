"""A stand-in for the project: its processes answer and obey, and know nothing of chargers.

`python small_project.py run` runs it with the real runner, on the real servers.
"""

from __future__ import annotations

import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest import mock

from csms.embedded import runner
from csms.embedded.__main__ import main
from csms.embedded.roles import HOST, Ports, Role


class Alive(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


def gateway(port: str) -> None:
    sys.stdout.write(json.dumps({"event": "gateway ready", "level": "info", "port": int(port)}) + "\n")
    sys.stdout.write("no line for people\n")
    sys.stdout.flush()
    HTTPServer((HOST, int(port)), Alive).serve_forever()


def worker() -> None:
    sys.stdout.write("worker ready.\n")
    sys.stdout.flush()
    signal.pause()


def prepare() -> None:
    logins = [{"email": "olga@harbour.example", "password": "an example", "role": "operator"}]
    sys.stdout.write(json.dumps({"logins": logins, "fleet": "fleet.json"}))


def this(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, __file__, *arguments)


def roles(ports: Ports, fleet: Path) -> list[Role]:
    return [
        Role("gateway", this("gateway", str(ports.gateway)), ready_url=f"http://{HOST}:{ports.gateway}/livez"),
        Role("web", this("gateway", str(ports.web)), ready_url=f"http://{HOST}:{ports.web}/livez"),
        Role("worker", this("worker"), ready_line="ready.", speaks_json=False),
        Role("simulator", this("crash"), ready_line="ready", speaks_json=False),
    ]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["gateway", port]:
            gateway(port)
        case ["worker"]:
            worker()
        case ["crash"]:
            sys.exit("out of chargers")
        case ["run", *options]:
            with mock.patch.object(runner, "all_roles", roles), mock.patch.object(runner, "PREPARE", this("prepare")):
                sys.exit(main(["run", *options]))
        case ["prepare"]:
            prepare()
