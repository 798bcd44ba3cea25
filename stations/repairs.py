"""The names of everything we mend in what a station sends, and what each means, in a sentence for staff.

The mending itself is in the gateway (docs/repairs.md says where); each use is kept on the frame, and counted for the
station.
"""

from django.db import models


class Repair(models.TextChoices):
    NOT_UTF8 = "not_utf8", "Bytes that are no UTF-8 were replaced"
    BINARY_FRAME = "binary_frame", "A binary frame was read as text"
    BYTE_ORDER_MARK = "byte_order_mark", "A byte order mark or zero bytes around the frame were removed"
    CONTROL_CHARACTER = "control_character", "Control characters and zero bytes in a text were removed"
    STRAY_COMMA = "stray_comma", "A comma too many was removed"
    VALUE_LEFT_OUT = "value_left_out", "A property without a value was read as empty"
    NO_SUBPROTOCOL = "no_subprotocol", "The station named no OCPP version: 1.6 assumed"
    SUBPROTOCOL_ALIAS = "subprotocol_alias", "The station's other name for its OCPP version was accepted"
    IDENTITY_IN_QUERY = "identity_in_query", "The identity was taken from the query of the address"
    IDENTITY_IN_ADDRESS = "identity_in_address", "A whole address was sent as identity: its last part was taken"
    OLD_TLS = "old_tls", "The station came by TLS older than 1.2, which counts as none"
    PAYLOAD_LEFT_OUT = "payload_left_out", "A missing, empty or null payload was read as {}"
    MESSAGE_ID_NOT_TEXT = "message_id_not_text", "The message id is no text of at most 36 characters"
    UNKNOWN_PROPERTY = "unknown_property", "A property the specification does not know was dropped"
    TEXT_TOO_LONG = "text_too_long", "A text was cut to the allowed length"
    TOKEN_TOO_LONG = "token_too_long", "A token longer than allowed was accepted as it is"
    SIGNED_DATA_TOO_LONG = "signed_data_too_long", "Signed data longer than allowed was kept whole"
    NULL_WORD = "null_word", "The word null was read as nothing"
    SHAPE_OF_16 = "shape_of_16", "A message in the shape of OCPP 1.6 was translated to 2.x"
    MEASURAND_NOTATION = "measurand_notation", "A phase written into the name of a measurand was taken out of it"
    NULL_DROPPED = "null_dropped", "A null was read as left out"
    NUMBER_AS_TEXT = "number_as_text", "A number came where a text belongs"
    TEXT_AS_NUMBER = "text_as_number", "A text came where a number belongs"
    FRACTION_ROUNDED = "fraction_rounded", "A fraction came where a whole number belongs: rounded"
    OBJECT_AS_LIST = "object_as_list", "A single object came where a list belongs"
    TEXT_AS_BOOLEAN = "text_as_boolean", "A text or number came where true or false belongs"
    OBJECT_AS_TEXT = "object_as_text", "An object came where a text belongs: kept as JSON"
    LIST_EMPTY = "list_empty", "A list that must not be empty was empty"
    LETTER_CASE = "letter_case", "A word or the name of a property was written in the wrong case"
    UNKNOWN_WORD = "unknown_word", "A word outside the specification's list was kept as it is"
    UNKNOWN_REASON = "unknown_reason", "A reason outside the specification's list was read as Other"
    UNKNOWN_ERROR_CODE = "unknown_error_code", "An error code outside the specification's list was read as OtherError"
    OLD_STATUS = "old_status", "A status of OCPP 1.5 was translated"
    REQUIRED_MISSING = "required_missing", "A required property is missing: accepted without it"
    CUSTOM_DATA_INVALID = "custom_data_invalid", "Custom data that breaks the specification was dropped"
    CONNECTOR_MISSING = "connector_missing", "The connector was not named: connector 1 assumed"
    ERROR_CODE_MISSING = "error_code_missing", "No error code: NoError assumed"
    TIME_MISSING = "time_missing", "A time is missing: time of receipt assumed"
    TIME_UNREADABLE = "time_unreadable", "A time cannot be read or does not exist: time of receipt assumed"
    TIME_WITHOUT_ZONE = "time_without_zone", "A time had no zone: site time assumed"
    DECIMAL_COMMA = "decimal_comma", "A decimal comma was read as a point"
    VALUE_UNREADABLE = "value_unreadable", "A meter value that is no number was left out"
    UNIT_UNKNOWN = "unit_unknown", "A meter value in a unit that does not fit was left out"
    NUMBER_TOO_LARGE = "number_too_large", "A number larger than we can keep was left out"
    TRANSACTION_ID_NONE = "transaction_id_none", "A transaction id of 0 or less was read as none"
    RESERVATION_ID_NONE = "reservation_id_none", "A reservation id of 0 or less was read as none"
    TOKEN_CLEANED = "token_cleaned", "Control characters and blanks around a token were removed"
    TOKEN_SUFFIX = "token_suffix", "What the station appends to a token was taken off (vendor profile)"
    TIME_OF_SITE = "time_of_site", "A time called UTC was read as site time (vendor profile)"
    UNIT_ASSUMED = "unit_assumed", "Energy without a unit was read as kWh (vendor profile)"
    SIGNED_DATA_MISPLACED = "signed_data_misplaced", "Signed data was found in an ordinary value"


def label_of(name: str) -> str:
    """The sentence of a repair; its name where it was made by an older release."""
    return str(Repair(name).label) if name in Repair.values else name
