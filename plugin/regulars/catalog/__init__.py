"""The catalogue: products and variants, as last seen."""

from regulars.catalog.models import Product, Variant
from regulars.catalog.service import see

__all__ = ["Product", "Variant", "see"]
