"""`make bench`: measure ours beside the yardstick, print one table, write docs/speed.md."""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from bench import machine, report
from bench.measures.balance import balance
from bench.measures.batches import batches
from bench.measures.endure import endure
from bench.measures.me import me
from bench.measures.orders import orders
from bench.measures.past import past
from bench.measures.redeem import redeem
from bench.measures.work import work
from bench.rows import Row
from bench.running import FULL, POSTGRES, QUICK, SQLITE, Bench, running, say
from bench.servers import ROOT

MEASURES: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "orders": orders,
    "work": work,
    "me": me,
    "balance": balance,
    "redeem": redeem,
    "past": past,
    "endure": endure,
    "batches": batches,
}
_PAGE = ROOT / "docs" / "speed.md"


def main() -> int:
    """Measure what was asked for; 1 when a side lost something or a figure is not what was wanted."""
    said = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to stop"))  # so that servers and folders go too
    sizes = replace(QUICK if said.quick else FULL, **({"rounds": said.rounds} if said.rounds else {}))
    databases = {"postgres": (POSTGRES,), "sqlite": (SQLITE,), "both": (POSTGRES, SQLITE)}[said.database]
    names = said.measures or list(MEASURES)
    begun = time.monotonic()
    with running(sizes, databases) as bench:
        described = machine.describe(bench.postgres)
        rows, failures = measure(bench, names)
    print(report.table(rows))
    for row in rows:
        print(f"\n{row.what}: {row.note}" if row.note else "", end="")
    print("".join(f"\nFAILED {one}" for one in failures))
    if said.page or (names == list(MEASURES) and not said.quick and said.database == "both"):
        minutes = (time.monotonic() - begun) / 60
        page = report.page(rows, failures, described, list(MEASURES), minutes=minutes, quick=said.quick)
        _PAGE.write_text(page, encoding="utf-8")
        print(f"Written to {_PAGE.relative_to(ROOT)}.")
    return 1 if failures or not all(row.good for row in rows) else 0


def measure(bench: Bench, names: Iterable[str]) -> tuple[list[Row], list[str]]:
    """The rows, and what went wrong: one measure that fails does not take the others along."""
    rows: list[Row] = []
    failures: list[str] = []
    for name in names:
        begun = time.monotonic()
        try:
            rows += MEASURES[name](bench)
        except Exception as error:  # it is told at the end and in the exit code
            failures.append(f"{name}: {type(error).__name__}: {error}")
            say(failures[-1])
        say(f"{name} took {time.monotonic() - begun:.0f} s")
    return rows, failures


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("measures", nargs="*", choices=[*MEASURES, []], metavar="MEASURE", help=", ".join(MEASURES))
    parser.add_argument("--quick", action="store_true", help="small sizes, one round, no page")
    parser.add_argument("--page", action="store_true", help="write docs/speed.md also from a quick or partial run")
    parser.add_argument("--database", choices=["postgres", "sqlite", "both"], default="both")
    parser.add_argument("--rounds", type=int, help="how often the sides take turns")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
