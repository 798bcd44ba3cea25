"""What the API refuses beside what Django REST framework knows; how it is told is in api/errors.py."""

from rest_framework import status
from rest_framework.exceptions import APIException

CONTENT_TYPE = "application/problem+json"


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class ChangedMeanwhile(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"
    default_detail = "It has changed since you read it: read it again, then decide."


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = "The body is larger than this server takes."


class Unprocessable(APIException):
    """Understood, well formed, and not to be done."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "unprocessable"
