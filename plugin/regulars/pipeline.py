"""The way of an order, on one page: facts of one shop come in, points, tiers and stages move, follow-ups are written.

One transaction, explicit order, a constant number of statements for any number of facts: live traffic is a short list, a
back-fill a long one. Locks go customers → orders → accounts → lots; what decides is pure and named: `newest`, `standing`,
`earning`, `converging`, `ladder`, `stages`. Applying the same facts again, or in another order, ends the same.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from regulars import catalog, customers, ledger, lifecycle, messaging, orders, program, reviews, tiers
from regulars.customers import HeldCustomer
from regulars.facts import (
    CustomerDeleted,
    CustomerRef,
    CustomerSeen,
    Fact,
    OrderSeen,
    Origin,
    ProductSeen,
    ReviewSeen,
)
from regulars.ledger import Book, Cause, Kind, Posted
from regulars.lifecycle import Move
from regulars.orders import KnownOrder
from regulars.program import Entitlement, Program, Programs
from regulars.shops import Shop
from regulars.values import iso_or_none

#: A thank-you that is later than this after the order, or a notice after the release, is no longer one.
_STILL_NEWS = timedelta(days=3)

_exact = lru_cache(maxsize=256)(Fraction)  # a program has few multipliers, and a book many postings


@dataclass(slots=True)
class Scene:
    """What one batch works on: the shop, its customers under their locks, their books, and what stands for each cause."""

    shop: Shop
    now: datetime
    origin: Origin
    programs: Programs
    who: dict[CustomerRef, str]
    customers: dict[str, HeldCustomer]
    new: Collection[str] = ()  # those of them whom this batch made: there is nothing about them to look up
    orders: dict[str, KnownOrder] = field(default_factory=dict)
    reviewed_before: set[tuple[str, str]] = field(default_factory=set)  # (customer, product) as reviews had it so far
    books: dict[str, Book] = field(default_factory=dict)
    posted: dict[tuple[str, str, str, str], Posted] = field(default_factory=dict)
    changed: list[Posted] = field(default_factory=list)

    @property
    def zone(self) -> ZoneInfo:
        """The shop's zone, in which every rule counts its days."""
        return ZoneInfo(self.shop.timezone)


@dataclass(frozen=True, slots=True)
class Claim:
    """What one customer is entitled to for one cause, as of a moment."""

    customer_id: str
    cause_type: str
    cause_id: str
    component: str
    at: datetime
    order: KnownOrder | None = None
    reviewed: tuple[bool, bool] = (False, False)  # approved, bought

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Under which what stands for it is found."""
        return self.cause_type, self.cause_id, self.component, self.customer_id


def apply(session: Session, shop: Shop, facts: Sequence[Fact], now: datetime, origin: Origin = Origin.LIVE) -> None:
    """Apply facts of one shop. Raises whatever is wrong; nothing is then kept, and the same call may come again."""
    facts = sorted(facts, key=lambda fact: fact.occurred_at)
    scene = _meet(session, shop, facts, now, origin)
    catalog.see(session, shop.id, [fact for fact in facts if isinstance(fact, ProductSeen)])
    seen = [fact for fact in facts if isinstance(fact, ReviewSeen)]
    scene.reviewed_before = reviews.see(session, shop.id, seen, scene.who)
    scene.orders = orders.see(session, shop.id, facts, scene.who)
    _meet_again(session, scene)
    claims = _claims(session, scene)
    _open(session, scene, {claim.customer_id for claim in claims})
    _recall(session, scene, claims)
    standings = tiers.Standings(session, shop.id, scene.customers, now)
    first = [claim for claim in claims if claim.key not in scene.posted]
    again = [claim for claim in claims if claim.key in scene.posted]
    for claim in first:
        _post(scene, claim, standings, min(claim.at, now))
    for claim in again:  # what changes about something posted before happens now, after all that fell due meanwhile
        _post(scene, claim, standings, now)
    _conclude(session, scene, standings)
    moved = lifecycle.restate_locked(session, shop.id, scene.customers, now)
    _thank(session, scene, moved)
    customers.write(session, shop.id, scene.customers.values())


def settle_due(session: Session, shop: Shop, customer_ids: Sequence[str], now: datetime) -> None:
    """What time alone does to these accounts: holds end, lots expire, tiers follow, notices are written."""
    held = customers.hold(session, shop.id, customer_ids)
    scene = Scene(shop, now, Origin.LIVE, program.programs(session, shop.id), {}, held)
    _open(session, scene, held)
    _conclude(session, scene, tiers.Standings(session, shop.id, held, now))
    customers.write(session, shop.id, held.values())


def _meet(session: Session, shop: Shop, facts: Sequence[Fact], now: datetime, origin: Origin) -> Scene:
    """Who these facts are about: found or made, locked, and what was said about them kept."""
    own = [fact for fact in facts if isinstance(fact, CustomerSeen)]
    named = [fact.customer for fact in facts if isinstance(fact, OrderSeen | ReviewSeen) and fact.customer]
    gone = [fact for fact in facts if isinstance(fact, CustomerDeleted)]  # also whom we never saw: they stay deleted
    refs = [fact.customer for fact in own] + named + [CustomerRef(id=fact.id) for fact in gone]
    who, made = customers.meet(session, shop.id, refs, now)
    reviewing = reviews.reviewers(session, shop.id, [fact for fact in facts if isinstance(fact, ReviewSeen)])
    owning = orders.owners(session, shop.id, orders.order_ids(facts))
    held = made | customers.hold(session, shop.id, {*who.values(), *reviewing, *owning} - made.keys())
    customers.see(session, shop.id, own, who, held)
    customers.introduce(session, shop.id, {ref: who[ref] for ref in named if ref in who}, held)
    customers.forget(session, shop.id, gone, held)
    return Scene(shop, now, origin, program.programs(session, shop.id), who, held, made.keys())


def _meet_again(session: Session, scene: Scene) -> None:
    """Somebody else may have given an order or a review to another customer before we had its lock: locked late.

    It is the one place that leaves the order of locks; a deadlock that comes of it is retried like any other.
    """
    before = {known.previous_customer_id for known in scene.orders.values()} | {one for one, _ in scene.reviewed_before}
    missing = before - {None, *scene.customers}
    scene.customers |= customers.hold(session, scene.shop.id, [id_ for id_ in missing if id_]) if missing else {}


def _claims(session: Session, scene: Scene) -> list[Claim]:
    """Everything whose entitlement may have changed, in the order in which it happened."""
    claims = []
    for known in scene.orders.values():
        if known.order is not None:
            claims += [
                Claim(customer_id, "order", known.id, program.SPEND, known.order.placed_at, known)
                for customer_id in sorted({known.customer_id, known.previous_customer_id} - {None}, key=str)
                if customer_id
            ]
    reviewed = dict.fromkeys(scene.reviewed_before, (False, scene.now))
    reviewed |= reviews.reviewed_products(session, scene.shop.id, scene.customers)
    bought = orders.bought(session, scene.shop.id, reviewed)
    for (customer_id, product_id), (approved, at) in reviewed.items():
        pair = (approved, (customer_id, product_id) in bought)
        claims.append(Claim(customer_id, "review", product_id, program.REVIEW, at, reviewed=pair))
    return sorted(claims, key=lambda claim: (claim.at, claim.cause_type, claim.cause_id, claim.customer_id))


def _open(session: Session, scene: Scene, customer_ids: Collection[str]) -> None:
    """Lock the accounts of those whose points may move; without a program nobody's do."""
    if scene.programs.versions:
        scene.books = ledger.open_books(session, scene.shop.id, customer_ids, scene.programs.unit, scene.new)


def _recall(session: Session, scene: Scene, claims: Sequence[Claim]) -> None:
    """Read what stands for each cause: after the lock, in statements of their own."""
    for cause_type in ("order", "review"):
        own = [claim for claim in claims if claim.cause_type == cause_type and claim.customer_id not in scene.new]
        pairs = {(claim.cause_id, claim.customer_id) for claim in own}
        for one in ledger.posted_to(session, scene.shop.id, cause_type, pairs):
            scene.posted[one.cause_type, one.cause_id, one.component, one.customer_id] = one


def _post(scene: Scene, claim: Claim, standings: tiers.Standings, at: datetime) -> None:
    """Bring the account up to `at`, decide the entitlement, post the difference as of then."""
    book = scene.books.get(claim.customer_id)
    if book is None:
        return
    _settle(scene, book, standings, at)
    posted = scene.posted.get(claim.key) or _first(scene, claim, standings)
    rules = scene.programs.numbered(posted.program_version)
    if rules is None:
        return
    entitled = _entitled(claim, rules, _exact(posted.multiplier))
    why = entitled.why | {"entitled": entitled.points, "before": posted.points}
    if entitled.points > posted.points:
        why |= {"release_at": iso_or_none(posted.release_at), "expires_at": iso_or_none(posted.expires_at)}
    cause = Cause(*claim.key[:3], posted.program_version, explanation=why, effective_at=at)
    quiet = scene.origin is Origin.BACKFILL or claim.at < scene.shop.created_at
    after = ledger.converge(book, posted, entitled.points, cause, scene.now, write_off=rules.write_off, quiet=quiet)
    if after is not posted:
        scene.posted[claim.key] = after
        scene.changed.append(after)
        standings.restate(book, scene.programs.at(at), at)


def _settle(scene: Scene, book: Book, standings: tiers.Standings, until: datetime) -> None:
    """Let time pass, stop by stop: a tier is reached when a hold ends, not when we come to post it."""
    while (at := ledger.next_due_at(book, until)) is not None:
        ledger.settle(book, scene.now, until=at)
        standings.restate(book, scene.programs.at(at), at)
    standings.restate(book, scene.programs.at(until), until)


def _first(scene: Scene, claim: Claim, standings: tiers.Standings) -> Posted:
    """What is pinned at the first posting: the program, the tier's multiplier and the dates of the claim's own time."""
    rules = scene.programs.at(claim.at)
    blank = Posted(claim.cause_type, claim.cause_id, claim.component, claim.customer_id, scene.programs.unit)
    if rules is None:
        return blank
    is_order = claim.order is not None
    hold = timedelta(days=rules.order.hold_days if is_order and rules.order else 0)
    multiplier = rules.multiplier_of(standings.at(claim.customer_id, claim.at)) if is_order else Fraction(1)
    release_at = claim.at + hold
    expires_at = rules.expiry.ends(release_at, scene.zone)
    return blank._replace(
        program_version=rules.version, multiplier=str(multiplier), release_at=release_at, expires_at=expires_at
    )


def _entitled(claim: Claim, rules: Program, multiplier: Fraction) -> Entitlement:
    if claim.order is None:
        return program.for_review(*claim.reviewed, rules)
    if claim.order.customer_id != claim.customer_id:
        return Entitlement(0, {"code": "other_customer"})
    return program.for_order(claim.order.order, claim.order.standing, rules, multiplier)


def _conclude(session: Session, scene: Scene, standings: tiers.Standings) -> None:
    """Settle up to now, let the tiers follow, write the books, and tell those whose points became available."""
    for book in scene.books.values():
        _settle(scene, book, standings, scene.now)
    ledger.close_books(session, scene.books.values())
    ledger.save_posted(session, scene.shop.id, {_key(one): one for one in scene.changed}.values())
    standings.write()
    _notify(session, scene)


def _key(posted: Posted) -> tuple[str, str, str, str]:
    return posted.cause_type, posted.cause_id, posted.component, posted.customer_id


def _notify(session: Session, scene: Scene) -> None:
    """One notice per released lot that is news; history releases quietly."""
    notices = []
    for book in scene.books.values():
        for entry in book.entries:
            if entry.kind is Kind.RELEASE and entry.lot is not None and not book.lots[entry.lot].quiet:
                data: dict[str, Any] = {"points": entry.amount, "unit": book.unit}
                key = f"points_available:{book.customer_id}:{book.unit}:{entry.lot}"
                latest = entry.effective_at + _STILL_NEWS
                notices.append(messaging.NewMessage(book.customer_id, "points_available", "care", key, latest, data))
    messaging.queue(session, scene.shop.id, notices, scene.now)


def _thank(session: Session, scene: Scene, moved: Sequence[Move]) -> None:
    """A thank-you for a first order that has just happened; never for history."""
    if scene.origin is Origin.BACKFILL:
        return
    began = {move.customer_id for move in moved if move.old == lifecycle.Stage.REACH}
    firsts: dict[str, OrderSeen] = {}
    for known in scene.orders.values():
        order, whose = known.order, known.customer_id
        if order and whose in began and known.standing.counts and order.placed_at >= scene.shop.created_at:
            firsts[whose] = min(firsts.get(whose, order), order, key=_place)
    letters = [
        messaging.NewMessage(
            whose, "thank_you", "care", f"thank_you:{whose}", order.placed_at + _STILL_NEWS, {"order_id": order.id}
        )
        for whose, order in firsts.items()
    ]
    messaging.queue(session, scene.shop.id, letters, scene.now)


def _place(order: OrderSeen) -> tuple[datetime, str]:
    """Where an order stands among others, whichever of them we look at first."""
    return order.placed_at, order.id
