"""One vocabulary of states: each has an icon, a word and a tone, so that no state relies on colour alone.

Apps register theirs in ``<app>/looks.py``. Icons are symbols of csms/static/csms/icons.svg, tones are classes of
csms/static/csms/console.css.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from django.db.models import TextChoices
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString


class Tone(StrEnum):
    GOOD = "good"
    CHARGE = "charge"
    INFO = "info"
    WARN = "warn"
    BAD = "bad"
    HELD = "held"
    MUTED = "muted"
    OFF = "off"


class Look(NamedTuple):
    icon: str
    tone: Tone
    word: str = ""


VOCABULARY: dict[str, dict[str, Look]] = {}


def register(vocabulary: str, states: type[TextChoices] | None, looks: Mapping[str, Look]) -> None:
    """Say how each state looks. The word is the state's label, unless the look has one of its own."""
    labels = {state.value: str(state.label) for state in states} if states else {}
    VOCABULARY[vocabulary] = {
        str(value): look if look.word else look._replace(word=labels[str(value)]) for value, look in looks.items()
    }


def look_of(vocabulary: str, value: str) -> Look:
    return VOCABULARY[vocabulary].get(str(value)) or Look("help", Tone.MUTED, str(value) or "Unknown")


@lru_cache(maxsize=256, typed=True)
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="c-icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("csms/icons.svg"),
        name,
    )


@lru_cache(maxsize=1024, typed=True)
def badge(vocabulary: str, value: str, note: str = "") -> SafeString:
    """The state as icon and word; ``note`` is shown on hover. Typed: text that is safe equals text that is not."""
    look = look_of(vocabulary, value)
    return format_html(
        '<span class="c-badge c-tone-{}" data-state="{}" title="{}">{}<span>{}</span></span>',
        look.tone,
        value,
        note or look.word,
        icon(look.icon),
        look.word,
    )
