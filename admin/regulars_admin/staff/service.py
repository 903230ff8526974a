"""Staff: added by the operator, signed in with a password, known by a session that the server can end."""

import hashlib
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from argon2.low_level import Type
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from regulars import audit, runtime
from regulars.db import all_shops
from regulars.errors import Conflict, InvalidInput, NotFound, Unauthorized
from regulars.shops import INSTALLATION
from regulars.values import new_id
from regulars_admin.access import ROLES, Member
from regulars_admin.staff.models import LoginAttempt, StaffRow, StaffSession

SESSION_LASTS = timedelta(hours=12)
ATTEMPTS_WINDOW = timedelta(minutes=15)
ATTEMPTS_LIMIT = 5
_SHORTEST_PASSWORD = 8
_LONGEST_PASSWORD = 1000
_WRONG = "The e-mail and the password do not fit together."

#: argon2id at the OWASP minimum: a login is rare, and the limit on tries, not the cost, is what stops guessing online.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
#: What a password for an unknown name is checked against, so that known and unknown names take the same time.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$cmVndWxhcnMtbm9ib2R5IQ$0000000000000000000000000000000000000000000"


def add_staff(
    session: Session, email: str, role: str, password: str | None, now: datetime, *, name: str = "",
    shop_id: int = INSTALLATION, actor: str = "operator",
) -> tuple[StaffRow, str]:  # fmt: skip
    """Add a member; gives the row and the password (made here when none is given). Raises InvalidInput or Conflict."""
    email = good_email(email)
    if role not in ROLES:
        raise InvalidInput(f"{role!r} is no role; choose one of {', '.join(ROLES)}.")
    if _find(session, email) is not None:
        raise Conflict(f"{email} is a member of the staff already; `regulars staff password` gives a new password.")
    password = password if password is not None else secrets.token_urlsafe(15)
    row = StaffRow(
        shop_id=shop_id, id=new_id(), email=email, name=name or email.partition("@")[0],
        password_hash=_HASHER.hash(_good_password(password)), role=role, created_at=now,
    )  # fmt: skip
    session.add(row)
    audit.record(session, shop_id, actor, "staff.added", row.id, now, role=role)
    return row, password


def list_staff(session: Session) -> list[StaffRow]:
    """Everybody, by e-mail."""
    with all_shops("staff"):
        return list(session.scalars(select(StaffRow).order_by(StaffRow.email)))


def disable_staff(session: Session, email: str, now: datetime, actor: str = "operator") -> StaffRow:
    """Let a member in no longer: their sessions end now. Raises NotFound."""
    row = _known(session, email)
    row.disabled_at = now
    _end_sessions(session, row)
    audit.record(session, row.shop_id, actor, "staff.disabled", row.id, now)
    return row


def set_password(
    session: Session, email: str, password: str | None, now: datetime, actor: str = "operator"
) -> tuple[StaffRow, str]:
    """Give a member a new password (made here when none is given); every session of theirs ends. Raises NotFound."""
    row = _known(session, email)
    password = password if password is not None else secrets.token_urlsafe(15)
    row.password_hash = _HASHER.hash(_good_password(password))
    _end_sessions(session, row)
    audit.record(session, row.shop_id, actor, "staff.password_set", row.id, now)
    return row, password


def note_attempt(session: Session, email: str, now: datetime) -> str:
    """Write down a try to sign in; gives its id. Commit it, then count.

    Kept in the database and by account, so neither a second worker nor another address begins anew.
    """
    session.execute(
        delete(LoginAttempt).where(LoginAttempt.shop_id == INSTALLATION, LoginAttempt.at <= now - ATTEMPTS_WINDOW)
    )
    attempt = LoginAttempt(shop_id=INSTALLATION, id=new_id(), account=_account(email), at=now)
    session.add(attempt)
    return attempt.id


def count_attempts(session: Session, email: str, now: datetime) -> int:
    """How many tries this account has had within the window."""
    mine = (LoginAttempt.shop_id == INSTALLATION) & (LoginAttempt.account == _account(email))
    return int(session.scalar(select(func.count()).where(mine, LoginAttempt.at > now - ATTEMPTS_WINDOW)) or 0)


def forget_attempt(session: Session, attempt_id: str) -> None:
    """A try that was refused unseen does not count: whoever keeps trying shuts nobody out for longer."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.shop_id == INSTALLATION, LoginAttempt.id == attempt_id))


def check_password(session: Session, email: str, password: str) -> StaffRow:
    """The member with this e-mail and password. Raises Unauthorized, in the same words and time for unknown names."""
    row = _find(session, email)
    if not _verifies(row.password_hash if row else _NOBODY, password) or row is None or row.disabled_at:
        raise Unauthorized(_WRONG)
    return row


def open_session(session: Session, row: StaffRow, now: datetime, instead_of: str = "") -> str:
    """Sign a member in with a fresh token for the cookie, instead of the one that the browser held.

    The tries to sign in are forgotten, and sessions that have run out are removed.
    """
    close_session(session, instead_of)
    token = secrets.token_urlsafe(32)
    session.execute(
        delete(LoginAttempt).where(LoginAttempt.shop_id == INSTALLATION, LoginAttempt.account == _account(row.email))
    )
    session.execute(delete(StaffSession).where(StaffSession.shop_id == row.shop_id, StaffSession.expires_at <= now))
    session.add(
        StaffSession(
            shop_id=row.shop_id, token_hash=_token_hash(token), staff_id=row.id, created_at=now,
            expires_at=now + SESSION_LASTS,
        )
    )  # fmt: skip
    audit.record(session, row.shop_id, row.id, "staff.signed_in", row.id, now)
    return token


def member_of_session(session: Session, token: str, now: datetime) -> Member | None:
    """Whose session this token is, if it is one and has not ended."""
    with all_shops("staff"):
        row = session.scalar(
            select(StaffRow)
            .join(StaffSession, (StaffSession.shop_id == StaffRow.shop_id) & (StaffSession.staff_id == StaffRow.id))
            .where(StaffSession.token_hash == _token_hash(token), StaffSession.expires_at > now)
            .where(StaffRow.disabled_at.is_(None))
        )
    return Member(row.id, row.name, row.email, row.role, row.shop_id) if row else None


def close_session(session: Session, token: str) -> None:
    """Sign out on the server's side: the token opens nothing any more."""
    with all_shops("staff"):
        session.execute(delete(StaffSession).where(StaffSession.token_hash == _token_hash(token)))


def _known(session: Session, email: str) -> StaffRow:
    row = _find(session, email)
    if row is None:
        raise NotFound(f"{email} is no member of the staff; `regulars staff list` shows who is.")
    return row


def _find(session: Session, email: str) -> StaffRow | None:
    with all_shops("staff"):
        return session.scalar(select(StaffRow).where(StaffRow.email == email.strip().lower()))


def _end_sessions(session: Session, row: StaffRow) -> None:
    session.execute(delete(StaffSession).where(StaffSession.shop_id == row.shop_id, StaffSession.staff_id == row.id))


def _verifies(password_hash: str, password: str) -> bool:
    if len(password) > _LONGEST_PASSWORD:  # never a good one, and hashing it would be free work for whoever sends it
        return False
    try:
        return _HASHER.verify(password_hash, password)
    except VerificationError:
        return False


def good_email(email: str) -> str:
    """The e-mail in the form in which we keep it. Raises InvalidInput."""
    try:
        return validate_email(email.strip(), check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError as error:
        raise InvalidInput(f"{email!r} is no e-mail address.") from error


def _good_password(password: str) -> str:
    if not _SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise InvalidInput(f"A password has at least {_SHORTEST_PASSWORD} characters, and at most {_LONGEST_PASSWORD}.")
    return password


def _account(email: str) -> str:
    return runtime.current().keyring.mac("login attempts", email.strip().lower().encode())


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
