"""Quirks 1 to 38."""

from charging.states import AnomalyKind
from gateway.quirks.quirk import Quirk
from stations.repairs import Repair
from stations.states import RefusalCause
from stations.traits import Trait

CONNECTING = (
    Quirk(
        1,
        "Names no OCPP version",
        "Taken for 1.6 where the organization allows it, or for what its own form says",
        (Repair.NO_SUBPROTOCOL,),
    ),
    Quirk(2, "Offers several versions", "The first we speak is echoed, once"),
    Quirk(3, "Says ocpp1.6j", "Echoed as offered", (Repair.SUBPROTOCOL_ALIAS,)),
    Quirk(4, "Tries 1.6, comes back with 2.0.1", "The version belongs to the connection"),
    Quirk(
        5,
        "Sends 1.6 messages on a 2.0.1 socket",
        "Boots, statuses, cards and meters are translated; the answer to a boot fits both schemas",
        (Repair.SHAPE_OF_16,),
    ),
    Quirk(6, "Blanks and bars in the identity", "The last part of the path is decoded"),
    Quirk(7, "Dots, lines and hyphens in the identity", "Any character but a colon"),
    Quirk(
        8,
        "Sends the whole address as identity",
        "The last part counts; so it does of a longer path",
        (Repair.IDENTITY_IN_ADDRESS,),
    ),
    Quirk(9, "Changes the case of its identity", "Upper and lower case are the same station"),
    Quirk(
        10,
        "Appends its serial number or a slash, or puts the identity into the query",
        "The last part that is not empty; else cid or id of the query",
        (Repair.IDENTITY_IN_QUERY,),
    ),
    Quirk(
        11,
        "One identity for many chargers, connector 0 the sum, tokens with a serial number",
        "Connector 0 is the station's own meter; a vendor profile takes the number off",
        (Repair.TOKEN_SUFFIX, Trait.TOKEN_SUFFIX),
    ),
    Quirk(12, "Compresses or sets reserved bits without asking", "Closed with 1002, which the connection keeps"),
    Quirk(13, "Wants compression in 2.x", "permessage-deflate is negotiated there"),
    Quirk(
        14,
        "Knows only TLS 1.0 or 1.1",
        "A port of its own, if the operator opens one; it counts as a connection without TLS",
        (Repair.OLD_TLS,),
    ),
    Quirk(
        15,
        "Needs the whole chain, or pins a root that is over",
        "The file is sent whole, with the cross-signed certificates that old roots need; `manage.py check` and "
        "the gateway say what its chain lacks, and staff read which address does not know the authority",
        (RefusalCause.TLS_FAILED,),
    ),
    Quirk(16, "Sends its key as hex or as the bytes behind it", "Both are right"),
    Quirk(
        17,
        "Binary or empty passwords",
        "Compared as bytes; an empty one is refused and shown",
        (RefusalCause.WRONG_PASSWORD,),
    ),
    Quirk(
        18,
        "User name is not the identity",
        "Refused, as OCPP-J says; staff read what to correct",
        (RefusalCause.USERNAME_DIFFERS,),
    ),
    Quirk(
        19,
        "Never answers pings, or now and then",
        "Any byte counts; unanswered pings end only who answered one before, unless the profile says otherwise",
        (Trait.NEVER_PONGS,),
    ),
    Quirk(20, "Pings us, often or seldom", "Answered; a sign of life"),
    Quirk(21, "Idle limit equals the heartbeat", "The interval it is told is at most a third of our patience"),
    Quirk(22, "A new socket while the old one is half open", "The newest wins; a late close changes nothing"),
    Quirk(
        23,
        "Does not dial again after a close",
        "Nothing is closed without need; a vendor profile warns staff on its page",
        (Trait.NEVER_REDIALS,),
    ),
    Quirk(24, "Reboots when it is offline, or daily", "Sessions go on over boots"),
    Quirk(
        25,
        "A restart of ours knocks it offline",
        "Restarts close with 1012 and jitter; a vendor profile warns staff",
        (Trait.NEVER_REDIALS,),
    ),
    Quirk(26, "Drops its socket while it downloads", "Served again without a boot; the gap is in its history"),
    Quirk(
        27,
        "Reconnects in silence and forgets its session",
        "The next start at the EVSE shows it",
        (AnomalyKind.MISSING_STOP,),
    ),
)

BOOTING = (
    Quirk(28, "No boot after a reconnect", "Served as soon as it speaks, or after ten seconds of silence"),
    Quirk(
        29,
        "Any command before its boot is answered makes it boot again",
        "Nothing is sent before; a vendor profile says who boots late after each reconnect",
        (Trait.BOOTS_LATE,),
    ),
    Quirk(30, "Boots in a loop", "Each is answered; a flood is read more slowly"),
    Quirk(31, "Boots again after any error", "What can be understood is no error: statuses and repairs instead"),
    Quirk(32, "No vendor, no model", "Accepted without", (Repair.REQUIRED_MISSING,)),
    Quirk(33, "Heeds no Pending and no Rejected", "SecurityError to all but boots; the socket stays"),
    Quirk(34, "Wants a reboot, then refuses everything", "What it said is the outcome of each command"),
    Quirk(35, "Speaks before it boots", "Served in 1.6"),
    Quirk(36, "Answers after our patience is over", "A late answer still finishes the command"),
    Quirk(37, "Several heartbeats a second", "Answered; a flood is read more slowly"),
    Quirk(
        38, "The same first status of all connectors at once", "Stored one after the other, without locks between them"
    ),
)
