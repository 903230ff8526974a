"""Ada has a problem with an order; Eva is an agent of the shop who takes care of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from regulars import complaints
from regulars.complaints import Agent, Case
from tests.world import WorldShop

EVA = Agent("staff-eva", "agent", "Eva", "eva@morava.example")
LEO = Agent("staff-leo", "lead", "Leo", "leo@morava.example")


@dataclass
class Desk:
    """Where one complaint is dealt with."""

    shop: WorldShop
    id: str

    @property
    def now(self) -> datetime:
        """The time in the shop."""
        return self.shop.world.clock.moment

    def does(self, verb: str, *said: Any, agent: Agent = EVA) -> Any:
        """An agent takes a step: answer, note, hear, resolve, close."""
        step = getattr(complaints, verb)
        return self.shop.world.writes(lambda session: step(session, self.shop.id, self.id, agent, *said, self.now))

    def gives(self, points: int, key: str = "g-1", agent: Agent = EVA) -> None:
        """An agent gives points."""
        self.does("grant", points, key, agent=agent)

    def left(self, agent: Agent = EVA) -> int:
        """What an agent may still give here."""
        return self.shop.world.reads(lambda session: complaints.limits(session, self.shop.id, self.id, agent, self.now))

    @property
    def case(self) -> Case:
        """The complaint as it stands, with its steps."""
        return self.shop.world.reads(lambda session: complaints.one(session, self.shop.id, self.id))

    @property
    def state(self) -> str:
        """Where it stands."""
        return self.case.complaint.state


def report(shop: WorldShop, who: str, key: str = "k-1", **said: Any) -> Desk:
    """A customer reports a problem."""
    customer_id = shop.id_of(who)
    body = {"order_id": None, "problem": "damaged", "text": "The bag was open."} | said

    def opens(session: Session) -> str:
        now = shop.world.clock.moment
        return complaints.open_complaint(session, shop.id, customer_id, **body, request_key=key, now=now).id

    return Desk(shop, shop.world.writes(opens))


@pytest.fixture
def desk(shop: WorldShop) -> Desk:
    shop.customer_pays("ada", "100.00", id=7001, name="#7001")
    return report(shop, "ada", order_id="7001")
