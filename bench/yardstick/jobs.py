"""The yardstick's jobs, as RQ runs them: one row each."""

from datetime import UTC, datetime

from bench.yardstick.models import Visit, db
from bench.yardstick.service import decide_thank_you


def thank(order_id: int) -> None:
    """Decide the thank-you letter of one order."""
    decide_thank_you(db.session(), order_id, datetime.now(UTC))
    db.session.commit()
    db.session.remove()


def see(visit_id: int) -> None:
    """The smallest job there is: one UPDATE."""
    db.session.execute(db.update(Visit).where(Visit.id == visit_id).values(seen=True))
    db.session.commit()
    db.session.remove()
