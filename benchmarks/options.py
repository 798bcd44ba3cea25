"""What is asked of the measures, and what each of them tells."""

from dataclasses import dataclass, field

Figure = float | int | None


@dataclass(frozen=True)
class Options:
    """``quick``: so little that it only proves that all of it works."""

    chargers: int | None = None
    seconds: float | None = None
    rounds: int | None = None
    quick: bool = False

    def number_of_chargers(self, full: int, quick: int) -> int:
        return self.chargers or (quick if self.quick else full)

    def number_of_seconds(self, full: float, quick: float) -> float:
        return self.seconds or (quick if self.quick else full)

    def number_of_rounds(self, full: int) -> int:
        return self.rounds or (1 if self.quick else full)


@dataclass
class Report:
    """A table for people, figures for programs."""

    title: str
    lines: list[str] = field(default_factory=list)
    summary: dict[str, Figure] = field(default_factory=dict)

    def __str__(self) -> str:
        return "\n".join((self.title, *(f"  {line}" for line in self.lines)))
