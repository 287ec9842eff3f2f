"""How the report says things: its words in one language; amounts, shares, days as people write them."""

import string
from dataclasses import dataclass

from huoshui.base.errors import Language, Text
from huoshui.serve.report.markup import Markup, el, join
from huoshui.serve.texts import TEXTS

_CURRENCIES: dict[str, tuple[str, str]] = {
    "CNY": ("元", "¥"),
    "USD": ("美元", "$"),
    "EUR": ("欧元", "€"),
    "HKD": ("港元", "HK$"),
    "JPY": ("日元", "JP¥"),
}
NOT_KNOWN = "–"


@dataclass(frozen=True, slots=True)
class Speech:
    """One language and one currency; every text of the report passes here."""

    language: Language
    currency: str = "CNY"

    def say(self, code: str, **data: object) -> str:
        """The text `code` of huoshui.serve.texts, filled in. KeyError without it: a test holds all codes."""
        return self.word(self.text(code), **data)

    def text(self, code: str) -> Text:
        """The text `code` in both languages."""
        return TEXTS[code]

    def word(self, text: Text, **data: object) -> str:
        """A text in this language; `{unit}` is the currency's word."""
        template = text.zh if self.language == "zh" else text.en
        return template.format(unit=self.unit, **data) if "{" in template else template

    def rich(self, code: str, **data: str) -> Markup:
        """As `say`, into HTML: the template and plain data are escaped, Markup data stays."""
        return self.rich_word(self.text(code), **data)

    def rich_word(self, text: Text, **data: str) -> Markup:
        """As `word`, into HTML."""
        template = text.zh if self.language == "zh" else text.en
        known = {"unit": self.unit, **data}
        pieces: list[str | None] = []
        for literal, name, _, _ in string.Formatter().parse(template):
            pieces += [literal, known[name] if name else None]
        return join(pieces)

    def clauses(self, code: str, **data: str) -> Markup:
        """As `rich`, each clause (up to a semicolon) kept on one line where it fits."""
        text = self.text(code)
        template = text.zh if self.language == "zh" else text.en
        clauses = template.split("; ")
        ended = [f"{clause};" for clause in clauses[:-1]] + clauses[-1:]
        return join(
            (el("span", self.rich_word(Text(clause, clause), **data), class_="clause") for clause in ended),
            " ",
        )

    def optional(self, code: str) -> str | None:
        """The text `code`, None if we have no word for it."""
        return self.say(code) if code in TEXTS else None

    @property
    def unit(self) -> str:
        """The currency as a word after (zh) or a sign before (en) an amount."""
        zh, en = _CURRENCIES.get(self.currency, (self.currency, f"{self.currency} "))
        return zh if self.language == "zh" else en

    def exact(self, fen: float) -> str:
        """An amount to the fen without its unit, for tables: 1,234.50."""
        return f"{fen / 100:,.2f}" if round(fen) else "0.00"

    def amount(self, fen: float) -> str:
        """An amount as one says it: 1.7 万元 / ¥17,000; from ten thousand on, only digits that mean something."""
        yuan = abs(fen) / 100
        sign = "-" if fen < 0 and round(fen) else ""
        if self.language == "en":
            yuan = float(f"{yuan:.3g}") if yuan >= 1e4 else yuan
            return f"{sign}{self.unit}{yuan:,.0f}" if yuan >= 100 else f"{sign}{self.unit}{_short(yuan)}"
        if yuan >= 1e8:
            return f"{sign}{yuan / 1e8:,.2f} 亿{self.unit}"
        if yuan >= 1e4:
            return f"{sign}{yuan / 1e4:,.1f} 万{self.unit}"
        return f"{sign}{yuan:,.0f} {self.unit}" if yuan >= 100 else f"{sign}{_short(yuan)} {self.unit}"

    def of_hundred(self, share: float) -> str:
        """A share as its part of 100 yuan, without unit: 57.2."""
        return f"{share * 100:.1f}"

    def percent(self, share: float) -> str:
        """A share as per cent; two digits where it is small (a fee of 0.60%)."""
        if share == 1:
            return "100%"
        return self.rate(share) if 0 < abs(share) < 0.03 else f"{share * 100:.1f}%"

    def rate(self, share: float) -> str:
        """A rate whose second digit matters: 2.30%."""
        return f"{share * 100:.2f}%"

    def ratio(self, value: float) -> str:
        """Yuan per yuan: 1.36."""
        return f"{value:.2f}"

    def count(self, value: float) -> str:
        """A number of things."""
        return f"{value:,.0f}"

    def days(self, value: float) -> str:
        """A number of days with its word."""
        number = self.number_of_days(value)
        if self.language == "zh":
            return f"{number} 天"
        return f"{number} day" if number == "1" else f"{number} days"

    def number_of_days(self, value: float) -> str:
        """Whole days, with a tenth where there are few."""
        return f"{value:.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")

    def span(self, low: str, high: str) -> str:
        """An interval of two texts."""
        return f"{low} – {high}" if "-" in low or "-" in high else f"{low}–{high}"

    def counted(self, code: str, number: int) -> str:
        """A number with its word (`count.{code}`, in English one of two)."""
        one = "_one" if number == 1 and self.language == "en" else ""
        return self.say(f"count.{code}{one}", n=self.count(number))

    def inside(self, text: str) -> str:
        """A name as it stands within a sentence: English loses its capital."""
        if self.language == "zh" or not text[:1].isupper() or text[1:2].isupper():
            return text
        return text[0].lower() + text[1:]

    def name_of(self, kind: str, code: str | None) -> str:
        """The word for a state of ours ("source", "agent"), else the data's own text."""
        if code is None:
            return self.say("common.unknown")
        return self.optional(f"{kind}.{code}") or code

    def sentences(self, *parts: str) -> str:
        """Sentences one after the other: a space between English ones, none after Chinese full stops."""
        spoken = [part for part in parts if part]
        return ("" if self.language == "zh" else " ").join(spoken)


def strong(text: str) -> Markup:
    """Emphasis within a sentence."""
    return el("strong", text)


def _short(yuan: float) -> str:
    return f"{yuan:.2f}".removesuffix("00").removesuffix(".")
