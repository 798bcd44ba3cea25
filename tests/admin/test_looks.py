"""One vocabulary of states: complete, with icons that exist; assets that are what the manifest says."""

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import TextChoices

from accounts.console.looks import VOCABULARY, badge
from accounts.console.quantities import clock, energy, exact, power, relative, span
from accounts.roles import Role
from charging.states import AnomalyStatus, SessionStatus
from csms.console.commandmenu import FORMS
from drivers.states import AuthorizationStatus
from stations.states import CommandStatus, ConnectorStatus, RefusalCause, RegistrationStatus

STATIC = Path(settings.BASE_DIR) / "csms" / "static"
TEMPLATES = Path(settings.BASE_DIR) / "csms" / "templates"
ICONS = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "csms" / "icons.svg").read_text()))


@pytest.mark.parametrize(
    ("vocabulary", "states"),
    [
        ("connector", ConnectorStatus),
        ("command", CommandStatus),
        ("registration", RegistrationStatus),
        ("refusal", RefusalCause),
        ("session", SessionStatus),
        ("anomaly", AnomalyStatus),
        ("authorization", AuthorizationStatus),
        ("role", Role),
    ],
)
def test_every_state_has_a_look(vocabulary: str, states: type[TextChoices]) -> None:
    assert {str(value) for value in states.values} <= VOCABULARY[vocabulary].keys()


def test_every_look_has_an_icon_and_a_word() -> None:
    for vocabulary, looks in VOCABULARY.items():
        for state, look in looks.items():
            assert look.icon in ICONS, f"{vocabulary} {state}: {look.icon} is not in icons.svg"
            assert look.word, f"{vocabulary} {state} has no word"


def test_states_of_one_vocabulary_are_told_apart_without_colour() -> None:
    for vocabulary, looks in VOCABULARY.items():
        words = [look.word for look in looks.values()]
        assert len(words) == len(set(words)), vocabulary


def test_every_icon_of_the_pages_exists() -> None:
    named = {form.icon for form in FORMS.values()}
    for template in TEMPLATES.rglob("*.html"):
        named |= set(re.findall(r'{% icon "([^"]+)" %}', template.read_text()))
    assert named <= ICONS


def test_every_tone_has_its_colours_in_both_themes() -> None:
    light, dark = (STATIC / "csms" / "tokens.css").read_text().split(".dark {")
    styles = (STATIC / "csms" / "console.css").read_text()
    for tone in {look.tone for looks in VOCABULARY.values() for look in looks.values()}:
        assert f".c-tone-{tone} " in styles
        for part in ("ink", "fill", "line"):
            assert f"--tone-{tone}-{part}:" in light
            assert f"--tone-{tone}-{part}:" in dark


def test_colours_are_decided_in_the_tokens_only() -> None:
    """#fff on a filled button is the one exception."""
    styles = (STATIC / "csms" / "console.css").read_text()
    assert "oklch(" not in styles
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", styles)) <= {"#fff"} | set(re.findall(r"#result_list", styles))


def test_a_badge_shows_the_word() -> None:
    assert "<span>Suspended by car</span>" in badge("connector", ConnectorStatus.SUSPENDED_EV)
    assert "&lt;b&gt;" in badge("connector", "<b>")


def test_assets_are_what_the_manifest_says() -> None:
    manifest = json.loads((STATIC / "vendor" / "vendor.json").read_text())
    listed: dict[str, str] = {}
    for asset in manifest["assets"]:
        assert asset["licence"]
        assert asset["version"]
        listed |= asset["files"]
    for name, digest in listed.items():
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest, name
    code = {str(path.relative_to(STATIC)) for path in (STATIC / "vendor").rglob("*") if path.suffix in (".js", ".css")}
    assert code <= listed.keys()


def test_no_page_asks_a_third_party() -> None:
    for path in [*TEMPLATES.rglob("*.html"), *(STATIC / "csms").iterdir()]:
        text = path.read_text()
        links = re.findall(r"(?:src|href)=\"(https?:)?//", text) + re.findall(r"url\(['\"]?https?:", text)
        assert links == [], path


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "just now"), (9, "just now"), (12, "12 s ago"), (60, "1 min ago"), (119 * 60, "119 min ago"),
     (2 * 3600, "2 h ago"), (47 * 3600, "47 h ago"), (3 * 86400, "3 d ago"), (-30, "now"), (-300, "in 5 min")],
)  # fmt: skip
def test_relative_times(seconds: int, words: str) -> None:
    assert relative(timedelta(seconds=seconds)) == words


def test_quantities_have_units_and_tabular_figures() -> None:
    assert energy(1_234_567) == ('<span class="c-number">1\u202f234.57<span class="c-unit">\u00a0kWh</span></span>')
    assert "11.0" in power(11_000)
    assert energy(None) == "–"
    assert clock(timedelta(hours=26, minutes=5)) == "26:05 h"
    assert span(timedelta(seconds=61)) == "1 min"


def test_times_are_shown_in_the_zone_of_the_site() -> None:
    at = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    assert exact(at, "Europe/Berlin") == "2026-07-01 14:00:00 CEST"
    assert exact(at, "Nowhere/At_All") == "2026-07-01 12:00:00 UTC"
