"""Writes docs/ocpp-coverage.md and docs/standards-rules.md from the route tables and the tests: `make docs`."""

import ast
import os
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
django.setup()

from gateway import schemas  # noqa: E402
from gateway.not_supported import NOT_SUPPORTED  # noqa: E402
from gateway.routing import Routes  # noqa: E402
from gateway.versions import ROUTES  # noqa: E402
from scripts.ocpp_rules import LATER, RULES  # noqa: E402
from stations.states import OcppVersion  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "scripts" / "octt_cases.txt"
DOORS = ("tests/gateway", "tests/usecases")
GENERATED = "<!-- Written by `make docs`; do not edit. -->\n"
RULES_NAMED = re.compile(r"\b[Rr]ules? (\d+(?:(?:, | and )\d+)*)")
CASE = re.compile(r"\bTC_\w+_CSMS\b")
ONLY_OURS = "Only this server sends it."


@dataclass(frozen=True)
class Test:
    """A test function, or a whole module of tests."""

    path: str
    name: str
    docstring: str
    texts: frozenset[str]


def tests() -> list[Test]:
    """The tests that come through the real door, read without running them."""
    paths = sorted(path for folder in DOORS for path in (ROOT / folder).rglob("test_*.py"))
    return [test for path in paths for test in _tests_in(path)]


def _tests_in(path: Path) -> Iterator[Test]:
    tree = ast.parse(path.read_text())
    where = str(path.relative_to(ROOT))
    yield Test(where, "", ast.get_docstring(tree) or "", _texts(tree))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            yield Test(where, node.name, ast.get_docstring(node) or "", _texts(node))


def _texts(tree: ast.AST) -> frozenset[str]:
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return frozenset(value for value in constants if isinstance(value, str))


def rules_in(docstring: str) -> list[str]:
    """``Rule 3. Rules 5, 8 and 13.``"""
    return [number for numbers in RULES_NAMED.findall(docstring) for number in re.findall(r"\d+", numbers)]


def cases_in(docstring: str) -> list[str]:
    return CASE.findall(docstring)


def mentions(names_in: Callable[[str], list[str]], of: list[Test]) -> dict[str, list[Test]]:
    """What the docstrings name, and which tests name it."""
    found: dict[str, list[Test]] = defaultdict(list)
    for test in of:
        for name in dict.fromkeys(names_in(test.docstring)):
            found[name].append(test)
    return found


def official_cases() -> dict[str, list[str]]:
    """The identifiers of the Open Charge Alliance's cases for a CSMS, by version."""
    cases: dict[str, list[str]] = defaultdict(list)
    for line in CASES.read_text().splitlines():
        version, name = line.split()
        cases[version].append(name)
    return cases


def coverage(of: list[Test]) -> str:
    """docs/ocpp-coverage.md."""
    actions = sorted(set().union(*(schemas.actions(version) for version in OcppVersion)))
    lines = [
        "# What this server does with every message of OCPP\n",
        GENERATED,
        "`on_…`: the function that answers it. `send_…`: the function that says a request of ours in it. Otherwise the",
        "reason why it is answered with NotSupported, or sent as a raw call only. –: not in that version.\n",
        f"| message | {' | '.join(version.label for version in OcppVersion)} | tests that name it |",
        "|---|---|---|---|---|",
    ]
    for action in actions:
        cells = [_cell(ROUTES[version], action) for version in OcppVersion]
        lines.append(f"| {action} | {' | '.join(cells)} | {_modules(action, of)} |")
    return "\n".join([*lines, "", *_case_tables(of)]) + "\n"


def _cell(routes: Routes, action: str) -> str:
    if action not in schemas.actions(routes.version):
        return "–"
    if handler := routes.handlers.get(action):
        return _link(handler)
    senders = [routes.senders[request] for request, said in routes.said.items() if said == action]
    if senders:
        return ", ".join(_link(sender) for sender in senders)
    return NOT_SUPPORTED[routes.version].get(action, ONLY_OURS)


def _link(function: Callable[..., object]) -> str:
    return f"[{function.__name__}](../{function.__module__.replace('.', '/')}.py)"


def _modules(action: str, of: list[Test]) -> str:
    names = dict.fromkeys(test.path for test in of if not test.name and action in test.texts)
    return ", ".join(f"[{Path(name).stem.removeprefix('test_')}](../{name})" for name in names)


def _case_tables(of: list[Test]) -> Iterator[str]:
    named = mentions(cases_in, of)
    yield "# The official test cases for a CSMS\n"
    yield "Identifiers of the Open Charge Alliance; which tests name them.\n"
    for version, cases in official_cases().items():
        covered = [case for case in cases if case in named]
        yield f"## OCPP {version}: {len(covered)} of {len(cases)}\n"
        yield "| case | tests |"
        yield "|---|---|"
        yield from (f"| {case} | {_names(named[case])} |" for case in covered)
        missing = [case.removesuffix("_CSMS") for case in cases if case not in named]
        left = f"Not named by a test yet: {', '.join(missing)}." if missing else "All are named by a test."
        yield f"\n{left}\n"


def _names(of: list[Test]) -> str:
    return "<br>".join(f"[{test.name or 'all of it'}](../{test.path})" for test in of)


def rules(of: list[Test]) -> str:
    """docs/standards-rules.md."""
    named = mentions(rules_in, of)
    proven = sum(str(number) in named for number in RULES)
    lines = [
        "# The rules that servers get wrong, and the tests that prove them here\n",
        GENERATED,
        f"{proven} of {len(RULES)} rules are named by a test. A test names a rule in its docstring: `Rule 42.`\n",
        "| rule | in short | proven by |",
        "|---|---|---|",
    ]
    for number, text in RULES.items():
        proof = _names(named[str(number)]) if str(number) in named else f"later: {LATER.get(number, '?')}"
        lines.append(f"| {number} | {text} | {proof} |")
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[list[Test]], str]] = {"docs/ocpp-coverage.md": coverage, "docs/standards-rules.md": rules}


def main() -> int:
    of = tests()
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(of))
        sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
