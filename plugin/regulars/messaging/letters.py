"""The words of a letter: templates in Liquid, Shopify's own language, within limits of time and size.

Liquid sees values only: no attributes, no code, no files. A template lies in templates/<language>/<name> as .subject, .txt
and .html; the HTML is escaped and set into the one frame that all letters share.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from liquid import BoundTemplate, Environment, StrictUndefined
from markupsafe import Markup

from regulars.values import local_day, parse_time

LANGUAGES = ("en", "cs")

_PLURAL_FORMS = {"one": 0, "few": 1}


class Limited(Environment):
    """Liquid in which a template ends: whoever wrote it cannot take more than a moment and 64 KiB."""

    loop_iteration_limit: ClassVar[int] = 10_000
    output_stream_limit: ClassVar[int] = 64 * 1024
    context_depth_limit: ClassVar[int] = 20
    local_namespace_limit: ClassVar[int] = 64 * 1024


@dataclass(frozen=True, slots=True)
class Words:
    """A letter in words: the same in text and in HTML."""

    subject: str
    text: str
    html: str


@cache
def environment(language: str, *, autoescape: bool) -> Environment:
    """Liquid for one language, with the filters `number` and `plural`; with `autoescape` for HTML."""
    locale = Locale.parse(language)

    def number(value: int) -> str:
        return format_decimal(value, locale=locale)

    def plural(value: int, *forms: str) -> str:
        """`{{ 5 | plural: "bod", "body", "bodů" }}`: the form that goes with the number; the last is for all the rest."""
        position = _PLURAL_FORMS.get(locale.plural_form(value), len(forms) - 1)
        return forms[min(position, len(forms) - 1)]

    made = Limited(undefined=StrictUndefined, autoescape=autoescape)
    made.add_filter("number", number)
    made.add_filter("plural", plural)
    return made


def render(name: str, language: str, values: Mapping[str, Any]) -> Words:
    """A letter of ours in one of LANGUAGES. Raises LiquidError when the template speaks of a value that is not there."""
    # Every value was escaped while the body was rendered, so the frame takes it as it is.
    body = _template(f"{language}/{name}.html", language, True).render(**values)
    safe = Markup(body)  # noqa: S704  # nosec B704
    framed = _template("frame.html", language, True).render(**values, language=language, body=safe)
    subject = _template(f"{language}/{name}.subject", language, False).render(**values)
    text = _template(f"{language}/{name}.txt", language, False).render(**values)
    return Words(subject=" ".join(subject.split()), text=text, html=framed)


@cache
def _template(path: str, language: str, autoescape: bool) -> BoundTemplate:
    source = resources.files("regulars.messaging") / "templates" / f"{path}.liquid"
    return environment(language, autoescape=autoescape).from_string(source.read_text(encoding="utf-8"))


def speakable(values: Mapping[str, Any], language: str, zone: str) -> dict[str, Any]:
    """The values as a letter says them: a time in UTC (its name ends in `_at`) becomes a day of the shop's zone."""
    return {
        name: _day(value, language, zone) if name.endswith("_at") and value else value for name, value in values.items()
    }


def _day(value: str, language: str, zone: str) -> str:
    return format_date(local_day(parse_time(value), ZoneInfo(zone)), "long", locale=language)
