"""What the staff look at: `Admin(app)`."""

from regulars_admin.access import Member
from regulars_admin.extension import Admin

__all__ = ["Admin", "Member"]
