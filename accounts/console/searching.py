"""The search field of lists: quick on large tables: related rows are looked up first, words have an index."""

from collections import defaultdict
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.utils.text import smart_split, unescape_string_literal

# So many related rows are named one by one; whether it is one of more, the database asks.
MOST_NAMED = 200
MOST_WORDS = 8
# A limit that limits nothing, so that the index of the words is asked first. Without it the database goes through the
# table in the order of the list until it has a page of hits: up to 290 ms with 100 000 drivers. Of several words the
# rarest decides, and which that is the database knows better.
ALL = 1_000_000_000
PREFIXES = {"^": "istartswith", "=": "iexact"}


def words_of(term: str) -> list[str]:
    """What is between quotes is one word. No table holds a NUL."""
    words = []
    for word in smart_split(term.replace("\x00", "")):
        quoted = word[0] in "\"'" and word[0] == word[-1] and len(word) > 1
        words.append(unescape_string_literal(word) if quoted else word)
    return words[:MOST_WORDS]


def word_vector(*fields: str) -> SearchVector:
    """For the index of a model and for the search in it: both must say the same."""
    return SearchVector(*fields, config="simple")


def with_words(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    """The rows of a model with ``search_words`` that have a word beginning with each word of the term."""
    for number, word in enumerate(words_of(term)):
        quoted = word.replace("\\", "\\\\").replace("'", "''")
        wanted = SearchQuery(f"'{quoted}':*", search_type="raw", config="simple")
        rows = rows.alias(**{f"words{number}": word_vector(*rows.model.search_words)}).filter(
            **{f"words{number}": wanted}
        )
    return rows


def matching(rows: QuerySet[Any], search_fields: Any, term: str, user: Any) -> QuerySet[Any]:
    """Every word must be in one of the fields. A field of a related row is looked for in that table first."""
    words = words_of(term)
    for word in words:
        rows = rows.filter(_anywhere(rows.model, search_fields, word, user, is_alone=len(words) == 1))
    return rows


def _anywhere(model: type[Model], search_fields: Any, word: str, user: Any, *, is_alone: bool) -> Q:
    own = Q(pk__in=[])
    related: defaultdict[str, Q] = defaultdict(Q)
    for name in search_fields:
        relation, _, rest = name.lstrip("^=").partition(LOOKUP_SEP)
        if rest and model._meta.get_field(relation).is_relation:
            related[relation] |= _condition(name[: len(name) - len(name.lstrip("^="))] + rest, word)
        elif hasattr(model, "search_words") and relation in model.search_words:
            found = with_words(model._default_manager.order_by(), f'"{word}"').values("pk")
            own |= Q(pk__in=found[:ALL] if is_alone else found)
        elif _may_be(model, relation, rest, word):
            own |= _condition(name, word)
    for relation, condition in related.items():
        own |= _related(model, relation, condition, word, user)
    return own


def _condition(name: str, word: str) -> Q:
    if name[0] in PREFIXES:
        return Q(**{f"{name[1:]}__{PREFIXES[name[0]]}": word})
    return Q(**{name if name.endswith("__exact") else f"{name}__icontains": word})


def _may_be(model: type[Model], name: str, lookup: str, word: str) -> bool:
    """An exact value of another type than text may not be one."""
    if lookup != "exact":
        return True
    try:
        field: Any = model._meta.get_field(name)
        field.run_validators(field.to_python(word))
    except (FieldDoesNotExist, ValidationError):
        return False
    return True


def _related(model: type[Model], relation: str, condition: Q, word: str, user: Any) -> Q:
    target: Any = model._meta.get_field(relation).related_model
    rows = target._default_manager.order_by()
    if hasattr(rows, "visible_to"):
        rows = rows.visible_to(user)
    rows = with_words(rows, f'"{word}"') if hasattr(target, "search_words") else rows.filter(condition)
    found = list(rows.values_list("pk", flat=True)[: MOST_NAMED + 1])
    if len(found) <= MOST_NAMED:
        return Q(**{f"{relation}__in": found})
    # Not "in": where another word leaves few rows, the database asks for those alone instead of making the whole set.
    return Q(Exists(rows.filter(pk=OuterRef(relation))))
