"""Which function does the work of a job. Apps register theirs in ``<app>/jobkinds.py``."""

from collections.abc import Callable
from typing import NamedTuple

from jobs.run import Run

Work = Callable[[Run], str]


class Kind(NamedTuple):
    slug: str
    word: str
    work: Work
    template: str


KINDS: dict[str, Kind] = {}


def job_kind(slug: str, word: str, *, template: str = "") -> Callable[[Work], Work]:
    """The function gets the run, and returns the outcome in one sentence. ``template`` shows its report."""

    def register(work: Work) -> Work:
        KINDS[slug] = Kind(slug, word, work, template)
        return work

    return register
