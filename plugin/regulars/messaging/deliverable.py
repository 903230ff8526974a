"""Which text is an address that mail can be sent to. Pure."""

import re

_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}")


def deliverable(text: str | None) -> str | None:
    """The address in the form that every mail server takes (domains of other alphabets as xn--), or None."""
    local, _, domain = (text or "").strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:  # an empty or overlong label
        return None
    good = _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(ascii_domain)
    return f"{local}@{ascii_domain}" if good else None
