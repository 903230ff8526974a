"""What a complaint is called when it is shown to its customer. Pure."""

from regulars.complaints.cases import State

#: What can be wrong, in the customer's languages.
PROBLEMS = {
    "damaged": {"en": "Arrived damaged", "cs": "Přišlo poškozené"},
    "missing": {"en": "Something is missing", "cs": "Něco chybí"},
    "wrong_item": {"en": "Wrong item", "cs": "Jiné zboží"},
    "late": {"en": "Late or not delivered", "cs": "Pozdě nebo vůbec"},
    "quality": {"en": "Not good enough", "cs": "Špatná kvalita"},
    "other": {"en": "Something else", "cs": "Něco jiného"},
}


def subject(problem: str, order_name: str | None, lang: str) -> str:
    """The problem in a few words and the order it is about: "Arrived damaged · #1001"."""
    words = PROBLEMS[problem]
    return " · ".join(filter(None, (words.get(lang, words["en"]), order_name)))


def status(state: str) -> str:
    """The state as the customer is told: they need not know our word for waiting."""
    return "waiting" if state == State.WAITING else state
