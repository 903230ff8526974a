"""Staff: who may look, how they sign in, and how a session ends."""

from regulars_admin.staff.models import LoginAttempt, StaffRow, StaffSession
from regulars_admin.staff.service import (
    add_staff,
    disable_staff,
    good_email,
    list_staff,
    member_of_session,
    set_password,
)

__all__ = [
    "LoginAttempt", "StaffRow", "StaffSession", "add_staff", "disable_staff", "good_email", "list_staff",
    "member_of_session", "set_password",
]  # fmt: skip
