"""Group commit: what many threads ask for at the same moment is done as one batch, with one transaction and one commit.

Whoever finds nobody at it leads: takes what waits, does it, hands out the results, and passes the lead on. Nobody lingers
to gather more: while one batch is being written the next one gathers by itself. A single caller pays a lock and nothing else.
"""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Generic, TypeVar

from regulars.db import NO_DATABASE

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Ticket(Generic[Item, Result]):
    """One caller's item, and what became of it."""

    __slots__ = ("error", "item", "leads", "result", "turn")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.turn = Event()  # set when the result is there, or when it is this caller's turn to lead
        self.leads = False
        self.result: list[Result] = []  # empty until it is there
        self.error: BaseException | None = None


class GroupCommit(Generic[Item, Result]):
    """Does items of concurrent callers together: `do_all(items)` gives one result for each, in their order.

    `do_all` runs in one of the callers' threads and must be all or nothing. When it raises for a batch, each item is done
    alone, so that one bad item fails alone; where the database is away or busy everybody gets that error at once.
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
        with self._lock:
            self._waiting.append(ticket)
            if not self._led:
                self._led = ticket.leads = True
        if not ticket.leads:
            ticket.turn.wait()
        if ticket.leads:
            self._lead()
        if ticket.error is not None:
            raise ticket.error
        return ticket.result[0]

    def _lead(self) -> None:
        """One batch, with the leader's own item in it, for it waits longest; then the next in line leads."""
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(self._at_most, len(self._waiting)))]
        try:
            self._do(batch)
        finally:
            self._pass_on()
            for ticket in batch:
                ticket.turn.set()

    def _pass_on(self) -> None:
        with self._lock:
            self._led = bool(self._waiting)
            if self._waiting:
                self._waiting[0].leads = True
                self._waiting[0].turn.set()

    def _do(self, batch: list[_Ticket[Item, Result]]) -> None:
        try:
            for ticket, result in zip(batch, self._do_all([ticket.item for ticket in batch]), strict=True):
                ticket.result.append(result)
        except BaseException as error:  # whatever it is belongs to the callers: none may wait for ever
            if len(batch) == 1 or isinstance(error, NO_DATABASE) or not isinstance(error, Exception):
                for ticket in batch:
                    ticket.error = error
                return
            for ticket in batch:
                ticket.result.clear()
                self._do([ticket])
