"""docs/repairs.md tells of every repair there is, and of no other."""

from scripts import repairs_page


def test_the_page_is_current() -> None:
    assert repairs_page.PAGE.read_text() == repairs_page.page(), "run: make docs"


def test_every_repair_is_made_somewhere() -> None:
    assert [repair.name for repair, paths in repairs_page.places().items() if not paths] == []
