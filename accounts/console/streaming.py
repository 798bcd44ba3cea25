"""Answers that are sent while they are made."""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

PART_CHARACTERS = 65_536


class SentAsMade(StreamingHttpResponse):
    """An ASGI server would make a list of all of it first; here it asks for one part at a time."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = iter(cast("Iterable[bytes]", self.streaming_content))
        while (part := await sync_to_async(_next)(parts)) is not None:
            yield part


def _next(parts: Iterator[bytes]) -> bytes | None:
    return next(parts, None)


def in_parts(lines: Iterable[str]) -> Iterator[str]:
    """Lines in larger pieces: each piece costs a change of threads."""
    part: list[str] = []
    size = 0
    for line in lines:
        part.append(line)
        size += len(line)
        if size >= PART_CHARACTERS:
            yield "".join(part)
            part, size = [], 0
    yield "".join(part)


def download(name: str, media_type: str, content: Any) -> SentAsMade:
    return SentAsMade(
        content, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
