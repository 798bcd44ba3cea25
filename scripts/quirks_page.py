"""Writes docs/quirks.md from gateway/quirks and the tests that carry a quirk's number: `make docs`."""

import ast
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")
django.setup()

from django.db.models import Choices  # noqa: E402

from charging.states import AnomalyKind  # noqa: E402
from gateway.quirks import FAMILIES, Quirk  # noqa: E402
from gateway.quirks.elsewhere import DEFECTS, Defect  # noqa: E402
from stations.repairs import Repair  # noqa: E402
from stations.states import RefusalCause  # noqa: E402
from stations.traits import Trait  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "quirks.md"
LAST = 150
NUMBER = re.compile(r"(?:^|_)q(\d{3})(?=_|\b)")
DEFECT = re.compile(r"(?:_d|\bDefect )(\d{1,2})(?=_|\b)")
KINDS: dict[type[Choices], str] = {
    Repair: "repair",
    Trait: "vendor profile",
    AnomalyKind: "anomaly",
    RefusalCause: "refusal",
}
HEAD = """\
<!-- Written by `make docs`; do not edit. -->
# What real chargers do

150 behaviours seen in the field, and what answers each: a repair that is named on the frame and counted for the station
([repairs.md](repairs.md)), a flag of a vendor profile (Network → Vendor profiles), an anomaly in the review queue
([ledger.md](ledger.md)), or a rule. Each is proved through the socket by the tests beside it. What is not answered yet
says so.
"""

DEFECTS_HEAD = """
## Defects of other systems

Mistakes that were read in other servers. Ours does not make them; each line names the tests that prove it.

| no. | what was seen elsewhere | what happens here | tests |
|---|---|---|---|
"""


def tests_by_number() -> dict[int, list[str]]:
    """``test_q044_…`` functions, and tables whose keys begin with the number."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text()
        if not re.search(r"q\d{3}", text):
            continue
        for name in _names(ast.parse(text)):
            for number in map(int, NUMBER.findall(name)):
                place = f"{path.relative_to(ROOT)}: {name if name.startswith('test_') else 'table'}"
                if place not in found[number]:
                    found[number].append(place)
    return found


def tests_by_defect() -> dict[int, list[str]]:
    """``test_d07_…`` functions, and others that say so in their docstring."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text()
        if not DEFECT.search(text):
            continue
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for number in map(int, DEFECT.findall(f"{node.name} {ast.get_docstring(node) or ''}")):
                    found[number].append(f"{path.relative_to(ROOT)}: {node.name}")
    return found


def _names(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name
        value = getattr(node, "value", None)
        if isinstance(value, ast.Dict):
            yield from (key.value for key in value.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


def all_quirks() -> list[Quirk]:
    return [quirk for family in FAMILIES.values() for quirk in family]


def page() -> str:
    tests = tests_by_number()
    answered = sum(bool(quirk.rule) for quirk in all_quirks())
    parts = [HEAD, f"\n{answered} of {LAST} are answered.\n"]
    for family, quirks in FAMILIES.items():
        parts.append(f"\n## {family}\n\n| no. | what it does | what answers it | tests |\n|---|---|---|---|\n")
        parts += [_row(quirk, tests[quirk.number]) for quirk in quirks]
    by_defect = tests_by_defect()
    parts.append(DEFECTS_HEAD)
    parts += [_defect_row(defect, by_defect[defect.number]) for defect in DEFECTS]
    return "".join(parts)


def _defect_row(defect: Defect, tests: list[str]) -> str:
    places = "<br>".join(f"`{place}`" for place in tests)
    return f"| {defect.number} | {defect.what} | {defect.ours} | {places} |\n"


def _row(quirk: Quirk, tests: list[str]) -> str:
    named = ", ".join(f"{KINDS[type(each)]} `{each.value}`" for each in quirk.by)
    told = f"{quirk.rule}. " if quirk.rule else ""
    answer = " ".join(filter(None, (told.strip(), named, f"**Not yet:** {quirk.missing}" if quirk.missing else "")))
    return f"| {quirk.number} | {quirk.what} | {answer} | {'<br>'.join(f'`{place}`' for place in tests)} |\n"


def main() -> int:
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
