"""The text of a frame: from bytes to JSON, with what real stations get wrong mended and named."""

import re
from typing import Any

import orjson

from stations.repairs import Repair

# Mending looks at the whole text several times; what is longer is refused as it is.
LONGEST_MENDED = 65_536
# No message of OCPP has ten levels. Schemas and our own JSON give up at 255, in the middle of their work.
DEEPEST = 100

# A text inside a frame. One without an end reaches to the end of the frame, which keeps the search linear.
TEXT = re.compile(r'"(?:[^"\\]|\\.)*\\?(?:"|\Z)', re.DOTALL)
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f]+")
# Escaped backslashes and pairs stay; half a pair is no character.
HALF_PAIR = re.compile(r"(\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..)|\\u[dD][89a-fA-F]..")
NO_BRACKET = re.compile(r"[^\[\]{}]+")
NO_NUMBER = re.compile(r"-?\b(?:NaN|nan|Infinity|inf)\b")
GAP = re.compile(r":(\s*)(?=[,}\]])")
STRAY_COMMA = re.compile(r"^,+\s*|(?<=[\[{])\s*,|,\s*(?=[\]}])")


def read_text(data: bytes | str, repairs: list[str]) -> str:
    """The text of a frame, whatever bytes it came as."""
    if isinstance(data, bytes):
        repairs.append(Repair.BINARY_FRAME)
        text = data.decode("utf-8", errors="replace")
    else:
        text = data
    if "\ufffd" in text:
        repairs.append(Repair.NOT_UTF8)
    return text


def loads(text: str, repairs: list[str]) -> Any:
    """The JSON of a frame. Raises orjson.JSONDecodeError if it cannot be mended."""
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        if len(text) > LONGEST_MENDED:
            raise
        frame = orjson.loads(_mended(text, repairs))
    if text.count("[") + text.count("{") > DEEPEST and _is_deep(text):
        raise orjson.JSONDecodeError("nested too deeply", "", 0)
    if "\\u0000" in text and isinstance(frame, list):
        # The message id keeps its own: it is only sent back.
        frame[2:] = _without_zero_bytes(frame[2:])
        repairs.append(Repair.CONTROL_CHARACTER)
    return frame


def _is_deep(text: str) -> bool:
    """Takes the innermost level away until nothing is left; each step runs in C."""
    brackets = NO_BRACKET.sub("", TEXT.sub("", text))
    for _ in range(DEEPEST):
        if not brackets:
            return False
        brackets = brackets.replace("[]", "").replace("{}", "")
    return bool(brackets)


def _without_zero_bytes(value: Any) -> Any:
    """PostgreSQL stores none, in no text."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_zero_bytes(item) for item in value]
    if isinstance(value, dict):
        return {_without_zero_bytes(name): _without_zero_bytes(item) for name, item in value.items()}
    return value


def _mended(text: str, repairs: list[str]) -> str:
    """Mends what is between the texts of a frame; in them only what no JSON text can hold."""
    stripped = text.strip("\ufeff\x00 \t\r\n")
    if stripped != text.strip():
        repairs.append(Repair.BYTE_ORDER_MARK)
    texts = iter([_mended_text(found, repairs) for found in TEXT.findall(stripped)])
    between = TEXT.sub('"', stripped)
    for pattern, by, repair in (
        (NO_NUMBER, "null", Repair.VALUE_LEFT_OUT),
        (GAP, r":null\1", Repair.VALUE_LEFT_OUT),
        (STRAY_COMMA, "", Repair.STRAY_COMMA),
    ):
        mended = pattern.sub(by, between)
        if mended != between:
            repairs.append(repair)
        between = mended
    return re.sub('"', lambda _: next(texts), between)


def _mended_text(text: str, repairs: list[str]) -> str:
    mended = CONTROL_CHARACTERS.sub(" ", text)
    if mended != text:
        repairs.append(Repair.CONTROL_CHARACTER)
    whole = HALF_PAIR.sub(lambda found: found.group(1) or "\ufffd", mended)
    if whole != mended:
        repairs.append(Repair.NOT_UTF8)
    return whole
