"""What happened in the demo: counted in the database, compared with what the shop sent, said in words."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from regulars import customers, ledger, orders
from regulars.db import reading
from regulars.demo.mailbox import Mailbox
from regulars.demo.reckoning import differences
from regulars.demo.sender import Tally
from regulars.demo.shop import DemoEvent
from regulars.verifying import verify
from regulars.work import WorkRow, is_open
from regulars_webhooks.inbox import InboxRow

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Summary:
    """What the demo did; `wrong` is empty when nothing was lost, doubled or unverified."""

    events: int
    deliveries: int
    duplicates_absorbed: int
    orders: int
    customers: int
    points: dict[str, int]
    stages: dict[str, int]
    tiers: dict[str, int]
    letters: dict[str, int]
    inbox: dict[str, int]
    dead_letters: int
    seconds: float
    events_per_second: float
    wrong: list[str]

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self) | {"good": not self.wrong}

    def words(self) -> str:
        """For people."""
        points = self.points
        who = f"{self.events} events told of {self.orders} orders of {self.customers} customers"
        pace = f"in {self.seconds:.0f} seconds, {self.events_per_second:.0f} a second from the first delivery to the last point"
        held = f"{points['available']} available, {points['pending']} on hold, {points['expired']} expired, {points['debt']} owed"
        absorbed = (
            f"{_count(self.duplicates_absorbed, 'duplicate')} absorbed, {_count(self.dead_letters, 'dead letter')}"
        )
        lines = [
            f"{who}, {pace}.",
            f"  points    {points['issued']} issued: {held}",
            f"  stages    {_list(self.stages)}",
            f"  tiers     {_list(self.tiers)}",
            f"  letters   {_list(self.letters)}",
            f"  inbox     {_list(self.inbox)}; {absorbed}",
        ]
        if self.wrong:
            lines += ["Something is wrong:", *(f"  - {line}" for line in self.wrong[:_SHOWN])]
            lines += [f"  … and {len(self.wrong) - _SHOWN} more"] if len(self.wrong) > _SHOWN else []
        else:
            lines.append("Nothing lost, nothing doubled; every entry verified and every point worked out a second way.")
        return "\n".join(lines)


def unfinished(shop_id: int, now: datetime) -> int:
    """How many messages and due pieces of work are still to be done."""
    counted = select(func.count())
    with reading() as session:
        inbox = session.scalar(counted.where(InboxRow.shop_id == shop_id, is_open(InboxRow)))
        work = session.scalar(counted.where(WorkRow.shop_id == shop_id, is_open(WorkRow), WorkRow.run_at <= now))
    return (inbox or 0) + (work or 0)


def look(shop_id: int, events: Iterable[DemoEvent], tally: Tally, mailbox: Mailbox, seconds: float) -> Summary:
    """Count everything, verify everything, compare everything."""
    events = list(events)
    with reading() as session:
        inbox = _states(session, InboxRow, shop_id)
        work = _states(session, WorkRow, shop_id)
        dead = inbox.get("dead", 0) + work.get("dead", 0)
        customer = customers.Customer
        wrong = [f"{verdict.shop}: {verdict.wrong}" for verdict in verify(session) if verdict.wrong]
        wrong += differences(session, shop_id, events)
        wrong += _lost(len(events), tally, inbox, work)
        counted = select(func.count())
        return Summary(
            events=len(events), deliveries=sum(tally.answers.values()), duplicates_absorbed=tally.repeated,
            orders=session.scalar(counted.where(orders.Order.shop_id == shop_id)) or 0,
            customers=session.scalar(counted.where(customer.shop_id == shop_id)) or 0,
            points=_points(session, shop_id), stages=_groups(session, customer.stage, customer.shop_id == shop_id),
            tiers=_groups(session, customer.tier, (customer.shop_id == shop_id) & customer.tier.is_not(None)),
            letters=mailbox.subjects(), inbox=inbox, dead_letters=dead, seconds=round(seconds, 1),
            events_per_second=round(len(events) / seconds, 1), wrong=wrong,
        )  # fmt: skip


def _lost(events: int, tally: Tally, inbox: dict[str, int], work: dict[str, int]) -> list[str]:
    kept, done = sum(inbox.values()), inbox.get("done", 0)
    wrong = []
    if kept != len(tally.ids):
        wrong.append(f"{len(tally.ids)} different messages were taken with 200, {kept} are in the inbox")
    if tally.kept < events:
        wrong.append(f"{events - tally.kept} of {events} events were never taken ({dict(tally.answers)} by status)")
    if done != kept:
        wrong.append(f"{kept - done} of {kept} messages were not applied ({inbox})")
    if work.get("dead"):
        wrong.append(f"{work['dead']} pieces of work are dead letters; `regulars deadletters list` says why")
    return wrong


def _states(session: Session, table: type[InboxRow] | type[WorkRow], shop_id: int) -> dict[str, int]:
    return _groups(session, table.state, table.shop_id == shop_id)


def _groups(session: Session, column: Any, mine: ColumnElement[bool]) -> dict[str, int]:
    question = select(column, func.count()).where(mine).group_by(column).order_by(func.count().desc())
    return {row[0]: row[1] for row in session.execute(question)}


def _points(session: Session, shop_id: int) -> dict[str, int]:
    account, posted, lot = ledger.AccountRow, ledger.PostedRow, ledger.LotRow
    balances = session.execute(
        select(*(func.coalesce(func.sum(column), 0) for column in (account.available, account.pending, account.debt)))
        .where(account.shop_id == shop_id)
    ).one()  # fmt: skip
    issued = session.scalar(select(func.sum(posted.points)).where(posted.shop_id == shop_id))
    expired = session.scalar(select(func.sum(lot.expired - lot.expired_taken)).where(lot.shop_id == shop_id))
    names = ("available", "pending", "debt")
    return {"issued": int(issued or 0), "expired": int(expired or 0)} | {
        name: int(number) for name, number in zip(names, balances, strict=True)
    }


def _list(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items()) or "none"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
