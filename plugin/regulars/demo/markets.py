"""The countries the shop sells to: names, towns, language, currency and tax."""

from dataclasses import dataclass
from random import Random

from regulars.demo.shop import SHOP


@dataclass(frozen=True)
class Market:
    """A country (or the cafés, a market of their own); tax rates in percent, share in parts of all newcomers."""

    country_code: str
    country: str
    locale: str
    currency: str
    currency_share: float
    share: int
    food_tax_percent: int
    tax_percent: int
    given: tuple[tuple[str, ...], tuple[str, ...]]
    family: tuple[tuple[str, str], ...]
    towns: tuple[tuple[str, str], ...]
    streets: tuple[str, ...]

    def draw_name(self, rng: Random) -> tuple[str, str]:
        """A first and a last name that belong together."""
        woman = rng.randrange(2)
        return rng.choice(self.given[woman]), rng.choice(self.family)[woman]

    def draw_currency(self, rng: Random) -> str:
        """The currency this shopper sees: the market's own, or the shop's."""
        return self.currency if rng.random() < self.currency_share else SHOP.currency


def _same(names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names.split())


def _pairs(names: str) -> tuple[tuple[str, str], ...]:
    words = names.split()
    return tuple(zip(words[::2], words[1::2], strict=True))


_CZECH_MEN = tuple("Jan Petr Tomáš Jakub Ondřej Matěj Vojtěch Jiří Lukáš Štěpán Řehoř David".split())
_CZECH_WOMEN = tuple("Eliška Kateřina Markéta Lucie Barbora Zuzana Hana Žaneta Adéla Anežka Jitka Tereza".split())
_CZECH_FAMILIES = _pairs(
    "Novák Nováková Svoboda Svobodová Černý Černá Procházka Procházková Kučera Kučerová Veselý Veselá "
    "Horák Horáková Němec Němcová Růžička Růžičková Šťastný Šťastná Řezníček Řezníčková Dvořák Dvořáková"
)
_CZECH_TOWNS = (("110 00", "Praha 1"), ("130 00", "Praha 3"), ("602 00", "Brno"), ("301 00", "Plzeň"))
_CZECH_STREETS = ("Krymská", "Vinohradská", "Údolní", "Na Příkopě", "Dlouhá", "Školní")
_ENGLISH = (tuple("James Oliver Samuel Henry Daniel".split()), tuple("Emma Grace Charlotte Sophie Zoë".split()))
_ENGLISH_FAMILIES = _same("Walker Hughes O'Connor Bennett Clarke Brontë Reed")

CZECHIA = Market(
    "CZ", "Czech Republic", "cs-CZ", "CZK", 0.6, 52, 12, 21,
    (_CZECH_MEN, _CZECH_WOMEN), _CZECH_FAMILIES, _CZECH_TOWNS, _CZECH_STREETS,
)  # fmt: skip
SLOVAKIA = Market(
    "SK", "Slovakia", "sk-SK", "EUR", 1.0, 17, 19, 23,
    (tuple("Martin Ľuboš Peter Marek Juraj Tomáš".split()), tuple("Ľudmila Zuzana Katarína Mária Lenka Ivana".split())),
    _pairs("Kováč Kováčová Horváth Horváthová Varga Vargová Tóth Tóthová Ďurica Ďuricová"),
    (("811 01", "Bratislava"), ("040 01", "Košice"), ("010 01", "Žilina")), ("Obchodná", "Hlavná", "Štúrova"),
)  # fmt: skip
GERMANY = Market(
    "DE", "Germany", "de-DE", "EUR", 1.0, 16, 7, 19,
    (tuple("Jürgen Lukas Felix Jonas Björn".split()), tuple("Käthe Anna Lena Sophie Jördis".split())),
    _same("Müller Schröder Weiß Becker Hoffmann Groß König"),
    (("01067", "Dresden"), ("10115", "Berlin"), ("80331", "München")), ("Hauptstraße", "Gartenweg", "Königsallee"),
)  # fmt: skip
AUSTRIA = Market(
    "AT", "Austria", "de-AT", "EUR", 1.0, 6, 10, 20, GERMANY.given, GERMANY.family,
    (("1010", "Wien"), ("4020", "Linz")), ("Praterstraße", "Landstraße"),
)  # fmt: skip
BRITAIN = Market(
    "GB", "United Kingdom", "en-GB", "EUR", 1.0, 4, 0, 0, _ENGLISH, _ENGLISH_FAMILIES,
    (("EH1 1AA", "Edinburgh"), ("BS1 1AA", "Bristol")), ("Mill Lane", "Church Road"),
)  # fmt: skip
AMERICA = Market(
    "US", "United States", "en-US", "USD", 0.95, 4, 0, 0, _ENGLISH, _ENGLISH_FAMILIES,
    (("68102", "Omaha"), ("52401", "Cedar Rapids")), ("Elm Street", "Moravia Avenue"),
)  # fmt: skip
WHOLESALE = Market(
    "CZ", "Czech Republic", "cs-CZ", "EUR", 1.0, 1, 12, 21,
    (_CZECH_MEN, _CZECH_WOMEN), _CZECH_FAMILIES, _CZECH_TOWNS, _CZECH_STREETS,
)  # fmt: skip

MARKETS = (CZECHIA, SLOVAKIA, GERMANY, AUSTRIA, BRITAIN, AMERICA, WHOLESALE)
OPENING_MARKETS = (CZECHIA, WHOLESALE, AMERICA, SLOVAKIA, GERMANY, BRITAIN)
