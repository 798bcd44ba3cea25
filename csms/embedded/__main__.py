"""`python -m csms.embedded exec -- command`: what `make run` and `make test` call."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import subprocess
import sys
from types import FrameType
from typing import NoReturn

from csms.embedded.children import dies_with_us
from csms.embedded.problems import CannotStart
from csms.embedded.runner import Options, run
from csms.embedded.servers import temporary


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m csms.embedded", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    execute = verbs.add_parser("exec", help="run a command with PostgreSQL and Valkey that live as long as it does")
    execute.add_argument("--durable", action="store_true", help="commits reach the disk, as in production")
    execute.add_argument("command", nargs="+")
    start = verbs.add_parser("run", help="start everything with a demo network, until Ctrl-C")
    start.add_argument("--only", default="", metavar="A,B", help="start these processes and no others")
    start.add_argument("--without", default="", metavar="A,B", help="start all but these processes")
    options = parser.parse_args(arguments)
    try:
        if options.verb == "exec":
            return _exec(options.command, durable=options.durable)
        return run(Options(options.only, options.without))
    except CannotStart as problem:
        sys.stderr.write(f"{problem}\n")
        return 1


def _exec(command: list[str], *, durable: bool) -> int:
    signal.signal(signal.SIGTERM, _leave)
    with temporary(durable=durable) as ours:
        environment = {"SECRET_KEY": secrets.token_hex(32)} | os.environ | ours
        process = subprocess.Popen([*dies_with_us(signal.SIGTERM), *command], env=environment)
        signal.signal(signal.SIGTERM, lambda number, frame: process.terminate())
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells the command itself
        status = process.wait()
    return status if status >= 0 else 128 - status


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """As an exception, so that what was started is stopped."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
