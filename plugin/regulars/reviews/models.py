"""Reviews of products, as last seen in the review app."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base


class Review(Base):
    """One review; title and body are the shopper's words and can be erased."""

    __tablename__ = "regulars_reviews"
    __table_args__ = (Index("ix_regulars_reviews_customer", "shop_id", "customer_id"),)

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str | None]
    product_id: Mapped[str | None]
    rating: Mapped[int]
    status: Mapped[str]
    has_photo: Mapped[bool]
    title: Mapped[str]
    body: Mapped[str]
    updated_at: Mapped[datetime]
