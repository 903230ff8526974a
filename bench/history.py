"""A shop's history as a file: one order a line in the documented standard JSON, about 500 bytes, oldest first."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.sides import Effect

_DAYS = 300
_GOODS = [
    ("Ethiopia Yirgacheffe 250 g", "COF-ETH-250", 1190), ("House Espresso 500 g", "COF-ESP-500", 1690),
    ("Paper filters, 100 pieces", "ACC-FIL-100", 690), ("Enamel mug, 350 ml", "ACC-MUG-350", 1450),
]  # fmt: skip


@dataclass(frozen=True)
class History:
    """A file, and what applying it must do; nobody is thanked for what is past."""

    path: Path
    effect: Effect


def write(path: Path, orders: int, customers: int, seed: int = 1) -> History:
    """Orders of the last 300 days, evenly; each customer has some."""
    points, seen = 0, set()
    with path.open("w", encoding="utf-8") as file:
        for line, customer, earned in _lines(orders, customers, seed):
            file.write(line)
            seen.add(customer)
            points += earned
    return History(path, Effect(orders, len(seen), points, 0))


def shopper(number: int) -> str:
    """The shop's id of a customer of the history."""
    return f"h{number}"


def _lines(orders: int, customers: int, seed: int) -> Iterator[tuple[str, int, int]]:
    chance = random.Random(seed)
    now = datetime.now(UTC).replace(microsecond=0)
    for number in range(orders):
        customer = number if number < customers else chance.randrange(customers)
        placed_at = now - timedelta(days=_DAYS) + timedelta(days=_DAYS) * ((number + 1) / (orders + 1))
        goods = chance.sample(_GOODS, 2)
        pieces = [chance.randint(1, 3) for _ in goods]
        net = sum(price * count for (_, _, price), count in zip(goods, pieces, strict=True))
        yield _line(f"{seed}-{number}", customer, placed_at, goods, pieces, net), customer, net // 100


def _line(
    key: str, customer: int, placed_at: datetime, goods: list[tuple[str, str, int]], pieces: list[int], net: int
) -> str:
    lines = ",".join(
        f'{{"id":"{place}","product_id":"{8_000_000 + price}","sku":"{sku}","title":"{title}","quantity":{count},'
        f'"net":"{price * count / 100:.2f}"}}'
        for place, ((title, sku, price), count) in enumerate(zip(goods, pieces, strict=True), 1)
    )
    tax = net * 21 // 100
    who = f'{{"id":"{shopper(customer)}","email":"shopper{customer}@history.example.com","name":"Shopper {customer}"}}'
    return (
        f'{{"id":"{key}","name":"#{key}","placed_at":"{placed_at:%Y-%m-%dT%H:%M:%SZ}","currency":"EUR","status":"paid",'
        f'"total":"{(net + tax) / 100:.2f}","tax":"{tax / 100:.2f}","customer":{who},"lines":[{lines}]}}\n'
    )
