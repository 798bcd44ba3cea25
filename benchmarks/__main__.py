"""What the gateway does, measured: prints tables, writes benchmarks/RESULTS.md, and ends with one line of JSON.

    make bench                                            # everything, about eight minutes on a quiet machine
    make bench ARGS="storm --chargers 2000"               # one measure, with other numbers
    make bench ARGS=--quick                               # only whether it works, in a minute

It fails when something was refused, or was answered and is not stored. RESULTS.md is written when all was measured.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
django.setup()

from django.core.management import call_command  # noqa: E402

from benchmarks import actions, closed_loop, gateways, steady, storm  # noqa: E402
from benchmarks.crew import NotServed  # noqa: E402
from benchmarks.options import Figure, Options, Report  # noqa: E402
from benchmarks.results import write_results  # noqa: E402
from benchmarks.servers import raise_file_limit  # noqa: E402

MEASURES = {
    "steady": steady.run,
    "loop": closed_loop.run,
    "storm": storm.run,
    "actions": actions.run,
    "gateways": gateways.run,
}


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", metavar="measure", help=f"of {', '.join(MEASURES)}; none: all of them")
    parser.add_argument("--chargers", type=int, help="how many; for steady: where the search begins")
    parser.add_argument("--seconds", type=float, help="of measuring, each time")
    parser.add_argument("--rounds", type=int, help="how often servers that are compared take turns")
    parser.add_argument("--quick", action="store_true", help="tens of chargers, a few seconds: figures mean nothing")
    options = parser.parse_args(arguments)
    names = options.measures or list(MEASURES)
    if unknown := [name for name in names if name not in MEASURES]:
        parser.error(f"there is no measure {', '.join(unknown)}: choose from {', '.join(MEASURES)}")
    raise_file_limit()
    call_command("migrate", verbosity=0)
    wanted = Options(options.chargers, options.seconds, options.rounds, options.quick)
    sys.exit(measure(names, wanted))


def measure(names: Sequence[str], options: Options) -> int:
    """The tables as they come, at the end the one line of JSON. Returns how many measures failed."""
    reports: list[Report] = []
    for name in names:
        try:
            reports.append(MEASURES[name](options))
        except NotServed as fault:
            print(f"\n{name} FAILED: {fault}", flush=True)
        else:
            print(f"\n{reports[-1]}", flush=True)
    summary: dict[str, Figure] = {}
    for report in reports:
        summary |= report.summary
    if len(reports) == len(MEASURES) and not options.quick:
        write_results("make bench", "\n\n".join(map(str, reports)), summary)
    print(f"\n{json.dumps(summary)}")
    return len(names) - len(reports)


if __name__ == "__main__":
    main(sys.argv[1:])
