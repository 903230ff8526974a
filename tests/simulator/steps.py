"""The steps a seed chooses from: what each does to the house, in a few lines."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import program, shops
from regulars.clock import now
from regulars.db import unit_of_work
from regulars.errors import Conflict
from regulars.messaging.models import Message
from regulars.work import WorkRow, clockwork
from regulars_webhooks import deadletters
from tests.simulator.clients import Counter, Sender
from tests.simulator.life import Life
from tests.simulator.shop import CAST
from tests.simulator.world import PROGRAM, WEBS, WORKERS, Simulation, whole


@dataclass
class Play:
    """One seed's cast and what they may do; each step says in a few words what it did."""

    sim: Simulation
    sender: Sender = field(init=False)
    counter: Counter = field(init=False)
    life: Life = field(init=False)

    def __post_init__(self) -> None:
        self.sender = Sender(self.sim)
        self.counter = Counter(self.sim)
        self.life = Life(self.sim, self.sender)
        self.rng = self.sim.rng

    # What happens in the shop.

    def somebody_orders(self) -> None:
        self.sim.note(self.life.somebody_orders())

    def an_order_changes(self) -> None:
        self.sim.note(self.life.an_order_changes())

    def somebody_says_who_they_are(self) -> None:
        self.sim.note(self.life.somebody_says_who_they_are())

    def somebody_reviews(self) -> None:
        self.sim.note(self.life.somebody_reviews())

    def something_unreadable_is_sent(self) -> None:
        self.sim.note(self.life.something_unreadable_is_sent())

    # What reaches us.

    def messages_arrive(self) -> None:
        for _ in range(self.rng.randint(1, 4)):
            self.sender.delivers()

    def an_old_message_comes_again(self) -> None:
        self.sender.repeats()

    # What our processes do.

    def a_worker_answers(self) -> None:
        if self.sim.bell.pops():
            self.sim.drains(self.rng.choice(WORKERS))

    def somebody_sweeps(self) -> None:
        who = self.rng.choice((*WORKERS, *WEBS))
        with self.sim.process(who):
            clockwork.sweep(drains_itself=who in WORKERS)

    def the_clock_ticks(self) -> None:
        with self.sim.process(self.rng.choice(("clock-1", "clock-2"))):
            clockwork.tick()

    # What time does.

    def time_passes(self) -> None:
        self.sim.clock.passes(self.rng.choice((1, 2, 5, 10, 20, 40, 90, 600)))

    def much_time_passes(self) -> None:
        self.sim.clock.passes(self.rng.choice((1, 5, 9, 24, 50)) * 3600)
        self.the_clock_ticks()

    def a_clock_steps(self) -> None:
        who = self.rng.choice((*WORKERS, *WEBS, "worker-3", "clock-1", "clock-2", "database"))
        self.sim.clock.skews[who] = self.rng.choice((0, -1, -3, -30, 1, 3, 30))
        self.sim.note(f"the clock of {who} is {self.sim.clock.skews[who]} ahead")

    # What people do.

    def somebody_redeems(self) -> None:
        self.counter.calls("redeem", self.rng.choice(CAST), self.rng.choice((20, 100, 500)))

    def an_agent_adjusts(self) -> None:
        self.counter.calls("adjust", self.rng.choice(CAST), self.rng.choice((-300, -20, 15, 200)))

    def a_bonus_is_promised(self) -> None:
        self.counter.calls("bonus", self.rng.choice(CAST), 0)

    def a_client_tries_again(self) -> None:
        if self.counter.journal:
            self.counter.tries(self.rng.choice(list(self.counter.journal.values())[-15:]))

    def dead_letters_are_replayed(self, *, even_unreadable: bool = True) -> None:
        """The operator looks before replaying: a letter that arrived is left alone."""
        shop_id = self.sim.shop.id
        found = self.sim.reads(lambda session: deadletters.find(session, shop_id))
        arrived = self.sim.reads(self._arrived)
        for letter in [
            one for one in found if one.id not in arrived and (even_unreadable or not one.reason.startswith("unusable"))
        ]:
            for _ in range(self.rng.choice((1, 2))):
                with self.sim.process("web-1"):
                    self._replays(letter.drain, letter.id)

    def _replays(self, drain_name: str, row_id: str) -> None:
        shop_id = self.sim.shop.id
        try:
            unit_of_work(lambda s: deadletters.replay(s, shop_id, drain_name, row_id, "operator", now()))
        except Conflict as error:
            self.sim.note(f"not replayed: {error.detail}")

    def _arrived(self, session: Session) -> set[str]:
        """The dead work whose letter the mail server has."""
        asked = select(WorkRow).where(WorkRow.shop_id == self.sim.shop.id, WorkRow.state == "dead")
        letters = {
            one.key: one.id for one in session.scalars(select(Message).where(Message.shop_id == self.sim.shop.id))
        }
        return {
            row.id for row in session.scalars(asked)
            if self.sim.outside.letters[letters.get(row.payload.get("key", ""), "")]
        }  # fmt: skip

    def the_program_changes(self) -> None:
        """From a moment in the future, so that nobody has earned by the old one what was the new one's."""
        rate = self.rng.choice((1, 2, "1.5"))
        document = PROGRAM | {
            "earn": PROGRAM["earn"] | {"order": {"points_per_unit": rate, "hold_days": self.rng.choice((0, 1))}}
        }
        starts = whole(self.sim.clock.moment) + timedelta(minutes=5)
        with self.sim.process("web-2"):
            unit_of_work(
                lambda s: program.publish(s, self.sim.shop.id, document, now(), actor="owner", effective_from=starts)
            )

    def the_secret_rotates(self) -> None:
        """The shop learns of the new secret a while after us."""
        fresh = f"secret {self.sim.step}"
        self.sender.secrets.append(fresh.encode())
        with self.sim.process("web-2"):
            unit_of_work(lambda s: shops.rotate_source(s, shops.get_shop(s, self.sim.shop.id), "shopify", fresh, now()))

    # What happens to the queue.

    def the_queue_goes_or_comes(self) -> None:
        self.sim.bell.down = not self.sim.bell.down and self.rng.random() < 0.5

    def the_queue_forgets(self) -> None:
        self.sim.bell.forget()


#: Every step and how often it comes, in parts of all.
STEPS: dict[str, int] = {
    "somebody_orders": 14, "an_order_changes": 22, "somebody_says_who_they_are": 2, "somebody_reviews": 5,
    "something_unreadable_is_sent": 1, "messages_arrive": 50, "an_old_message_comes_again": 8, "a_worker_answers": 9,
    "somebody_sweeps": 6, "the_clock_ticks": 2, "time_passes": 28, "much_time_passes": 2, "a_clock_steps": 3,
    "somebody_redeems": 8, "an_agent_adjusts": 6, "a_bonus_is_promised": 3, "a_client_tries_again": 8,
    "dead_letters_are_replayed": 2, "the_program_changes": 1, "the_secret_rotates": 1, "the_queue_goes_or_comes": 2,
    "the_queue_forgets": 1,
}  # fmt: skip
