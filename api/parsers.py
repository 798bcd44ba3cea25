"""JSON bodies, without what a database cannot keep."""

import json
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from api.refusals import TooLarge


class StrictJsonParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(settings.API_MAX_BODY_BYTES + 1)
        if len(body) > settings.API_MAX_BODY_BYTES:
            raise TooLarge
        try:
            data = json.loads(body.decode("utf-8"), parse_constant=_refuse)
            told = json.dumps(data, ensure_ascii=False)
            told.encode()
        except (ValueError, RecursionError) as error:
            raise ParseError("The body is not JSON that this server takes.") from error
        if "\\u0000" in told:
            raise ParseError("A text must not hold the character NUL.")
        return data


def _refuse(constant: str) -> None:
    raise ValueError(constant)
