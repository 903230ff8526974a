"""What a shop's own server asks for: a token for a shopper who is logged in."""

from datetime import datetime

from sqlalchemy.orm import Session

from regulars import customers, storefront
from regulars.errors import InvalidInput, NotFound
from regulars.facts import CustomerRef
from regulars.shops import Shop


def token_for(
    session: Session, shop: Shop, who: CustomerRef, seconds: int | None, now: datetime
) -> tuple[str, datetime]:
    """A token for this customer and when it ends; who was never seen is made, so that they see the program from now on.

    Raises InvalidInput when nobody is named, NotFound for a customer whom the shop had deleted.
    """
    customer_id = customers.resolve(session, shop.id, [who], now).get(who)
    if customer_id is None:
        raise InvalidInput(
            "Nobody is named.", errors={"customer": ["Give the customer's id, or their e-mail, or both."]}
        )
    locked = customers.lock(session, shop.id, [customer_id])
    if locked[customer_id].state != "active":
        raise NotFound("The shop has deleted this customer.")
    customers.introduce(session, shop.id, {who: customer_id}, locked)
    return storefront.issue_token(shop, customer_id, now, seconds)
