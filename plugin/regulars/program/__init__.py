"""The loyalty program: a versioned document, and what it makes of an order."""

from regulars.program.earning import REVIEW, SPEND, Entitlement, for_order, for_review, spend
from regulars.program.models import ProgramVersion
from regulars.program.rules import Program, Reward, Tier
from regulars.program.schemas import parse_toml, to_program
from regulars.program.service import Programs, programs, publish

__all__ = [
    "REVIEW", "SPEND", "Entitlement", "Program", "ProgramVersion", "Programs", "Reward", "Tier", "for_order", "for_review",
    "parse_toml", "programs", "publish", "spend", "to_program",
]  # fmt: skip
