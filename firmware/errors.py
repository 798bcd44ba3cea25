"""What may be wrong with a request for a file, in words for whoever asked for it."""


class FirmwareError(Exception):
    """The base of the others; its text is shown."""


class AddressTooLong(FirmwareError):
    """OCPP limits the address of a file."""


class NotInThisVersion(FirmwareError):
    """The station's OCPP version has no message for it."""


class NoTime(FirmwareError):
    """A time that no station can be told."""


class DoesNotFit(FirmwareError):
    """The firmware is for other stations."""


class NoCommonProtocol(FirmwareError):
    """The model takes files by another protocol only."""


class NotSigned(FirmwareError):
    """There is no signature to send."""


class TooLarge(FirmwareError):
    """More bytes than are taken."""


class TooManyFiles(FirmwareError):
    """A station needs no more files for one log."""
