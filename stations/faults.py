"""Error codes of stations, for people."""

import re

WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
# A name such as CharIN's unified error codes have (vendor id org.charin.uec.v1), and no number of the vendor's own.
NAME = re.compile(r"[A-Za-z]*[a-z][A-Z][A-Za-z]*")


def in_words(code: str) -> str:
    """``EVSEContactorFault``: EVSE contactor fault."""
    words = WORD.findall(code)
    return " ".join([*words[:1], *(word if word.isupper() and len(word) > 1 else word.lower() for word in words[1:])])


def fault_of(error_code: str, vendor_error_code: str) -> str:
    """The more exact of the two, in words; the vendor's numbers mean nothing to people."""
    return in_words(vendor_error_code if NAME.fullmatch(vendor_error_code) else error_code)
