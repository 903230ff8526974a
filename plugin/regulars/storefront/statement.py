"""A customer's movements as lines of a statement: what belongs together is one line, in their language. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from regulars.ledger.book import Entry, Kind
from regulars.ledger.explain import effect, sentence
from regulars.values import iso

#: Kinds that lead where several entries are one movement: the rest of a group are the parts it fell into.
_LEADING = (Kind.EARN.value, Kind.CLAWBACK.value, Kind.ADJUST.value)


@dataclass(frozen=True, slots=True)
class Movement:
    """What one or several entries changed for a customer, and why; `points` is below 0 when they have fewer."""

    at: datetime
    posted_at: datetime
    kind: str
    points: int
    cause_type: str
    cause_id: str
    explanation: Mapping[str, Any]

    def belongs_to(self, other: "Movement") -> bool:
        """Whether both were posted together for the same reason and in the same direction."""
        return (
            (self.posted_at, self.cause_type, self.cause_id) == (other.posted_at, other.cause_type, other.cause_id)
            and self.explanation == other.explanation
            and (self.points < 0) == (other.points < 0)
        )


def movement(entry: Any) -> Movement:
    """One entry as stored; `entry` has the columns of the ledger's table."""
    points = effect(entry.debit, entry.credit, entry.amount)
    return Movement(
        entry.effective_at, entry.posted_at, entry.kind, points, entry.cause_type, entry.cause_id, entry.explanation
    )


def due_movement(entry: Entry) -> Movement:
    """One entry that is due and not posted yet."""
    points = effect(entry.debit, entry.credit, entry.amount)
    cause = entry.cause
    return Movement(
        entry.effective_at, entry.posted_at, entry.kind.value, points, cause.type, cause.id, cause.explanation
    )


def merged(movements: Iterable[Movement]) -> list[Movement]:
    """Movements that changed something, neighbours of one reason as one; the order stays."""
    lines: list[Movement] = []
    for one in movements:
        if not one.points:
            continue
        if lines and one.belongs_to(lines[-1]):
            before = lines[-1]
            kind = before.kind if before.kind in _LEADING else one.kind
            lines[-1] = replace(before, kind=kind, points=before.points + one.points)
        else:
            lines.append(one)
    return lines


def lines(movements: Iterable[Movement], order_names: Mapping[str, str], lang: str) -> list[dict[str, Any]]:
    """The statement as the widget shows it: when, how many points, which kind, and why."""
    return [
        {
            "at": iso(one.at),
            "points": one.points,
            "kind": one.kind,
            "why": sentence(
                one.kind, one.cause_type, one.cause_id, dict(one.explanation), one.points, lang,
                order_names.get(one.cause_id) if one.cause_type == "order" else None,
            ),
        }
        for one in merged(movements)
    ]  # fmt: skip
