"""Audit: every act of a person, once, where nobody can change it."""

from regulars.audit.models import AuditRow
from regulars.audit.service import record

__all__ = ["AuditRow", "record"]
