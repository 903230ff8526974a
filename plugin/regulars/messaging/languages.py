"""In which language a customer is written to. Pure."""

from collections.abc import Collection


def choose(locales: Collection[str | None], written: Collection[str]) -> str:
    """The first of these locales ("cs-CZ", "en_GB") in whose language letters are written, else English."""
    for locale in locales:
        language = (locale or "").replace("_", "-").partition("-")[0].lower()
        if language in written:
            return language
    return "en"
