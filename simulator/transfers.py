"""Files over HTTP, as stations move them: each has its own idea of a PUT."""

import asyncio
import uuid
from enum import StrEnum
from urllib.error import URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

TIMEOUT_S = 20
SPOKEN = frozenset({"http", "https"})


class UploadStyle(StrEnum):
    """Seen in the field: with the name after the address, to the address as it is, as a browser's form."""

    PUT_APPENDED = "put-appended"
    PUT = "put"
    POST_FORM = "post-form"


async def upload(location: str, name: str, content: bytes, style: UploadStyle) -> bool:
    """Whether the server took it. Of FTP and its kind a virtual charger only tells that it worked."""
    if urlsplit(location).scheme not in SPOKEN:
        return True
    return await asyncio.to_thread(_sent, _request(location, name, content, style))


async def download(location: str) -> bytes | None:
    """The file, None when it could not be had; of addresses that are not HTTP, an empty one."""
    if urlsplit(location).scheme not in SPOKEN:
        return b""
    return await asyncio.to_thread(_fetched, location)


def _request(location: str, name: str, content: bytes, style: UploadStyle) -> Request:
    if style == UploadStyle.POST_FORM:
        boundary = uuid.uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return Request(location, data=body, headers=headers, method="POST")  # noqa: S310 - checked above
    address = f"{location.rstrip('/')}/{quote(name)}" if style == UploadStyle.PUT_APPENDED else location
    headers = {"Content-Type": "application/octet-stream"}
    return Request(address, data=content, headers=headers, method="PUT")  # noqa: S310


def _sent(request: Request) -> bool:
    try:
        with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return answer.status in range(200, 300)
    except (URLError, OSError):
        return False


def _fetched(location: str) -> bytes | None:
    try:
        with urlopen(location, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return bytes(answer.read())
    except (URLError, OSError):
        return None
