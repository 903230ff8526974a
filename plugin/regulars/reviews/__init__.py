"""Reviews of products, from whatever app collects them."""

from regulars.reviews.models import Review
from regulars.reviews.service import public_praise, reviewed_products, reviewers, see

__all__ = ["Review", "public_praise", "reviewed_products", "reviewers", "see"]
