"""When two spellings are the same address. Pure."""

import re

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def email_key(text: str) -> str | None:
    """The form under which an e-mail is compared: trimmed and in small letters; None when it is no address.

    The local part is folded too: no shop knows two people by the case of their letters.
    """
    folded = text.strip().lower()
    return folded if _ADDRESS.fullmatch(folded) else None
