"""docs/quirks.md: every quirk has an entry, and every answer a test that carries its number."""

from gateway.quirks import Quirk
from gateway.quirks.elsewhere import DEFECTS
from scripts import quirks_page
from stations.traits import Trait


def test_the_page_is_current() -> None:
    assert quirks_page.PAGE.read_text() == quirks_page.page(), "run: make docs"


def test_every_number_has_one_entry() -> None:
    assert [quirk.number for quirk in quirks_page.all_quirks()] == list(range(1, quirks_page.LAST + 1))


def test_every_answer_is_proved_and_what_is_not_answered_says_so() -> None:
    tests = quirks_page.tests_by_number()

    def is_honest(quirk: Quirk) -> bool:
        return bool(tests.get(quirk.number)) if quirk.rule else bool(quirk.missing)

    assert [quirk.number for quirk in quirks_page.all_quirks() if not is_honest(quirk)] == []
    assert set(tests) <= {quirk.number for quirk in quirks_page.all_quirks()}


def test_every_trait_answers_a_quirk() -> None:
    used = {each for quirk in quirks_page.all_quirks() for each in quirk.by if isinstance(each, Trait)}
    assert used == set(Trait)


def test_every_defect_of_other_systems_has_a_test() -> None:
    assert [defect.number for defect in DEFECTS] == list(range(1, 19))
    assert sorted(quirks_page.tests_by_defect()) == [defect.number for defect in DEFECTS]
