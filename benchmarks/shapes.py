"""How much there is of each, and the SQL from which made-up rows are put together."""

from dataclasses import dataclass

TINY, STATIONS_OF_TINY = 4, 5
CITIES = "ARRAY['Hamburg','Bremen','Kiel','Oslo','Utrecht','Gent','Lyon','Porto','Graz','Brno']"


@dataclass(frozen=True)
class Sizes:
    """How many of each."""

    stations: int
    sessions: int
    frames: int

    @classmethod
    def at(cls, scale: float) -> "Sizes":
        return cls(
            stations=max(int(10_000 * scale), 40), sessions=int(1_000_000 * scale), frames=int(25_000_000 * scale)
        )

    @property
    def sites(self) -> int:
        return max(self.stations // 10, 12)

    @property
    def tokens(self) -> int:
        return self.stations * 10


def chance(seed: str, below: int, salt: int = 0) -> str:
    """From 0, the same in each run."""
    return f"((hashint8(({seed})::bigint * 31 + {salt}) & 2147483647) % {below})"


def one_of(array: str, seed: str, salt: int = 0) -> str:
    return f"({array})[1 + {chance(seed, 1_000_000, salt)} % array_length({array}, 1)]"


def owner_of(number: str, count: int) -> str:
    """The organization of the n-th of ``count`` stations or tokens: 60 %, nearly 40 %, and a few for the rest."""
    tiny = TINY * STATIONS_OF_TINY
    return (
        f"CASE WHEN {number} > {count - tiny} THEN 3 + ({number} - {count - tiny} - 1) / {STATIONS_OF_TINY} "
        f"WHEN {number} > {int(count * 0.6)} THEN 2 ELSE 1 END"
    )


def numbers(count: int, name: str = "i") -> str:
    return f"generate_series(1, {count}) {name}"
