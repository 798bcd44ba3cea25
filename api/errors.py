"""Refusals in the words of RFC 9457: one shape for all, as application/problem+json."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as ModelError
from django.db import IntegrityError
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ErrorResponse
from psycopg.errors import UniqueViolation
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response

from api.refusals import CONTENT_TYPE, Conflict, TooLarge
from charging.errors import ChargingError


class ProblemHandler(ExceptionHandler):
    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, ChargingError):
            return Conflict(str(exc), code=type(exc).__name__)
        if isinstance(exc, ModelError):
            told = exc.message_dict if hasattr(exc, "error_dict") else {"non_field_errors": exc.messages}
            named = {"non_field_errors" if name == "__all__" else name: texts for name, texts in told.items()}
            return ValidationError(named)
        if isinstance(exc, IntegrityError) and isinstance(exc.__cause__, UniqueViolation):
            return Conflict("There is such a row already.")
        if isinstance(exc, RequestDataTooBig):
            return TooLarge()
        return super().convert_known_exceptions(exc)

    def get_response(self, exc: APIException, data: dict[str, Any]) -> Response:
        response = super().get_response(exc, data)
        response.content_type = CONTENT_TYPE
        return response


class ProblemFormatter(ExceptionFormatter):
    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        code = self.exc.status_code
        errors = error_response.errors
        is_about_fields = isinstance(self.exc, ValidationError) or any(error.attr for error in errors)
        title = "The request is not valid." if isinstance(self.exc, ValidationError) else HTTPStatus(code).phrase
        return {
            "type": "about:blank",
            "title": title,
            "status": code,
            "detail": " ".join(dict.fromkeys(error.detail for error in errors))[:1000],
            "errors": [
                {"code": error.code, "detail": error.detail, "attr": error.attr} for error in errors if is_about_fields
            ],
        }
