"""Customers: who they are, by which identities, and what may be said to them."""

from regulars.customers.models import Customer, CustomerPii, Identity
from regulars.customers.queries import Contact, contact, external_id, find
from regulars.customers.service import email_identity, forget, introduce, lock, meet, resolve, see
from regulars.customers.tables import HeldCustomer, hold, with_history, write

__all__ = [
    "Contact", "Customer", "CustomerPii", "HeldCustomer", "Identity", "contact", "email_identity", "external_id", "find",
    "forget", "hold", "introduce", "lock", "meet", "resolve", "see", "with_history", "write",
]  # fmt: skip
