"""Quirks 39 to 69."""

from charging.states import AnomalyKind
from gateway.quirks.quirk import Quirk
from stations.repairs import Repair
from stations.traits import Trait

TYPES = (
    Quirk(39, "Truncated JSON", "Refused by its id if that can be read; the socket stays"),
    Quirk(40, "A comma in front", "Taken out", (Repair.STRAY_COMMA,)),
    Quirk(41, "A property without a value", "Read as null", (Repair.VALUE_LEFT_OUT,)),
    Quirk(42, "An object where a list belongs", "A list of one", (Repair.OBJECT_AS_LIST,)),
    Quirk(43, "No sampled values", "Taken as it is", (Repair.LIST_EMPTY,)),
    Quirk(44, "Numbers where texts belong", "Written as text", (Repair.NUMBER_AS_TEXT,)),
    Quirk(
        45, "A payload of null or nothing, an empty frame", "{}; an empty frame is logged", (Repair.PAYLOAD_LEFT_OUT,)
    ),
    Quirk(
        46,
        "Empty, repeated or overlong message ids",
        "Sent back as they came; no key of anything",
        (Repair.MESSAGE_ID_NOT_TEXT,),
    ),
    Quirk(47, "JSON on many lines", "It is JSON"),
    Quirk(
        48,
        "Configuration values as numbers, read-only as text",
        "Read as they are meant",
        (Repair.NUMBER_AS_TEXT, Repair.TEXT_AS_BOOLEAN),
    ),
    Quirk(49, "Keys and properties in another case", "Found by their letters alone", (Repair.LETTER_CASE,)),
    Quirk(50, "A key without a value", "Kept without one"),
    Quirk(51, "Units and contexts outside the list", "Hz and Celcius are read; words are kept", (Repair.UNKNOWN_WORD,)),
    Quirk(52, "Error code Error", "OtherError", (Repair.UNKNOWN_ERROR_CODE,)),
    Quirk(53, "Status Occupied of OCPP 1.5", "Preparing", (Repair.OLD_STATUS,)),
    Quirk(54, "Finishing together with an error", "Both are kept"),
    Quirk(55, "A connector in Authorize", "Dropped", (Repair.UNKNOWN_PROPERTY,)),
    Quirk(56, "An object as data", "Kept as JSON text", (Repair.OBJECT_AS_TEXT,)),
    Quirk(57, "The word null, very long texts", "Nothing; cut", (Repair.NULL_WORD, Repair.TEXT_TOO_LONG)),
    Quirk(58, "Message type 1", "Ignored in 1.6 and logged; told in 2.x"),
    Quirk(
        59,
        "Unknown properties, broken bytes, a byte order mark",
        "Dropped, replaced, removed",
        (Repair.UNKNOWN_PROPERTY, Repair.NOT_UTF8, Repair.BYTE_ORDER_MARK),
    ),
    Quirk(60, "An action nobody knows", "NotImplemented; the socket stays"),
)

TIMES = (
    Quirk(61, "No time zone", "The site's", (Repair.TIME_WITHOUT_ZONE,)),
    Quirk(62, "An offset without minutes", "It is a time"),
    Quirk(63, "Local time called UTC", "A vendor profile tells", (Repair.TIME_OF_SITE, Trait.LOCAL_TIME)),
    Quirk(64, "A day that does not exist", "The time of arrival", (Repair.TIME_UNREADABLE,)),
    Quirk(65, "A clock of 1970", "The time of arrival, and staff see it", (AnomalyKind.CLOCK_SKEW,)),
    Quirk(66, "No time", "The time of arrival", (Repair.TIME_MISSING,)),
    Quirk(67, "One time on all samples", "Values of one time are told apart"),
    Quirk(68, "A clock hours ahead", "The time of arrival, and staff see it", (AnomalyKind.CLOCK_SKEW,)),
    Quirk(69, "More digits than milliseconds", "Read; ours are whole seconds and end in Z"),
)
