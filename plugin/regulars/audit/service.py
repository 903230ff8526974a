"""Write down an act in the transaction that carries it out."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from regulars.audit.models import AuditRow
from regulars.values import new_id


def record(session: Session, shop_id: int, actor: str, action: str, subject: str, now: datetime, **detail: Any) -> None:
    """Remember that `actor` (a staff id, "operator" or "system") did `action` to `subject`; detail is codes and numbers."""
    session.add(
        AuditRow(shop_id=shop_id, id=new_id(), at=now, actor=actor, action=action, subject=subject, detail=detail)
    )
