"""A shop's history out of a file, against an importer by marshmallow and the ORM; then all of it verified."""

from collections.abc import Iterator
from itertools import islice
from time import monotonic, process_time

from bench import history
from bench.cpu import shares
from bench.history import History
from bench.ours.side import SHOP, Ours
from bench.rows import Row
from bench.running import POSTGRES, Bench, ending, say
from bench.servers import Finished
from bench.sides import LostSomething
from bench.yardstick.importing import import_lines
from bench.yardstick.side import Yardstick

_WANTED = 40
_SMALLER_ON_SQLITE = 10
_VERIFY_SECONDS = 120
_MILLION = 1_000_000


def past(bench: Bench) -> Iterator[Row]:
    """Orders a second, memory, and seconds for verifying a million entries; a tenth of the history on SQLite."""
    for kind in bench.databases:
        part = 1 if kind == POSTGRES else _SMALLER_ON_SQLITE
        orders, customers = bench.sizes.history // part, bench.sizes.history_customers // part
        told = history.write(bench.file("history.ndjson"), orders, customers)
        say(f"history of {orders:,} orders on {kind}, {told.path.stat().st_size / orders:,.0f} bytes a line")
        ours, plain = Ours(bench.database(kind)), Yardstick(bench.database(kind))
        with ending(ours, plain):
            yield _import(bench, kind, told, ours, plain)
            yield _verify(kind, ours)
        told.path.unlink()


def _import(bench: Bench, kind: str, told: History, ours: Ours, plain: Yardstick) -> Row:
    """Ours once, whole; the yardstick a sample of the same file, half of it before and half of it after."""
    half = min(bench.sizes.history_yardstick, told.effect.orders) // 2
    with told.path.open(encoding="utf-8") as lines:
        before = _sample(plain, list(islice(lines, half)))
        meter = bench.meter(ours, kind)
        meter.start()
        done = ours.run("import", SHOP, str(told.path), "--kind", "orders")
        meter.stop()
        after = _sample(plain, list(islice(lines, half)))
    _demand_all(ours, plain, told, 2 * half)
    rate, ordinary = told.effect.orders / done.seconds, 2 * half / (before + after)
    say(f"import: ours {rate:,.0f}/s, {done.peak_mib:,.0f} MiB; yardstick {ordinary:,.0f}/s")
    wanted = _WANTED if kind == POSTGRES else None
    note = _note(told, done, 2 * half, {"importer": done.cpu_seconds, **meter.taken})
    return Row(f"import of {told.effect.orders:,} orders, {kind}", "/s", rate, ordinary, wanted=wanted, note=note)


def _note(told: History, done: Finished, sample: int, taken: dict[str, float]) -> str:
    return (
        f"Ours checked everything first and applied it then, customer by customer in pieces between which live traffic passes, in {done.seconds:,.0f} s, "
        f"and no process of it ever had more than {done.peak_mib:,.0f} MiB. The yardstick's rate is of a sample of {sample:,} orders, "
        f"committed one by one, on a database that was small meanwhile. CPU of ours: {sum(taken.values()) / told.effect.orders * 1e6:,.0f} µs an order "
        f"({shares(taken)})."
    )


def _sample(plain: Yardstick, lines: list[str]) -> float:
    """Seconds for these lines."""
    begun = monotonic()
    import_lines(plain.engine, lines)
    return monotonic() - begun


def _demand_all(ours: Ours, plain: Yardstick, told: History, sample: int) -> None:
    """Raises LostSomething unless ours applied all and the yardstick its sample."""
    found = ours.effect()
    if found != told.effect:
        raise LostSomething(f"{ours.name}: {found} instead of {told.effect}")
    known, trouble = plain.effect().orders, plain.complaints()
    if known != sample or trouble:
        raise LostSomething(f"{plain.name}: {known} orders instead of {sample}; {trouble}")


def _verify(kind: str, ours: Ours) -> Row:
    """What `regulars verify` does, on what the import left. Raises LostSomething when an invariant does not hold."""
    begun, used = monotonic(), process_time()
    if trouble := ours.complaints():
        raise LostSomething(trouble)
    spent, used = monotonic() - begun, process_time() - used
    entries = ours.number("SELECT count(*) FROM regulars_entries")
    seconds = spent * _MILLION / entries
    say(f"verify: {entries:,} entries in {spent:,.0f} s")
    note = (
        f"{entries:,} entries were verified in {spent:,.1f} s: every hash chain, every balance, every seal, and for every order that what "
        f"is posted is what its program gives. It is {used / spent * 100:.0f} % of one core in Python; the rest waits for the database."
    )
    return Row(f"verify, for 1,000,000 entries, {kind}", "s", seconds, limit=_VERIFY_SECONDS, note=note)
