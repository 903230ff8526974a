"""Whether the work gets done: the clock, what waits too long, what nobody could do, the seals, the shops."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from regulars import clock, program, runtime, shops, vitals
from regulars.db import all_shops, reading
from regulars.doctoring.checks import some
from regulars.errors import SettingsError
from regulars.shops import Shop, Source

_DUE_SECONDS = 600.0
_SEAL_SECONDS = 2 * 86_400.0


def ticks() -> str | None:
    """The clock process writes periodic work every ten minutes."""
    with all_shops("metrics"), reading() as session:
        missed = vitals.shops_without_clock(session, clock.now())
    return f"nobody wrote periodic work in the last ten minutes for {some(missed)}" if missed else None


def lag() -> str | None:
    """Due rows are done within seconds; minutes mean that nobody works."""
    now = clock.now()
    with all_shops("metrics"), reading() as session:
        waits = {drain.name: vitals.waiting(session, drain, now) for drain in runtime.current().drains}
    late = [
        f"{name}: {one.oldest_seconds / 60:.0f} minutes"
        for name, one in waits.items()
        if one.oldest_seconds > _DUE_SECONDS
    ]
    return f"the oldest due row waits too long ({', '.join(late)})" if late else None


def dead_letters() -> str | None:
    """What could not be done and waits for a person."""
    with all_shops("metrics"), reading() as session:
        counts = {drain.name: vitals.dead(session, drain) for drain in runtime.current().drains}
    total = sum(counts.values())
    said = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    return f"{total} wait for a person ({said})" if total else None


def unknown_outcomes() -> str | None:
    """What left and got no answer."""
    with all_shops("metrics"), reading() as session:
        count = vitals.unknown_outcomes(session)
    return f"{count} left and got no answer" if count else None


def seals() -> str | None:
    """Each night the heads of all accounts are signed; without it tampering would be found later."""
    with all_shops("metrics"), reading() as session:
        old = [
            f"{key} ({age / 86_400:.0f} days)"
            for key, age in vitals.seal_ages(session, clock.now())
            if age > _SEAL_SECONDS
        ]
    return f"not sealed for two days or more: {some(old)}" if old else None


def verified() -> str | None:
    """What the last `regulars verify` said."""
    with all_shops("metrics"), reading() as session:
        last = vitals.last_verification(session)
    return (
        None
        if last is None or last[1]
        else f"the last `regulars verify`, {last[0]:%Y-%m-%d %H:%M} UTC, found something wrong"
    )


def endpoints() -> str | None:
    """Who asked for our webhooks and is gone."""
    with all_shops("metrics"), reading() as session:
        silent = [f"{url} ({key})" for key, url in vitals.disabled_endpoints(session)]
    return f"switched off because they are gone: {some(silent)}" if silent else None


def fed() -> str | None:
    """A shop that nobody feeds learns nothing."""
    with reading() as session:
        hungry = [shop.key for shop in _active(session) if not _feeds(session, shop)]
    return f"nothing feeds {some(hungry)}" if hungry else None


def programs() -> str | None:
    """Without a program nothing earns points."""
    with reading() as session:
        without = [shop.key for shop in _active(session) if not program.programs(session, shop.id).versions]
    return f"no program is published for {some(without)}" if without else None


def secrets() -> str | None:
    """A source whose secret does not open refuses every webhook."""
    with reading() as session:
        shut = [f"{shop.key}/{kind}" for shop in _active(session) for kind in _shut(session, shop)]
    return f"the stored secret does not open for {some(shut)}" if shut else None


def zones() -> str | None:
    """A zone this machine does not know stops the shop's clock."""
    with reading() as session:
        lost = [f"{shop.key} ({shop.timezone})" for shop in _active(session) if not _known(shop.timezone)]
    return f"unknown time zone: {some(lost)}" if lost else None


def _active(session: Session) -> list[Shop]:
    with all_shops("metrics"):
        return list(session.scalars(select(Shop).where(Shop.state == "active").order_by(Shop.key)))


def _feeds(session: Session, shop: Shop) -> bool:
    some_source = session.scalar(select(Source.id).where(Source.shop_id == shop.id).limit(1))
    return bool(some_source or shops.app_secrets(session, shop.platform, clock.now()))


def _shut(session: Session, shop: Shop) -> Iterator[str]:
    keyring = runtime.current().keyring
    for source in session.scalars(select(Source).where(Source.shop_id == shop.id)):
        try:
            keyring.open(source.secret_sealed, shop.id, f"sources.secret:{source.id}")
        except SettingsError:
            yield source.kind


def _known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True
