"""Quirks 117 to 150."""

from charging.states import AnomalyKind
from gateway.quirks.quirk import Quirk
from stations.repairs import Repair
from stations.states import RefusalCause
from stations.traits import Trait

LIMITS = (
    Quirk(117, "Obeys stack level 0 only", "Others are not sent", (Trait.STACK_LEVEL_0,)),
    Quirk(118, "Takes watts only", "Amperes are not sent", (Trait.WATTS_ONLY,)),
    Quirk(119, "Takes amperes only", "Watts are not sent", (Trait.AMPERES_ONLY,)),
    Quirk(
        120,
        "Refuses a limit of the station, or accepts and ignores it",
        "A refusal is shown; what would be ignored is not sent",
        (Trait.STATION_LIMIT_IGNORED,),
    ),
    Quirk(121, "Its load balancer is disabled", "Its words are the outcome"),
    Quirk(122, "Takes relative profiles only", "Others are not sent", (Trait.RELATIVE_ONLY,)),
    Quirk(123, "Takes no profile for connector 0", "Not sent", (Trait.NO_CONNECTOR_0,)),
    Quirk(124, "Takes one decimal at most", "More are refused before they are queued"),
    Quirk(125, "Keys in tenths or thousandths of amperes", "Kept as told; nothing of ours reads them as amperes"),
    Quirk(126, "Refuses a start in the past", "Its words are the outcome"),
    Quirk(127, "Reads a limit of 0 as none", "0 is not sent", (Trait.ZERO_IS_NO_LIMIT,)),
    Quirk(128, "An empty composite schedule", "Taken as it is"),
    Quirk(129, "Does not say which units it takes", "Nothing of ours waits for it"),
    Quirk(130, "Lists its features wrongly", "What it does not list is asked all the same"),
    Quirk(131, "Forgets its profiles", "What was installed before a boot is uncertain, and sent again within a minute"),
)

UPKEEP = (
    Quirk(
        132,
        "Uploads by FTP only, or by HTTP only",
        "What it lists chooses among our server and the operator's; a vendor profile also refuses what it cannot take",
        (Trait.FTP_ONLY, Trait.HTTP_ONLY),
    ),
    Quirk(133, "GetDiagnostics reboots it", "Sessions go on over boots (24); a lost command is never sent again"),
    Quirk(134, "Accepts, names no file, sends none", "The answer is kept as it is"),
    Quirk(
        135,
        "No word of its update, or unasked",
        "The version of the next boot proves an update; what is unasked is kept",
    ),
    Quirk(136, "List version -1, 0 or lost", "-1: it keeps none; another version than ours: the whole list again"),
    Quirk(137, "VersionMismatch", "The whole list follows"),
    Quirk(138, "Takes short lists only", "Sent in portions of the length it tells"),
    Quirk(139, "Answers NotSupported", "The outcome of the command, as status and as error"),
)

VERSION_2 = (
    Quirk(140, "A status of EVSE 0", "The station's own"),
    Quirk(141, "An EVSE without a connector", "Connector 1", (Repair.CONNECTOR_MISSING,)),
    Quirk(142, "Gaps and resets of seqNo", "The session is right; gaps are shown", (AnomalyKind.SEQUENCE_GAP,)),
    Quirk(143, "A report that never ends", "Each part is kept as it comes"),
    Quirk(144, "Variables without lists and limits", "Kept without"),
    Quirk(145, "requestId beyond 32 bits", "Taken"),
    Quirk(146, "Reports in thousands of tiny parts", "Read more slowly; all are kept"),
    Quirk(147, "null in customData", "Dropped", (Repair.CUSTOM_DATA_INVALID,)),
    Quirk(148, "Ended before Updated, Started lost", "What comes late joins", (AnomalyKind.MISSING_START,)),
    Quirk(149, "A station nobody knows", "It waits in the inbox", (RefusalCause.UNKNOWN_IDENTITY,)),
    Quirk(150, "CharIN's unified error codes", "Shown in words"),
)
