"""Choosing one token of very many: a few are offered, the rest is found by typing."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet
from django.forms.models import ModelChoiceIterator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.console.searching import matching
from accounts.console.tenants import user_of
from accounts.models import Organization
from csms.console.access import require, staff_only
from drivers.models import IdToken, token_key

MOST_OFFERED = 50
# The longest that is searched for is a token's value.
MOST_TYPED = 255


class FewTokens(ModelChoiceIterator):  # type: ignore[type-arg]
    """Any token of the field may be sent; the page does not carry all of them. What was sent stays among them."""

    def __iter__(self) -> Any:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        field: Any = self.field
        for token in first_of(self.queryset, field.chosen):
            yield self.choice(token)


class TokenField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Beside it the page has a search field, which asks ``search_url`` for other choices."""

    iterator = FewTokens
    chosen = ""

    def __init__(self, organization_id: int, *, usable: bool, **more: Any) -> None:
        rows = IdToken.objects.filter(organization_id=organization_id)
        query = urlencode({"organization": organization_id, "usable": int(usable)})
        self.search_url = f"{reverse('console:tokens')}?{query}"
        super().__init__(_usable(rows) if usable else rows, widget=UnfoldAdminSelectWidget, **more)

    def label_from_instance(self, obj: Any) -> str:
        return label_of(obj)

    def get_bound_field(self, form: Any, field_name: str) -> Any:
        self.chosen = str(form.data.get(form.add_prefix(field_name), "")) if form.is_bound else ""
        return super().get_bound_field(form, field_name)


def label_of(token: IdToken) -> str:
    return f"{token.driver} · {token}" if token.driver else str(token)


def first_of(rows: QuerySet[Any], chosen: str = "") -> list[IdToken]:
    """By the index of labels: an order by drivers would read them all."""
    found = list(rows.select_related("driver").order_by("label", "key")[:MOST_OFFERED])
    if chosen.isascii() and chosen.isdecimal() and len(chosen) < 19:
        found += rows.select_related("driver").filter(pk=chosen).exclude(pk__in=[token.pk for token in found])
    return found


def _usable(rows: QuerySet[IdToken]) -> QuerySet[IdToken]:
    return rows.filter(is_blocked=False)


@staff_only
@require_safe
def options(request: HttpRequest) -> HttpResponseBase:
    """The choices for what was typed: how a label or a driver's name begins, or the full value of a token."""
    wanted = request.GET.get("organization", "")
    number = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19 else 0
    organization = get_object_or_404(Organization.objects.visible_to(user_of(request)), pk=number)
    require(request, "drivers.view_idtoken", organization)
    rows: QuerySet[IdToken] = IdToken.objects.filter(organization=organization)
    rows = rows if request.GET.get("usable") == "0" else _usable(rows)
    term = request.GET.get("token_search", "").replace("\x00", "").strip()[:MOST_TYPED]
    if term:
        found = matching(rows, ["label", "driver__name"], term, user_of(request))
        rows = rows.filter(Q(pk__in=found.order_by().values("pk")) | Q(key=token_key(term)))
    context = {"tokens": [(token.pk, label_of(token)) for token in first_of(rows)]}
    return render(request, "console/tokens/options.html", context)
