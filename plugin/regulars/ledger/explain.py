"""An entry of the ledger as a sentence in the customer's language, from its codes and numbers alone. Pure.

The numbers are those that were stored when it was posted, so a sentence about the past never changes.
"""

from fractions import Fraction
from typing import Any

from regulars.ledger.book import Account, Kind
from regulars.values import from_minor

#: The languages that have every sentence; others read English.
LANGUAGES = ("en", "cs")

#: What a code says, by kind; a kind without this code says what `_BY_KIND` has.
_BY_CODE: dict[str, dict[tuple[Kind, str], str]] = {
    "en": {
        (Kind.EARN, "spend"): "{points} for {basis} of {cause}{multiplied}{left_out}",
        (Kind.EARN, "spend_again"): "{points} more: {cause} changed and counts with {basis} now{multiplied}{left_out}",
        (Kind.EARN, "review"): "{points} for your review of what you bought",
        (Kind.CLAWBACK, "spend"): "{taken}: a part of {cause} was returned",
        (Kind.CLAWBACK, "refunded"): "{taken}: {cause} was refunded",
        (Kind.CLAWBACK, "cancelled"): "{taken}: {cause} was cancelled",
        (Kind.CLAWBACK, "not_paid"): "{taken}: {cause} is not paid",
        (Kind.CLAWBACK, "test_order"): "{taken}: {cause} was only a test",
        (Kind.CLAWBACK, "other_customer"): "{taken}: {cause} belongs to another customer",
        (Kind.CLAWBACK, "review_not_shown"): "{taken}: your review is no longer shown",
        (Kind.CLAWBACK, "not_bought"): "{taken}: what you reviewed was not bought here",
        (Kind.CLAWBACK, "no_rule"): "{taken}: there are no points for {cause}",
        (Kind.ADJUST, "complaint_grant"): "{points} with our apology for the trouble",
    },
    "cs": {
        (Kind.EARN, "spend"): "{points} za {basis}, {cause}{multiplied}{left_out}",
        (Kind.EARN, "spend_again"): "{points} navíc: {cause} se změnila, nově platí {basis}{multiplied}{left_out}",
        (Kind.EARN, "review"): "{points} za recenzi toho, co jste koupili",
        (Kind.CLAWBACK, "spend"): "{taken}: část zboží se vrátila, {cause}",
        (Kind.CLAWBACK, "refunded"): "{taken}: vrátili jsme peníze, {cause}",
        (Kind.CLAWBACK, "cancelled"): "{taken}: {cause} byla zrušena",
        (Kind.CLAWBACK, "not_paid"): "{taken}: {cause} není zaplacena",
        (Kind.CLAWBACK, "test_order"): "{taken}: {cause} byla jen zkušební",
        (Kind.CLAWBACK, "other_customer"): "{taken}: {cause} patří jinému zákazníkovi",
        (Kind.CLAWBACK, "review_not_shown"): "{taken}: vaše recenze už není zveřejněná",
        (Kind.CLAWBACK, "not_bought"): "{taken}: recenzované zboží nebylo koupeno u nás",
        (Kind.CLAWBACK, "no_rule"): "{taken}: body se nepřipisují, {cause}",
        (Kind.ADJUST, "complaint_grant"): "{points} jako omluva za potíže",
    },
}

#: What a kind says whatever its code.
_BY_KIND: dict[str, dict[Kind, str]] = {
    "en": {
        Kind.EARN: "{points} for {cause}",
        Kind.RELEASE: "{points} from {cause} can be spent now",
        Kind.CLAWBACK: "{taken}: taken back, {cause} no longer counts in full",
        Kind.DEBT: "{reason}; they were spent already and are owed",
        Kind.DEBT_PAYMENT: "{points} from {cause} paid what was owed",
        Kind.WRITE_OFF: "{points} from {cause} should have been taken back; we let them go",
        Kind.WRITE_OFF_REVERSAL: "{points} we had let go are settled, {cause} counts again",
        Kind.EXPIRY: "{taken}: points from {cause} expired",
        Kind.RESERVE: "{taken}: set aside for a reward",
        Kind.REDEEM: "{taken}: spent on a reward",
        Kind.VOID: "{points} back, the reward was not used",
        Kind.ADJUST: "{points} given by the shop",
    },
    "cs": {
        Kind.EARN: "{points}, {cause}",
        Kind.RELEASE: "{points} už můžete utratit, {cause}",
        Kind.CLAWBACK: "{taken}: odečteno, už se celá nepočítá {cause}",
        Kind.DEBT: "{reason}; už byly utracené, a tak je dlužíte",
        Kind.DEBT_PAYMENT: "{points} na vyrovnání dluhu, {cause}",
        Kind.WRITE_OFF: "{points} k odečtení jsme odpustili, {cause}",
        Kind.WRITE_OFF_REVERSAL: "{points} dříve odpuštěných je vyrovnáno, znovu se počítá {cause}",
        Kind.EXPIRY: "{taken}: platnost bodů skončila, {cause}",
        Kind.RESERVE: "{taken}: odloženo na odměnu",
        Kind.REDEEM: "{taken}: utraceno za odměnu",
        Kind.VOID: "{points} zpět, odměna nebyla využita",
        Kind.ADJUST: "{points} od obchodu",
    },
}
_TAKEN_BY_HAND = {"en": "{taken}: taken by the shop", "cs": "{taken}: odečteno obchodem"}

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "order": "order", "an_order": "an order", "review": "a review", "complaint": "our apology",
        "redemption": "a reward", "else": "an earlier movement", "and": "and", "gift_card": "gift cards",
        "shipping": "shipping", "tax": "tax", "tip": "the tip", "count": "do not count", "counts": "does not count",
        "multiplied": ", times {times} for your level",
    },
    "cs": {
        "order": "objednávka", "an_order": "objednávka", "review": "recenze", "complaint": "omluva",
        "redemption": "odměna", "else": "dřívější pohyb", "and": "a", "gift_card": "dárkové karty",
        "shipping": "doprava", "tax": "daň", "tip": "spropitné", "count": "se nepočítají", "counts": "se nepočítá",
        "multiplied": ", krát {times} za vaši úroveň",
    },
}  # fmt: skip

_OWN = (Account.AVAILABLE.value, Account.PENDING.value, Account.DEBT.value)


def effect(debit: str, credit: str, amount: int) -> int:
    """What a transfer changes for the customer, in available and pending points less the debt; 0 when it only moves them."""
    return amount * ((credit in _OWN) - (debit in _OWN))


def sentence(
    kind: str, cause_type: str, cause_id: str, explanation: dict[str, Any], amount: int, lang: str,
    order_name: str | None = None,
) -> str:  # fmt: skip
    """Why points moved. `amount` is negative when the customer has fewer afterwards; an order without a name shows its id.

    `lang` is a language code like en or cs-CZ.
    """
    lang = lang[:2].lower() if lang[:2].lower() in LANGUAGES else "en"
    values = {
        "points": _points(abs(amount), lang),
        "taken": f"−{abs(amount)}",
        "cause": _cause(cause_type, cause_id, order_name, lang),
    } | _numbers(explanation, lang)
    template = _template(Kind(kind), explanation, amount, lang)
    if kind == Kind.DEBT:
        values["reason"] = _template(Kind.CLAWBACK, explanation, amount, lang).format(**values)
    return template.format(**values)


def _template(kind: Kind, explanation: dict[str, Any], amount: int, lang: str) -> str:
    code = str(explanation.get("code", ""))
    if kind is Kind.ADJUST and amount < 0:
        return _TAKEN_BY_HAND[lang]
    if kind is Kind.EARN and code == "spend" and explanation.get("before"):
        code = "spend_again"
    return _BY_CODE[lang].get((kind, code), _BY_KIND[lang][kind])


def _points(amount: int, lang: str) -> str:
    if lang == "cs":
        word = "bod" if amount == 1 else "body" if 2 <= amount <= 4 else "bodů"
    else:
        word = "point" if amount == 1 else "points"
    return f"{amount} {word}"


def _cause(cause_type: str, cause_id: str, order_name: str | None, lang: str) -> str:
    words = _WORDS[lang]
    if cause_type == "order":
        name = order_name or cause_id
        return f"{words['order']} {name}" if name else words["an_order"]
    return words.get(cause_type, words["else"])


def _numbers(explanation: dict[str, Any], lang: str) -> dict[str, str]:
    currency = str(explanation.get("currency", ""))
    basis = from_minor(int(explanation.get("basis_minor", 0)), currency)
    return {
        "basis": f"{_decimal(basis, lang)} {currency}",
        "multiplied": _multiplied(str(explanation.get("multiplier", "1")), lang),
        "left_out": _left_out(explanation.get("excluded") or {}, lang),
    }


def _multiplied(multiplier: str, lang: str) -> str:
    exact = Fraction(multiplier)
    return "" if exact == 1 else _WORDS[lang]["multiplied"].format(times=_decimal(f"{float(exact):g}", lang))


def _left_out(excluded: dict[str, int], lang: str) -> str:
    words = _WORDS[lang]
    names = [words[name] for name in ("gift_card", "shipping", "tax", "tip") if name in excluded]
    if not names:
        return ""
    listed = f" {words['and']} ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    plural = len(names) > 1 or "gift_card" in excluded
    return f" ({listed} {words['count' if plural else 'counts']})"


def _decimal(text: str, lang: str) -> str:
    return text.replace(".", ",") if lang == "cs" else text
