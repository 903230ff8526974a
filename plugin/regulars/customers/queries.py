"""What is asked about customers."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars.customers.models import Customer, CustomerPii, Identity
from regulars.customers.service import email_identity
from regulars.errors import NotFound
from regulars.values import is_storable


@dataclass(frozen=True, slots=True)
class Contact:
    """How to speak to a customer; everything may be missing."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: str | None = None


def contact(session: Session, shop_id: int, customer_id: str) -> Contact:
    """What we may use to speak to them; empty when they were erased."""
    row = session.get(CustomerPii, (shop_id, customer_id))
    return Contact(row.name, row.email, row.phone, row.locale) if row else Contact()


def find(session: Session, shop_id: int, text: str) -> Customer:
    """The customer whom the shop's id, our id or an e-mail names. Raises NotFound."""
    text = text if is_storable(text) else ""
    values = [("external", text)] + ([("email", key)] if (key := email_identity(shop_id, text)) else [])
    for kind, value in values:
        identity = session.get(Identity, (shop_id, kind, value))
        if identity:
            text = identity.customer_id
            break
    customer = session.get(Customer, (shop_id, text))
    if customer is None:
        raise NotFound(f"There is no customer {text!r} in this shop; use the shop's id, our id or an e-mail.")
    return customer


def external_id(session: Session, shop_id: int, customer_id: str) -> str | None:
    """The shop's own id of a customer, if it gave one."""
    mine = (Identity.shop_id == shop_id) & (Identity.customer_id == customer_id) & (Identity.kind == "external")
    return session.scalar(select(Identity.value).where(mine).limit(1))
