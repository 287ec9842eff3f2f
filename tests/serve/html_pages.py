"""What the tests of our pages share: what a browser would find in one, and the screens they are shown on."""

from html.parser import HTMLParser

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Read(HTMLParser):
    """What a browser would find: elements with their attributes, scripts with their text, visible text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.text = ""
        self._inside: str | None = None

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._inside = tag if tag in ("script", "style") else None
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        if self._inside == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)
        elif self._inside is None:
            self.text += data

    def attributes(self, name):
        return [value for _, attrs in self.elements for key, value in attrs.items() if key == name]


def read(html: str) -> Read:
    found = Read()
    found.feed(html)
    return found
