"""Which document of an order wins, whatever came first."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from regulars.facts import OrderSeen, PaymentStatus
from regulars.orders.newest import progress, rank

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)


def seen(
    minutes: int = 0, payment: PaymentStatus = PaymentStatus.PAID, *, cancelled: bool = False, body: str = ""
) -> OrderSeen:
    at = TEN + timedelta(minutes=minutes)
    return OrderSeen("1", TEN, at, "EUR", payment, 100, (), cancelled=cancelled, body_hash=body)


def test_the_later_document_wins() -> None:
    assert rank(seen(5)) > rank(seen(0))


def test_a_later_step_back_wins_over_an_earlier_step_ahead() -> None:
    assert rank(seen(5, PaymentStatus.PENDING)) > rank(seen(0, cancelled=True))


def test_within_the_same_moment_the_one_further_ahead_wins() -> None:
    steps = [
        seen(payment=PaymentStatus.PENDING), seen(payment=PaymentStatus.PAID), seen(payment=PaymentStatus.REFUNDED),
        seen(cancelled=True),
    ]  # fmt: skip
    assert [max(steps[:count], key=rank) for count in range(1, 5)] == steps


def test_a_voided_payment_is_as_final_as_a_cancellation() -> None:
    assert progress(seen(payment=PaymentStatus.VOIDED)) == progress(seen(cancelled=True))


def test_two_documents_of_the_same_moment_and_step_have_one_winner() -> None:
    winners = {
        max(order, key=rank).body_hash for order in permutations([seen(body="a"), seen(body="b"), seen(body="c")])
    }
    assert winners == {"c"}
