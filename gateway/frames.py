"""The two shapes nearly all WebSocket frames of a gateway have (RFC 6455 §5.2), without going through autobahn.

autobahn reads every frame as if it could be any; measured, that is a fifth of what a meter value costs. Whatever is
not a whole text frame of its own stays autobahn's: fragments, pings, closes, compressed and long ones.
"""

from websockets.frames import apply_mask  # type: ignore[attr-defined]

FINAL_TEXT = 0x81
IS_MASKED = 0x80
LENGTH_IN_TWO_BYTES = 126
SHORT = 126
LONGEST = 0xFFFF


def whole_text(data: bytes) -> bytes | None:
    """The unmasked payload, if the data is exactly one final, masked text frame of up to 65 535 bytes."""
    if len(data) < 6 or data[0] != FINAL_TEXT or not data[1] & IS_MASKED:
        return None
    length, start = data[1] & 0x7F, 2
    if length == LENGTH_IN_TWO_BYTES:
        length, start = int.from_bytes(data[2:4], "big"), 4
        if length < SHORT:
            return None
    if len(data) != start + 4 + length:
        return None
    return apply_mask(data[start + 4 :], data[start : start + 4])


def text_frame(text: str) -> bytes | None:
    """A server's frame around the text; None if it is longer than 65 535 bytes."""
    payload = text.encode()
    length = len(payload)
    if length < SHORT:
        return bytes((FINAL_TEXT, length)) + payload
    if length <= LONGEST:
        return bytes((FINAL_TEXT, LENGTH_IN_TWO_BYTES)) + length.to_bytes(2, "big") + payload
    return None
