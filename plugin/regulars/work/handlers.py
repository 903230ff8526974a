"""The two kinds of handler for work rows, and what a drain is. Nothing here touches a database."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from regulars.work.models import Leased, WorkRow


@dataclass(frozen=True, slots=True)
class Local:
    """Work inside the database alone: `run(session, shop_id, rows, now)` does a whole batch in one transaction."""

    run: Callable[[Session, int, list[WorkRow], datetime], None]


#: Gives the ids of those rows of one shop that need not be sent.
Sift = Callable[[Session, int, list[WorkRow], datetime], Collection[str]]


@dataclass(frozen=True, slots=True)
class Sending:
    """Work that talks to the outside, in three phases with no transaction open during the second.

    `prepare(session, row, now)` gives the parcel, or None when there is nothing to do (any more); it is committed.
    `send(parcel)` talks and returns a receipt; it raises TransportError, or UnknownOutcome when no answer came.
    `record(session, row, receipt, now)` writes down what happened, in the transaction that finishes the row.
    `lookup(parcel)` asks the other side whether an earlier try arrived: its receipt, or None when it surely did not.
    `give_up(session, row, error, now)` writes down that nothing more will be tried.
    A receiver that recognises repeats by itself is `repeatable`; otherwise an unknown outcome waits for a person.
    `tries` is how many it has, where that is not for the settings to say.
    `sift(session, shop_id, rows, now)` decides for a whole batch of rows that were never sent, as `prepare` would for each:
    it gives the ids of those for which there is nothing to do, which are done then in its own transaction.
    """

    prepare: Callable[[Session, WorkRow, datetime], Any | None]
    send: Callable[[Any], Any]
    record: Callable[[Session, WorkRow, Any, datetime], None]
    lookup: Callable[[Any], Any | None] | None = None
    give_up: Callable[[Session, WorkRow, Exception, datetime], None] | None = None
    repeatable: bool = False
    tries: int | None = None
    sift: Sift | None = None


Handler = Local | Sending


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a row ended: dead (a person must look) or ignored, and why; or simply done."""

    state: str
    why: str | None


DONE = Outcome("done", None)


@dataclass(frozen=True, slots=True)
class Drain:
    """A table of leased rows and what to do with a batch of one shop's rows of it.

    `handle(session, shop_id, rows, now)` runs in one transaction and returns an Outcome, by row id, for the rows that
    did not simply get done. When it raises, the batch is rolled back and taken again row by row. Rows for whose kind
    `sender(row)` names a three-phased handler are kept out of the batch and sent one by one.
    """

    name: str
    table: type[Leased]
    handle: Callable[[Session, int, list[Any], datetime], dict[str, Outcome]]
    sender: Callable[[Any], Sending | None] = lambda _row: None
