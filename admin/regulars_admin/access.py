"""Who may do what: the roles as one table, a permission at each route, and who asks right now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import g

from regulars.errors import NotFound, Unauthorized
from regulars.shops import Shop

View = TypeVar("View", bound=Callable[..., Any])

_MARK = "regulars_permission"
_PUBLIC = "public"

#: Every permission with what it lets one do.
PERMISSIONS = {
    "self.manage": "sign out and change one's own password",
    "home.read": "see the few numbers of the first page",
    "customers.read": "search customers and open a dossier",
    "complaints.read": "see the queue and read a case",
    "complaints.answer": "answer a customer by mail and write notes",
    "complaints.grant": "give points within the role's limits",
    "complaints.resolve": "resolve a case and record the outcome of its follow-up",
    "inbox.read": "see which webhooks arrived and what became of them",
    "inbox.body": "read the raw body of a webhook, which is personal data",
    "work.read": "see the queued work and the dead letters",
    "work.replay": "take a dead letter up again",
    "work.discard": "give a dead letter up for good",
}

_LOOK = frozenset({"self.manage", "home.read", "customers.read", "complaints.read"})
_CARE = frozenset({"complaints.answer", "complaints.grant", "complaints.resolve"})
_OPERATE = frozenset({"inbox.read", "work.read", "work.replay", "work.discard"})

#: Every role with what it may. A route whose permission stands nowhere here is open to nobody.
ROLES: dict[str, frozenset[str]] = {
    "analyst": _LOOK,
    "agent": _LOOK | _CARE,
    "lead": _LOOK | _CARE | _OPERATE,
    "owner": _LOOK | _CARE | _OPERATE | {"inbox.body"},
}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the staff. `shop_id` 0 sees every shop, any other number that one shop alone."""

    id: str
    name: str
    email: str
    role: str
    shop_id: int = 0

    def may(self, permission: str) -> bool:
        """Whether the member's role has this permission."""
        return permission in ROLES.get(self.role, frozenset())

    def sees(self, shop_id: int) -> bool:
        """Whether this shop is one of the member's."""
        return self.shop_id in (0, shop_id)


def allowed(permission: str) -> Callable[[View], View]:
    """Name the permission that a route wants; the guard asks for it before the view runs."""
    if permission not in PERMISSIONS:
        raise KeyError(f"{permission!r} is no permission; PERMISSIONS lists them")
    return _mark(permission)


def public(view: View) -> View:
    """Name a route that everybody may reach: the one where one signs in."""
    return _mark(_PUBLIC)(view)


def _mark(permission: str) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _MARK, permission)
        return view

    return mark


def permission_of(view: Callable[..., Any]) -> str | None:
    """The permission that a view wants; None when nobody named one, and then nobody may reach it."""
    return getattr(view, _MARK, None)


def is_public(view: Callable[..., Any]) -> bool:
    """Whether everybody may reach this view."""
    return permission_of(view) == _PUBLIC


def member() -> Member:
    """Who asks. Raises Unauthorized when nobody is signed in."""
    found = g.get("regulars_member")
    if found is None:
        raise Unauthorized("Sign in first.")
    return cast(Member, found)


def shop() -> Shop:
    """The shop that the address names, already checked to be one of the member's. Raises NotFound where it names none."""
    found = g.get("regulars_shop")
    if found is None:
        raise NotFound("This page belongs to no shop.")
    return cast(Shop, found)
