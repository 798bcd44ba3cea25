"""What every route shares: only own rows, pages, filters, entity tags, headers."""

from typing import Any, cast

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page
from django.views.decorators.vary import vary_on_headers
from rest_framework import mixins, status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.audit import record
from api.conditional import etag_of, require_unchanged
from api.idempotency import Idempotent
from api.principals import person_of, principal_of, trace_of

Row = Any


@method_decorator(conditional_page, name="dispatch")
@method_decorator(cache_control(private=True, no_cache=True), name="dispatch")
@method_decorator(vary_on_headers("Authorization", "Cookie"), name="dispatch")
class TenantViews(Idempotent, GenericViewSet[Any]):
    """Rows of the caller's organization; a neighbour's does not exist."""

    ordering_fields: tuple[str, ...] = ("id",)
    default_ordering: tuple[str, ...] = ("id",)
    has_fields = True
    """Whether ``?fields=`` is understood."""

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        return cast("QuerySet[Any]", rows.visible_to(principal_of(self.request)))

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "is_sparse": self.request.method in ("GET", "HEAD")}

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        for name, value in getattr(request._request, "rate_headers", {}).items():
            answer[name] = value
        return answer

    def find(self, rows: Any) -> Any:
        """The row of the address among these, for a list that hangs on it; 404 for a neighbour's."""
        field = self.lookup_url_kwarg or self.lookup_field
        seen = rows.visible_to(principal_of(self.request))
        return get_object_or_404(seen, **{self.lookup_field: self.kwargs[field]})

    def whole(self, row: Row) -> Any:
        """All fields of the row, which its entity tag is made from."""
        return self.get_serializer_class()(row, context={**self.get_serializer_context(), "is_sparse": False}).data

    def audit(self, action: str, target: Model, **details: Any) -> None:
        principal = principal_of(self.request)
        record(actor=person_of(principal), action=action, target=target, **details, **trace_of(principal))


class ReadViews(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViews):
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        answer = Response(self.get_serializer(row).data)
        if not request.query_params.get("fields"):
            answer["ETag"] = etag_of(answer.data)
        return answer


class WriteViews(ReadViews):
    """Rows that staff add and change too. PATCH only: who puts a whole row overwrites what they do not know."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            row = self.get_queryset().model(**serializer.validated_data)
            row.full_clean(validate_constraints=True)
            row.save()
            self.audit("added", row)
        told = self.whole(row)
        headers = {"Location": self.address_of(row), "ETag": etag_of(told)}
        return Response(told, status=status.HTTP_201_CREATED, headers=headers)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            row = self.get_object()
            type(row).objects.select_for_update(no_key=True).get(pk=row.pk)
            row = self.get_object()
            require_unchanged(request, self.whole(row))
            serializer = self.get_serializer(row, data=request.data, partial=True)
            serializer.is_valid(raise_exception=True)
            changed = _changes(row, serializer.validated_data)
            for name, value in serializer.validated_data.items():
                setattr(row, name, value)
            if changed:
                row.full_clean(validate_constraints=True)
                self.keep(row, list(changed))
                self.audit("changed", row, what=changed)
        told = self.whole(self.get_object())
        return Response(told, headers={"ETag": etag_of(told)})

    def keep(self, row: Row, changed: list[str]) -> None:
        row.save(update_fields=changed)

    def address_of(self, row: Row) -> str:
        field = self.lookup_field
        return self.reverse_action("detail", kwargs={self.lookup_url_kwarg or field: getattr(row, field)})


def _changes(row: Row, wanted: dict[str, Any]) -> dict[str, list[str]]:
    """Values before and after."""
    return {
        name: [str(getattr(row, name)), str(value)] for name, value in wanted.items() if getattr(row, name) != value
    }
