"""Group commit: what many threads ask for at the same moment is done as one batch, with one transaction and one commit.

Whoever finds nobody at it leads: takes what waits, does it, hands out the results, and passes the lead on. Nobody lingers
to gather more: while one batch is being written the next one gathers by itself. A single caller pays a lock and nothing else.
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from regulars.db import NO_DATABASE

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Ticket(Generic[Item, Result]):
    """One caller's item, and what became of it."""

    __slots__ = ("error", "item", "leads", "result", "turn")

    def __init__(self, item: Item) -> None:
        self.item = item
        # Held until the result is there, or it is this caller's turn to lead; an Event costs ten times that.
        self.turn = Lock()
        self.leads = False
        self.result: list[Result] = []  # empty until it is there
        self.error: BaseException | None = None


class GroupCommit(Generic[Item, Result]):
    """Does items of concurrent callers together: `do_all(items)` gives one result for each, in their order.

    `do_all` runs in one of the callers' threads and must be all or nothing. When it raises for a batch, each item is done
    alone, so that one bad item fails alone. Where the database is away or busy, everybody gets that error at once, those
    who came meanwhile too: who waits behind a time-out must not begin another one.
    """

    def __init__(self, do_all: Callable[[Sequence[Item]], Sequence[Result]], at_most: int = 64) -> None:
        self._do_all = do_all
        self._at_most = at_most
        self._lock = Lock()
        self._waiting: deque[_Ticket[Item, Result]] = deque()
        self._led = False

    def do(self, item: Item) -> Result:
        """Do it, together with what others ask for meanwhile; its result. Raises what doing it raised."""
        ticket = _Ticket[Item, Result](item)
        ticket.turn.acquire()
        with self._lock:
            self._waiting.append(ticket)
            if not self._led:
                self._led = ticket.leads = True
        if not ticket.leads:
            ticket.turn.acquire()
        if ticket.leads:
            self._lead(ticket)
        if ticket.error is not None:
            raise ticket.error
        return ticket.result[0]

    def _lead(self, leader: _Ticket[Item, Result]) -> None:
        """One batch, with the leader's own item in it, for it waits longest; then the next in line leads."""
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(self._at_most, len(self._waiting)))]
        try:
            if error := self._do(batch):
                batch += self._turn_away(error)
        finally:
            self._pass_on()
            for ticket in batch:
                if ticket is not leader:
                    ticket.turn.release()

    def _do(self, batch: list[_Ticket[Item, Result]]) -> BaseException | None:
        """Do them together, or each alone where that fails; what ended it for all, if something did."""
        error = self._try(batch)
        if error is None or len(batch) == 1 or _for_all(error):
            return error if error and _for_all(error) else None
        for position, ticket in enumerate(batch):
            error = self._try([ticket])
            if error and _for_all(error):
                for behind in batch[position:]:
                    behind.error = error
                return error
        return None

    def _try(self, batch: list[_Ticket[Item, Result]]) -> BaseException | None:
        try:
            for ticket, result in zip(batch, self._do_all([ticket.item for ticket in batch]), strict=True):
                ticket.result.append(result)
        except BaseException as error:  # whatever it is belongs to the callers: none may wait for ever
            for ticket in batch:
                ticket.result.clear()
                ticket.error = error
            return error
        for ticket in batch:
            ticket.error = None  # together it failed, alone it did not
        return None

    def _turn_away(self, error: BaseException) -> list[_Ticket[Item, Result]]:
        with self._lock:
            turned_away = list(self._waiting)
            self._waiting.clear()
        for ticket in turned_away:
            ticket.error = error
        return turned_away

    def _pass_on(self) -> None:
        with self._lock:
            self._led = bool(self._waiting)
            if self._waiting:
                self._waiting[0].leads = True
                self._waiting[0].turn.release()


def _for_all(error: BaseException) -> bool:
    """Whether trying again alone could not help: the database does not answer, or this process is being stopped."""
    return isinstance(error, NO_DATABASE) or not isinstance(error, Exception)
