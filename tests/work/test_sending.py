"""Parcels whose fate is in doubt: nothing is sent twice by itself, and who comes too late changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from regulars import runtime, work
from regulars.errors import TransportError, UnknownOutcome
from regulars.work import Sending, WorkRow
from regulars.work.runner import drain
from tests.world import World, WorldShop

KIND = "test.parcel"


@dataclass
class Post:
    """The outside as a test wants it: what each call does, in turn, and what happened to us."""

    world: World
    shop: WorldShop
    sends: list[Callable[[], None]] = field(default_factory=list)
    lookups: list[Callable[[], None]] = field(default_factory=list)
    records: list[Callable[[], None]] = field(default_factory=list)
    sent: int = 0

    def prepare(self, _session: Session, _row: WorkRow, _now: datetime) -> str:
        return "parcel"

    def send(self, _parcel: str) -> str:
        self.sent += 1
        _next(self.sends)
        return "receipt"

    def lookup(self, _parcel: str) -> str | None:
        _next(self.lookups)
        return None

    def record(self, session: Session, row: WorkRow, _receipt: str, _now: datetime) -> None:
        _next(self.records)
        self._note(session, row, "recorded")

    def give_up(self, session: Session, row: WorkRow, _error: Exception, _now: datetime) -> None:
        self._note(session, row, "given up")

    def _note(self, session: Session, row: WorkRow, word: str) -> None:
        """A row of ours beside the parcel's own, so that a rollback shows."""
        never = self.world.clock.moment + timedelta(days=999)
        work.add(session, [work.row(row.shop_id, "test.note", word, {}, never)])

    def notes(self) -> list[str]:
        question = select(WorkRow.key).where(WorkRow.shop_id == self.shop.id, WorkRow.kind == "test.note")
        return [
            key.removeprefix("test.note:") for key in self.world.reads(lambda session: [*session.scalars(question)])
        ]

    def parcel(self) -> WorkRow:
        question = select(WorkRow).where(WorkRow.shop_id == self.shop.id, WorkRow.kind == KIND)
        return self.world.reads(lambda session: session.scalars(question).one())

    def goes(self, **handler: Any) -> None:
        """Hand one parcel in and let the worker try until nothing is due for an hour."""
        said = Sending(self.prepare, self.send, self.record, give_up=self.give_up, **handler)
        runtime.of(self.world.app).handlers[KIND] = said
        now = self.world.clock.moment
        self.world.writes(lambda session: work.add(session, [work.row(self.shop.id, KIND, "1", {}, now)]))
        for _ in range(3):
            with self.world.app.app_context():
                drain()
            self.world.clock.passes(minutes=20)

    def is_taken_over(self) -> None:
        """Another worker has claimed the parcel."""
        mine = (WorkRow.shop_id == self.shop.id) & (WorkRow.kind == KIND)
        self.world.writes(lambda session: session.execute(update(WorkRow).where(mine).values(lease_token="another")))


def _next(answers: list[Callable[[], None]]) -> None:
    if answers:
        answers.pop(0)()


def fails(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@pytest.fixture
def post(world: World, shop: WorldShop) -> Post:
    return Post(world, shop)


def test_what_was_sent_and_could_not_be_written_down_is_not_sent_again(post: Post) -> None:
    post.records.append(fails(RuntimeError("the connection to the database is gone")))
    post.goes()
    assert post.sent == 1
    assert (post.parcel().state, post.notes()) == ("dead", ["given up"])


def test_who_recognises_repeats_gets_it_again(post: Post) -> None:
    post.records.append(fails(RuntimeError("the connection to the database is gone")))
    post.goes(repeatable=True)
    assert post.sent == 2
    assert (post.parcel().state, post.notes()) == ("done", ["recorded"])


def test_while_the_other_side_cannot_be_asked_nothing_is_sent_again(post: Post) -> None:
    post.sends.append(fails(UnknownOutcome("no answer")))
    post.lookups += [fails(TransportError("away", permanent=False))] * 9
    post.goes(lookup=post.lookup)
    assert post.sent == 1
    assert post.parcel().sending_since is not None


def test_a_try_that_fails_before_it_asks_forgets_nothing(post: Post) -> None:
    post.sends.append(fails(UnknownOutcome("no answer")))
    post.lookups.append(fails(RuntimeError("a fault of ours")))
    post.lookups += [fails(TransportError("away", permanent=False))] * 9
    post.goes(lookup=post.lookup)
    assert post.sent == 1


def test_what_surely_did_not_arrive_is_sent_again(post: Post) -> None:
    post.sends.append(fails(UnknownOutcome("no answer")))
    post.goes(lookup=post.lookup)
    assert post.sent == 2
    assert (post.parcel().state, post.notes()) == ("done", ["recorded"])


@pytest.mark.parametrize(
    "error", [TransportError("never", permanent=True), UnknownOutcome("no answer"), KeyError("a fault of ours")]
)
def test_who_lost_the_lease_gives_nothing_up(post: Post, error: Exception) -> None:
    def refuses() -> None:
        post.is_taken_over()
        raise error

    post.sends.append(refuses)
    post.goes()
    assert post.notes() == []
    assert post.parcel().lease_token == "another"
