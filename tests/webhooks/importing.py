"""`regulars import` as a process of its own, beside the app under test."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from regulars_webhooks.imports import ImportPart
from tests.servers import wait_until
from tests.world import World, WorldShop


def order(number: int, **changes: Any) -> dict[str, Any]:
    """One order over 10.00 of one of seven customers."""
    return {
        "id": f"A-{number}",
        "placed_at": "2026-01-02T10:00:00Z",
        "currency": "EUR",
        "status": "paid",
        "customer": {"id": str(number % 7), "email": f"{number % 7}@example.com"},
        "lines": [{"id": "1", "product_id": "mug", "quantity": 1, "net": "10.00"}],
    } | changes


def written(file: Path, documents: Any) -> Path:
    """The documents in a file, one a line."""
    with file.open("w") as text:
        text.writelines(json.dumps(one) + "\n" for one in documents)
    return file


class Importing:
    """The command, started."""

    def __init__(self, world: World, shop: WorldShop, file: Path, *words: str) -> None:
        self.world, self.shop = world, shop
        settings = {key: str(value) for key, value in world.app.config.items() if key.startswith("REGULARS_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "regulars", "import", shop.key, str(file), "--kind", "orders", "--json", *words],
            env=os.environ | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def applied(self) -> int:
        """How many records are in the database already."""
        question = select(func.sum(ImportPart.applied)).where(ImportPart.shop_id == self.shop.id)
        return int(self.world.reads(lambda session: session.scalar(question)) or 0)

    def is_under_way(self, records: int = 1) -> None:
        """Wait until some of it is applied."""
        wait_until(lambda: self.applied() >= records, "the import did not get under way", seconds=60)

    def children(self) -> list[int]:
        """The processes that apply its parts."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(one) for one in listed.split()]

    def kill(self) -> None:
        """What a power cut does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def ends(self) -> tuple[int, dict[str, Any]]:
        """Wait for its end: its exit code and what it said."""
        said, trouble = self.process.communicate(timeout=300)
        return self.process.returncode, json.loads(said) if said else {"told": trouble}
