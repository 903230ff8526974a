"""`python -m bench.redeemer WAY CUSTOMER NAME TIMES`: one process of a crowd at one account; eight threads that redeem.

It says "ready", waits for a line, redeems, and tells in JSON when it began and ended and how long each redemption took.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import repeat

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from bench.ours.side import SHOP, UNIT
from bench.yardstick import redeeming
from regulars import clock, points, shops
from regulars.db import reading
from regulars.ledger import Redemption, Step
from regulars.standalone import create_app

THREADS = 8
POINTS = 10


def main() -> None:
    """Redeem, as often as it was told, in all threads together."""
    way, customer, name, times = sys.argv[1:]
    redeem = _ours(customer) if way == "ours" else _yardstick(way, int(customer))
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(time.sleep, repeat(0.01, THREADS)))  # every thread is there
        print("ready", flush=True)
        sys.stdin.readline()
        begun = time.monotonic()
        told = list(pool.map(partial(_timed, redeem), [f"{name}-{number}" for number in range(int(times))]))
        ended = time.monotonic()
    spent = [seconds for seconds, _ in told]
    print(json.dumps({"begun": begun, "ended": ended, "spent": spent, "tries": sum(tries for _, tries in told)}))


def _timed(redeem: Callable[[str], int], key: str) -> tuple[float, int]:
    begun = time.monotonic()
    tries = redeem(key)
    return time.monotonic() - begun, tries


def _ours(customer_id: str) -> Callable[[str], int]:
    """The counter of ours, where those who redeem at the same moment share a transaction."""
    app = create_app()
    with app.app_context(), reading() as session:
        shop_id = shops.find_shop(session, SHOP).id
    counter = points.Counter()

    def redeem(key: str) -> int:
        asked = Redemption(Step.RESERVE, customer_id, key, POINTS)
        with app.app_context():
            counter.redeem(shop_id, UNIT, asked, clock.now())
        return 0

    return redeem


def _yardstick(way: str, customer_id: int) -> Callable[[str], int]:
    engine = create_engine(os.environ["YARDSTICK_DATABASE_URL"], pool_size=THREADS)
    verb = {"optimistic": redeeming.optimistic, "locked": redeeming.locked}[way]

    def redeem(key: str) -> int:
        with Session(engine) as session:
            return verb(session, customer_id, POINTS, key)

    return redeem


if __name__ == "__main__":
    main()
