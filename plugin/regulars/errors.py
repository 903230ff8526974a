"""One tree of errors. Each has a code, an HTTP status and a sentence that says what to do."""

from typing import Any


class RegularsError(Exception):
    """The base: something we know how to say. `code` is stable and documented in docs/errors.md."""

    code = "error"
    status = 500
    title = "Something went wrong"

    def __init__(self, detail: str = "", **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.extra = extra

    def problem(self) -> dict[str, Any]:
        """The error as RFC 9457 problem details."""
        kind = f"https://regulars.example/errors/{self.code}"
        return {"type": kind, "title": self.title, "status": self.status, "detail": self.detail, "code": self.code} | (
            self.extra
        )


class SettingsError(RegularsError):
    """A setting is wrong or missing; the app does not start."""

    code = "settings"
    title = "A setting is wrong"


class InvalidInput(RegularsError):
    """What was sent does not fit; `errors` says where."""

    code = "invalid_input"
    status = 422
    title = "The input does not fit"


class NotFound(RegularsError):
    """There is no such thing here, or it is not yours to see."""

    code = "not_found"
    status = 404
    title = "Not found"


class Unauthorized(RegularsError):
    """We do not know who asks."""

    code = "unauthorized"
    status = 401
    title = "Not signed in"


class Forbidden(RegularsError):
    """We know who asks, and they may not."""

    code = "forbidden"
    status = 403
    title = "Not allowed"


class Conflict(RegularsError):
    """It contradicts what is already so."""

    code = "conflict"
    status = 409
    title = "It contradicts the present state"


class NotEnoughPoints(Conflict):
    """The customer has fewer points than this takes."""

    code = "not_enough_points"
    title = "Not enough points"


class LimitExceeded(Forbidden):
    """More than this role may give; somebody with a higher limit can."""

    code = "limit_exceeded"
    title = "Above your limit"


class KeyReused(RegularsError):
    """The same idempotency key came with another body."""

    code = "idempotency_key_reused"
    status = 422
    title = "This key was used for something else"


class Unavailable(RegularsError):
    """The database or another server does not answer just now; nothing was changed."""

    code = "unavailable"
    status = 503
    title = "Not available just now"


class TooLarge(RegularsError):
    """The body is larger than we take."""

    code = "too_large"
    status = 413
    title = "The body is too large"


class NotKept(RegularsError):
    """The event could not be stored; the sender must send it again."""

    code = "not_kept"
    status = 503
    title = "Not kept, send it again"


class Unusable(RegularsError):
    """An authentic message that cannot be understood: it becomes a dead letter and is never lost."""

    code = "unusable"
    status = 422
    title = "The message cannot be used"


class TransportError(RegularsError):
    """A message did not leave. `permanent` alone decides whether it is tried again.

    `retry_after_seconds` is how long the other side asked us to wait; nothing is tried before.
    """

    code = "transport"
    status = 502
    title = "The other side did not take it"
    retry_after_seconds: float | None = None

    def __init__(self, detail: str, *, permanent: bool) -> None:
        super().__init__(detail)
        self.permanent = permanent


class UnknownOutcome(TransportError):
    """The message was handed over and no answer came: it may have arrived. Never blindly repeated."""

    code = "unknown_outcome"
    title = "No answer came"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, permanent=True)


class LostLease(RegularsError):
    """Another worker took this row over; what we did is rolled back."""

    code = "lost_lease"
    title = "The lease was lost"


class LedgerBroken(RegularsError):
    """An invariant of the ledger does not hold; nothing is written."""

    code = "ledger_broken"
    title = "The ledger does not add up"
