"""What Kavárna Morava sells: about thirty products, roasted, brewed and poured."""

from dataclasses import dataclass
from datetime import datetime

from regulars.demo.money import amount_text
from regulars.demo.shop import Body, utc_iso

HOUSE = "Kavárna Morava"


@dataclass(frozen=True)
class Variant:
    """One thing on the shelf; prices in euro cents, tax included."""

    id: int
    sku: str
    title: str
    price_minor: int
    cost_minor: int
    grams: int
    stock: int


@dataclass(frozen=True)
class Product:
    """A product; `appetite` is how often it is picked, 0 for what nobody can buy any more or yet."""

    id: int
    title: str
    vendor: str
    kind: str
    tags: tuple[str, ...]
    collections: tuple[str, ...]
    variants: tuple[Variant, ...]
    appetite: int

    @property
    def gift_card(self) -> bool:
        """Gift cards are money in another form: no tax, no discount, no points."""
        return self.kind == "Gift card"

    @property
    def food(self) -> bool:
        """Coffee, tea and sweets carry the reduced tax rate."""
        return self.kind in {"Coffee", "Subscription box", "Tea", "Sweets"}


_BAGS = (("250 g", 100, 262), ("500 g", 188, 515), ("1 kg", 352, 1020))
_ONE = "Default Title"

# title, vendor, kind, appetite, tags, collections, price in cents, and what the variants are.
_Row = tuple[str, str, str, int, str, str, int, str]
_ROWS: tuple[_Row, ...] = (
    ("Náplavka Espresso", HOUSE, "Coffee", 30, "espresso,blend,chocolate", "coffee,bestsellers", 990, "bags"),
    ("Vltava Filter", HOUSE, "Coffee", 20, "filter,blend,floral", "coffee,bestsellers", 1090, "bags"),
    ("Žižkov Dark", HOUSE, "Coffee", 14, "espresso,dark,nutty", "coffee", 890, "bags"),
    ("Etiopie Yirgacheffe", HOUSE, "Coffee", 16, "filter,single-origin,floral", "coffee,origins", 1350, "bags"),
    ("Kolumbie Huila", HOUSE, "Coffee", 14, "espresso,single-origin,caramel", "coffee,origins", 1190, "bags"),
    ("Keňa Nyeri AA", HOUSE, "Coffee", 10, "filter,single-origin,fruity", "coffee,origins", 1480, "bags"),
    ("Guatemala Antigua", HOUSE, "Coffee", 10, "espresso,single-origin", "coffee,origins", 1220, "bags"),
    ("Rwanda Nyamasheke", HOUSE, "Coffee", 6, "filter,single-origin,berry", "coffee,origins", 1390, "bags"),
    ("Bezkofein Brazílie", HOUSE, "Coffee", 7, "decaf,espresso", "coffee", 1150, "bags"),
    ("Vánoční směs", HOUSE, "Coffee", 6, "seasonal,christmas,spice", "coffee,christmas", 1290, "bags"),
    ("Předplatné Jeden sáček", HOUSE, "Subscription box", 9, "subscription", "subscriptions", 1090, "one"),
    ("Předplatné Dva sáčky", HOUSE, "Subscription box", 6, "subscription", "subscriptions", 2050, "one"),
    ("Objevitelský box", HOUSE, "Subscription box", 5, "subscription,tasting", "subscriptions,gifts", 2890, "one"),
    ("Hrnek Morava", "Keramika Lhota", "Cups", 9, "ceramic,handmade", "cups,gifts", 1690, "mugs"),
    ("Šálek na espresso", "Keramika Lhota", "Cups", 6, "ceramic,espresso", "cups", 1250, "mugs"),
    ("Termohrnek 350 ml", "Brno Steel", "Cups", 5, "to-go,steel", "cups,gifts", 2690, "one"),
    ("Sada dvou šálků Cappuccino", "Keramika Lhota", "Cups", 3, "ceramic,set", "cups,gifts", 3190, "one"),
    ("Dripper keramický 02", "Keramika Lhota", "Equipment", 4, "filter,brewing", "equipment", 2590, "one"),
    ("Papírové filtry 02, 100 ks", "Papírna Ostrov", "Equipment", 14, "filter,consumable", "equipment", 690, "one"),
    ("Ruční mlýnek Tichý", "Brno Steel", "Equipment", 3, "grinder", "equipment", 8990, "one"),
    ("Konvice s husím krkem 1 l", "Brno Steel", "Equipment", 2, "kettle,brewing", "equipment", 6490, "one"),
    ("Moka konvička", "Brno Steel", "Equipment", 3, "moka,brewing", "equipment", 3290, "moka"),
    ("Váha s časovačem", "Brno Steel", "Equipment", 2, "scale,brewing", "equipment", 4990, "one"),
    ("Mléčná konvička 350 ml", "Brno Steel", "Equipment", 2, "milk,espresso", "equipment", 1990, "one"),
    ("Tamper 58 mm", "Brno Steel", "Equipment", 2, "espresso", "equipment", 3490, "one"),
    ("Čistič kávovaru 900 g", "Čistá linka", "Equipment", 4, "cleaning,consumable", "equipment", 1390, "one"),
    ("Cascara 100 g", HOUSE, "Tea", 4, "cascara,fruity", "tea", 750, "one"),
    ("Horká čokoláda 70 %", "Čokoládovna Týn", "Sweets", 6, "chocolate,vegan", "sweets,gifts", 890, "one"),
    ("Medové perníčky", "Čokoládovna Týn", "Sweets", 6, "gingerbread,christmas", "sweets,christmas", 590, "one"),
    ("Dárková karta", HOUSE, "Gift card", 3, "gift", "gifts", 2500, "card"),
    ("Turecká džezva (výprodej)", "Brno Steel", "Equipment", 0, "discontinued", "archive", 2290, "one"),
    ("Zimní Panama Geisha", HOUSE, "Coffee", 0, "new,limited,single-origin", "coffee,new", 2450, "bags"),
)
_SHAPES: dict[str, tuple[tuple[str, int, int], ...]] = {
    "bags": _BAGS,
    "one": ((_ONE, 100, 430),),
    "mugs": (("Modrá", 100, 380), ("Písková", 100, 380), ("Zelená", 108, 380)),
    "moka": (("3 šálky", 100, 560), ("6 šálků", 132, 810)),
    "card": (("25 €", 100, 0), ("50 €", 200, 0), ("100 €", 400, 0)),
}


def _variant(row: int, place: int, shape: tuple[str, int, int], price_minor: int, kind: str) -> Variant:
    title, percent, grams = shape
    price = price_minor * percent // 100
    return Variant(
        id=4_728_310_000_000 + row * 327_670 + place * 32_767,
        sku=f"KM-{row + 1:02d}-{place + 1}",
        title=title,
        price_minor=price,
        cost_minor=0 if kind == "Gift card" else price * 42 // 100,
        grams=grams,
        stock=40 + (row * 37 + place * 11) % 160,
    )


def _product(row: int, facts: _Row) -> Product:
    title, vendor, kind, appetite, tags, collections, price_minor, shape = facts
    return Product(
        id=8_412_650_000_000 + row * 131_071,
        title=title,
        vendor=vendor,
        kind=kind,
        tags=tuple(tags.split(",")),
        collections=tuple(collections.split(",")),
        variants=tuple(_variant(row, n, one, price_minor, kind) for n, one in enumerate(_SHAPES[shape])),
        appetite=appetite,
    )


PRODUCTS = tuple(_product(row, facts) for row, facts in enumerate(_ROWS))
ON_SALE = tuple(product for product in PRODUCTS if product.appetite and not product.gift_card)
APPETITES = tuple(product.appetite for product in ON_SALE)
COFFEES = tuple(product for product in ON_SALE if product.kind == "Coffee")
GIFT_CARD = next(product for product in PRODUCTS if product.gift_card)
CHRISTMAS = tuple(product for product in ON_SALE if "christmas" in product.tags)
# Never in a basket of the history: a review of the first earns nothing, the second appears in the live part.
DISCONTINUED, LAUNCHED_TODAY = PRODUCTS[-2], PRODUCTS[-1]


def product_updated(product: Product, at: datetime, stock_change: int = 0) -> Body:
    """The standard JSON body that tells a product as it is now."""
    return {
        "type": "product.updated",
        "occurred_at": utc_iso(at),
        "data": {
            "id": str(product.id),
            "title": product.title,
            "vendor": product.vendor,
            "product_type": product.kind,
            "tags": list(product.tags),
            "collections": list(product.collections),
            "variants": [_variant_data(variant, stock_change) for variant in product.variants],
            "updated_at": utc_iso(at),
        },
    }


def _variant_data(variant: Variant, stock_change: int) -> Body:
    return {
        "id": str(variant.id),
        "sku": variant.sku,
        "title": variant.title,
        "price": amount_text(variant.price_minor),
        "unit_cost": amount_text(variant.cost_minor),
        "stock": max(0, variant.stock + stock_change),
    }
