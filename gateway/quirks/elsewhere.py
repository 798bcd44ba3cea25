"""Mistakes read in other systems, and what ours does where they make them. Each is proved by a test.

Tests carry the number: ``test_d07_…``, or "Defect 7" in the docstring of a test that proves more than that.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    number: int
    what: str
    """What was seen elsewhere."""
    ours: str
    """What happens here instead."""


DEFECTS = (
    Defect(
        1,
        "A start takes over the newest running session of its station, wherever that is",
        "A start is known by station, EVSE, card, time and register; two cars never share one",
    ),
    Defect(2, "1.6 is told Available where the word is Operative", "Every version has its own word, by its schema"),
    Defect(
        3,
        "A charging profile goes to 1.6 under the names of 2.0.1",
        "One wish, said in each version's names; schemas judge every frame that leaves",
    ),
    Defect(
        4,
        "The limit of a site is sent as an external constraint, which is no CSMS's to set",
        "There is no such purpose here; the station's own limit is used, its answer kept, its schedule asked for",
    ),
    Defect(5, "Properties of 2.0.1 stay in messages of 1.6", "Nothing leaves that the schema does not know"),
    Defect(
        6,
        "Who is idle for one heartbeat is thrown out, whatever pings it answers",
        "Patience is three heartbeats at least, and any byte counts",
    ),
    Defect(
        7,
        "No version named is taken for the newest",
        "It is taken for 1.6, where the organization allows it, or for what its own form says",
    ),
    Defect(8, "A wrong password is upgraded first and closed then", "401 before any upgrade"),
    Defect(
        9,
        "What is told before its start waits in memory for seconds, then is dropped",
        "It is stored before it is answered; the start joins it whenever it comes, over any crash",
    ),
    Defect(
        10,
        "An unknown transaction is taken for any that runs at the station",
        "In 1.6 it waits in the review queue; in 2.x it is a session of its own",
    ),
    Defect(
        11,
        "A card that is refused gets number 0 and no session, a repeated start a second one",
        "Every start has one session, its energy is kept, staff decide",
    ),
    Defect(12, "An unknown stop is answered and forgotten", "It is in the review queue before it is answered"),
    Defect(
        13,
        "An unknown stop is answered with an error, and comes again for ever; another card ends nothing",
        "A stop is always confirmed, and ends its session whatever card it names",
    ),
    Defect(14, "All refused starts share one number, others get one at random", "A number is given once"),
    Defect(
        15,
        "A stop that looks wrong, or readings after it, leave the session open for good",
        "The session ends, and what is odd about it is in the review queue",
    ),
    Defect(16, "Texts are escaped for HTML on the wire, both ways", "Kept to the byte; escaped where they are shown"),
    Defect(17, "Refused handshakes leave no trace", "Each is in the inbox, with its cause and what to do"),
    Defect(
        18,
        "Stops and readings without a number are dropped, a second start deletes the first",
        "They are placed where they can only belong; both starts stay, and staff see it",
    ),
)
