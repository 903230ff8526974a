"""Find or make the customers that facts speak about, in a constant number of statements."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, bindparam, delete, select, text, tuple_, update
from sqlalchemy.orm import Session

from regulars import runtime
from regulars.bulk import among_pairs, as_ids, insert_new, upsert
from regulars.customers.identity import email_key
from regulars.customers.models import Customer, CustomerPii, Identity
from regulars.customers.tables import HeldCustomer, made_now, write
from regulars.facts import CustomerDeleted, CustomerRef, CustomerSeen
from regulars.values import new_id

_Key = tuple[str, str]


def resolve(session: Session, shop_id: int, refs: Iterable[CustomerRef], now: datetime) -> dict[CustomerRef, str]:
    """Our customer id for each reference that names somebody; who was never seen is made.

    The shop's own id decides; an e-mail leads only to a customer who has no id of the shop (a guest so far).
    """
    who, made = meet(session, shop_id, refs, now)
    write(session, shop_id, made.values())
    return who


def meet(
    session: Session, shop_id: int, refs: Iterable[CustomerRef], now: datetime
) -> tuple[dict[CustomerRef, str], dict[str, HeldCustomer]]:
    """`resolve`, and whom it has just made: their rows are for `write`, and nobody else knows them before the commit."""
    named = {ref: _keys(shop_id, ref) for ref in dict.fromkeys(refs)}
    named = {ref: keys for ref, keys in named.items() if keys}
    wanted = sorted({key for keys in named.values() for key in keys})
    known = _identities(session, shop_id, wanted)
    made: set[str] = set()
    while fresh := _fresh(session, shop_id, named, known):
        if insert_new(session, Identity, [_identity(shop_id, key, fresh[key]) for key in fresh]) == len(fresh):
            made = {*fresh.values()} - {*known.values()}
            known |= fresh
            break
        # Another writer was first with one of them: who is who is decided anew, with theirs.
        _take_back(session, shop_id, fresh)
        known = _identities(session, shop_id, wanted)
    return {ref: known[keys[0]] for ref, keys in named.items()}, {id_: made_now(id_, now) for id_ in sorted(made)}


def _fresh(
    session: Session, shop_id: int, named: dict[CustomerRef, list[_Key]], known: dict[_Key, str]
) -> dict[_Key, str]:
    """Whom the identities that nobody has yet shall lead to."""
    guests = _guests(session, shop_id, named, known)
    fresh: dict[_Key, str] = {}
    for keys in named.values():
        owner = _owner(keys, known | fresh, guests)
        if keys[0][0] == "external":
            guests.discard(owner)  # a guest becomes one account: the next one with the same address is somebody else
        elif keys[0] not in known and keys[0] not in fresh:
            guests.add(owner)
        fresh |= {key: owner for key in keys if key not in known and key not in fresh}
    return fresh


def _take_back(session: Session, shop_id: int, fresh: dict[_Key, str]) -> None:
    ours = tuple_(Identity.kind, Identity.value, Identity.customer_id).in_([(*key, fresh[key]) for key in fresh])
    session.execute(delete(Identity).where(Identity.shop_id == shop_id, ours))


def _owner(keys: list[_Key], known: dict[_Key, str], guests: set[str]) -> str:
    first = keys[0]
    if first in known:
        return known[first]
    by_email = known.get(keys[-1]) if keys[-1][0] == "email" else None
    return by_email if by_email in guests and by_email else new_id()


def _keys(shop_id: int, ref: CustomerRef) -> list[_Key]:
    keys = [("external", ref.id)] if ref.id else []
    email = email_key(ref.email) if ref.email else None
    if email:
        keys.append(("email", runtime.current().keyring.mac("identity", email.encode(), shop_id)))
    return keys


def email_identity(shop_id: int, email: str) -> str | None:
    """The keyed hash under which an e-mail is known; None when it is no address."""
    address = email_key(email)
    return runtime.current().keyring.mac("identity", address.encode(), shop_id) if address else None


def _identities(session: Session, shop_id: int, keys: Collection[_Key]) -> dict[_Key, str]:
    if not keys:
        return {}
    question = _IDENTITIES[session.get_bind().dialect.name]
    found = session.execute(question, {"shop_id": shop_id, "keys": as_ids(keys)})
    return {(kind, value): customer_id for kind, value, customer_id in found.all()}


_IDENTITY = Identity.__table__.c
#: PostgreSQL is told to look each key up by itself (LATERAL, and OFFSET keeps it apart): it would read a shop's identities
#: one and all, and compare each with each key, for as long as it has not counted them.
_IDENTITIES: dict[str, Executable] = {
    "sqlite": select(_IDENTITY.kind, _IDENTITY.value, _IDENTITY.customer_id).where(
        _IDENTITY.shop_id == bindparam("shop_id"), among_pairs(_IDENTITY.kind, _IDENTITY.value, "keys")
    ),
    "postgresql": text(
        "SELECT found.kind, found.value, found.customer_id FROM json_array_elements(CAST(:keys AS json)) AS given (key) "
        "CROSS JOIN LATERAL (SELECT kind, value, customer_id FROM regulars_identities WHERE shop_id = :shop_id "
        "AND kind = given.key ->> 0 AND value = given.key ->> 1 OFFSET 0) AS found"
    ),
}


def _guests(session: Session, shop_id: int, named: dict[CustomerRef, list[_Key]], known: dict[_Key, str]) -> set[str]:
    """Known customers without an id of the shop whom an account may now turn out to be: locked, so it will be one."""
    new_accounts = [keys for keys in named.values() if keys[0] not in known and keys[0][0] == "external"]
    found = sorted({known[keys[-1]] for keys in new_accounts if keys[-1] in known})
    if not found:
        return set()
    mine = (Customer.shop_id == shop_id) & Customer.id.in_(found)
    session.execute(select(Customer.id).where(mine).order_by(Customer.id).with_for_update())
    return _without_external(session, shop_id, set(found))


def _without_external(session: Session, shop_id: int, customer_ids: set[str]) -> set[str]:
    mine = (Identity.shop_id == shop_id) & Identity.customer_id.in_(customer_ids) & (Identity.kind == "external")
    return customer_ids - set(session.scalars(select(Identity.customer_id).where(mine)))


def _identity(shop_id: int, key: _Key, customer_id: str) -> dict[str, Any]:
    return {"shop_id": shop_id, "kind": key[0], "value": key[1], "customer_id": customer_id}


def lock(session: Session, shop_id: int, customer_ids: Collection[str]) -> dict[str, Customer]:
    """Lock these customers by id, as objects of the session; locks go customers → orders → accounts → lots."""
    mine = (Customer.shop_id == shop_id) & Customer.id.in_(customer_ids)
    question = select(Customer).where(mine).order_by(Customer.id).with_for_update()
    return {row.id: row for row in session.scalars(question.execution_options(populate_existing=True))}


def see(
    session: Session,
    shop_id: int,
    facts: Iterable[CustomerSeen],
    who: Mapping[CustomerRef, str],
    held: Mapping[str, HeldCustomer],
) -> None:
    """Keep what the newest document says about a customer; a deleted one stays deleted."""
    newest: dict[str, CustomerSeen] = {}
    for fact in sorted(facts, key=lambda fact: fact.occurred_at):
        customer = held.get(who.get(fact.customer, ""))
        if (
            customer
            and customer.state == "active"
            and (customer.seen_at is None or fact.occurred_at >= customer.seen_at)
        ):
            newest[customer.id] = fact
            customer.seen_at = fact.occurred_at
            if fact.marketing_consent is not None:
                customer.marketing_consent = fact.marketing_consent
    upsert(session, CustomerPii, [_pii(shop_id, id_, fact.customer) for id_, fact in newest.items()])


def introduce(
    session: Session, shop_id: int, refs: Mapping[CustomerRef, str], locked: Mapping[str, Customer | HeldCustomer]
) -> None:
    """Keep what an order says about a customer of whom no document of their own has come."""
    rows = {
        id_: _pii(shop_id, id_, ref) for ref, id_ in refs.items() if id_ in locked and locked[id_].state == "active"
    }
    insert_new(session, CustomerPii, list(rows.values()))


def _pii(shop_id: int, customer_id: str, ref: CustomerRef) -> dict[str, Any]:
    return {
        "shop_id": shop_id, "customer_id": customer_id, "name": ref.name, "email": ref.email, "phone": ref.phone,
        "locale": ref.locale,
    }  # fmt: skip


def forget(
    session: Session, shop_id: int, facts: Iterable[CustomerDeleted], held: Mapping[str, HeldCustomer] | None = None
) -> None:
    """The platform deleted them: what is personal goes, the ledger and the counts stay. `held` hears of it as well."""
    ids = [fact.id for fact in facts]
    if not ids:
        return
    mine = (Identity.shop_id == shop_id) & (Identity.kind == "external") & Identity.value.in_(ids)
    customer_ids = list(session.scalars(select(Identity.customer_id).where(mine)))
    gone = (Customer.shop_id == shop_id) & Customer.id.in_(customer_ids)
    session.execute(update(Customer).where(gone).values(state="deleted", marketing_consent=False))
    for one in filter(None, map((held or {}).get, customer_ids)):
        one.state, one.marketing_consent = "deleted", False
    session.execute(
        delete(CustomerPii).where(CustomerPii.shop_id == shop_id, CustomerPii.customer_id.in_(customer_ids))
    )
    session.execute(
        delete(Identity).where(
            Identity.shop_id == shop_id, Identity.customer_id.in_(customer_ids), Identity.kind == "email"
        )
    )
