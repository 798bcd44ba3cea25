"""The quick way for whole text frames agrees with a library's frames, and leaves everything else to autobahn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from gateway.frames import text_frame, whole_text

LONG = st.text(min_size=1, max_size=9).map(lambda text: text * 99)
TEXTS = st.text(max_size=300) | LONG


def masked(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin=fin).serialize(mask=True)


@given(TEXTS)
def test_a_whole_text_frame_is_read(text: str) -> None:
    payload = text.encode()
    assert whole_text(masked(Opcode.TEXT, payload)) == payload


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535])
def test_every_form_of_the_length(length: int) -> None:
    payload = b"x" * length
    assert whole_text(masked(Opcode.TEXT, payload)) == payload
    assert text_frame("x" * length) == Frame(Opcode.TEXT, payload).serialize(mask=False)


@given(TEXTS)
def test_an_answer_is_framed_as_a_library_would(text: str) -> None:
    assert text_frame(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


def test_what_is_longer_than_two_bytes_tell_is_left_to_autobahn() -> None:
    assert whole_text(masked(Opcode.TEXT, b"x" * 65_536)) is None
    assert text_frame("x" * 65_536) is None


OTHERS = {
    "binary": masked(Opcode.BINARY, b"x"),
    "ping": masked(Opcode.PING, b"x"),
    "close": masked(Opcode.CLOSE, b"\x03\xe8"),
    "continuation": masked(Opcode.CONT, b"x"),
    "first fragment": masked(Opcode.TEXT, b"half", fin=False),
    "compressed": b"\xc1" + masked(Opcode.TEXT, b"deflated")[1:],
    "not masked": Frame(Opcode.TEXT, b"not masked").serialize(mask=False),
    "length longer than needed": b"\x81\xfe\x00\x05\x00\x00\x00\x00short",
    "nothing": b"",
    "one byte": b"\x81",
}


@pytest.mark.parametrize("frame", OTHERS.values(), ids=OTHERS.keys())
def test_everything_else_is_left_to_autobahn(frame: bytes) -> None:
    assert whole_text(frame) is None


@given(st.binary(min_size=1, max_size=200))
def test_parts_of_a_frame_and_several_frames_are_left_to_autobahn(payload: bytes) -> None:
    frame = masked(Opcode.TEXT, payload)
    assert whole_text(frame[:-1]) is None
    assert whole_text(frame + frame) is None
