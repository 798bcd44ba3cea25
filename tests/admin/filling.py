"""A form as a browser would send it: what its fields hold, before anybody changed them."""

from html.parser import HTMLParser


class _Fields(HTMLParser):
    def __init__(self, form: str) -> None:
        super().__init__()
        self.form, self.is_inside, self.select, self.values = form, False, "", dict[str, str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_inside = given.get("id") == self.form
        if not self.is_inside:
            return
        if tag == "input" and (given.get("type") not in ("checkbox", "submit") or "checked" in given):
            self.values[given["name"]] = given.get("value", "")
        if tag == "select":
            self.select = given["name"]
        if tag == "option" and ("selected" in given or self.select not in self.values):
            self.values[self.select] = given.get("value", "")


def fields_of(html: str, form: str) -> dict[str, str]:
    reader = _Fields(form)
    reader.feed(html)
    return reader.values
