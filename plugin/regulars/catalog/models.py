"""Products and their variants, as last seen."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from regulars.db import Base, Json


class Product(Base):
    """A product of the shop."""

    __tablename__ = "regulars_products"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    vendor: Mapped[str | None]
    product_type: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(Json)
    collections: Mapped[list[str]] = mapped_column(Json)
    deleted: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime]


class Variant(Base):
    """One variant of a product; money in minor units of the shop's currency."""

    __tablename__ = "regulars_variants"

    shop_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    sku: Mapped[str | None]
    price_minor: Mapped[int | None]
    unit_cost_minor: Mapped[int | None]
    stock: Mapped[int | None]
