"""The inbox and the dead letters: what is shown to whom, and that two clicks are one."""

from typing import Any

import pytest

from regulars.audit import AuditRow
from regulars.work import Leased, WorkRow
from regulars_webhooks.inbox import InboxRow
from tests.admin.house import House, desk_of
from tests.world import World


def state_of(world: World, house: House, drain: str) -> str:
    table: Any = InboxRow if drain == "inbox" else WorkRow
    name = "message_id" if drain == "inbox" else "work_id"
    row: Leased | None = world.reads(lambda session: session.get(table, (house.shop.id, house.ids[name])))
    assert row is not None
    return row.state


def acts(world: World, house: House) -> list[str]:
    """What was written down about dead letters."""
    found = world.reads(lambda session: session.query(AuditRow).filter_by(shop_id=house.shop.id).all())
    return [row.action for row in found if row.action.startswith("deadletter.")]


@pytest.mark.parametrize("drain", ["inbox", "work"])
def test_two_clicks_on_replay_are_one(drain: str, world: World, house: House) -> None:
    desk = desk_of(world, "lead")
    row_id = house.ids["message_id" if drain == "inbox" else "work_id"]
    clicks = [desk.send(house.path(f"dead-letters/{drain}/{row_id}/replay")) for _ in range(2)]
    assert [click.headers["Location"].rpartition("said=")[2] for click in clicks] == ["replayed", "was_changed"]
    assert state_of(world, house, drain) == "ready"
    assert sorted(acts(world, house)) == ["deadletter.not_replayed", "deadletter.replayed"]


@pytest.mark.parametrize("drain", ["inbox", "work"])
def test_two_clicks_on_discard_are_one(drain: str, world: World, house: House) -> None:
    desk = desk_of(world, "lead")
    row_id = house.ids["message_id" if drain == "inbox" else "work_id"]
    for _ in range(2):
        desk.send(house.path(f"dead-letters/{drain}/{row_id}/discard"))
    assert state_of(world, house, drain) == "discarded"
    assert sorted(acts(world, house)) == ["deadletter.discarded", "deadletter.not_discarded"]


def test_who_replayed_is_written_down(world: World, house: House) -> None:
    desk_of(world, "lead").send(house.path(f"dead-letters/inbox/{house.ids['message_id']}/replay"))
    found = world.reads(
        lambda session: session.query(AuditRow).filter_by(action="deadletter.replayed", shop_id=house.shop.id).one()
    )
    assert found.actor not in ("operator", "system")


def test_a_letter_that_is_not_there_is_not_found(world: World, house: House) -> None:
    desk = desk_of(world, "lead")
    for drain in ("inbox", "work", "customers"):
        assert desk.send(house.path(f"dead-letters/{drain}/nobody/replay")).status_code == 404


def test_the_list_says_why_each_letter_is_dead(world: World, house: House) -> None:
    page = desk_of(world, "lead").text(house.path("dead-letters/"))
    assert page.count("unusable: the body is unparseable") == 2


def test_an_owner_reads_the_raw_body_with_every_digit(world: World, house: House) -> None:
    house.shop.sends("orders/paid", b'{"id":12345678901234567890,"total":10.10}')
    desk = desk_of(world, "owner")
    path = message_path(world, house, "orders/paid", number=1)
    assert "&#34;id&#34;: 12345678901234567890" in desk.text(f"{path}/body")
    assert "10.10" in desk.text(f"{path}/body")


def message_path(world: World, house: House, topic: str, number: int = 0) -> str:
    rows = world.reads(
        lambda session: (
            session.query(InboxRow.id)
            .filter_by(shop_id=house.shop.id, topic=topic)
            .order_by(InboxRow.delivery_id.desc())
            .all()
        )
    )
    return house.path(f"inbox/{rows[1 - number][0]}")


def test_a_lead_is_told_that_owners_can_read_the_body(world: World, house: House) -> None:
    page = desk_of(world, "lead").text(house.path(f"inbox/{house.ids['message_id']}"))
    assert "owners can read it" in page


def test_a_body_that_is_no_json_is_shown_as_it_came(world: World, house: House) -> None:
    page = desk_of(world, "owner").text(house.path(f"inbox/{house.ids['message_id']}/body"))
    assert "<code>{</code>" in page


def test_a_message_leads_to_the_customer_it_concerns(world: World, house: House) -> None:
    house.shop.customer_pays("bea", "20.00")
    desk = desk_of(world, "lead")
    path = message_path(world, house, "orders/paid", number=1)
    assert house.path(f"customers/{house.shop.id_of('bea')}") in desk.text(path)


def test_the_inbox_is_filtered(world: World, house: House) -> None:
    desk = desk_of(world, "lead")
    expected = {"state=dead": 1, "about=orders/paid": 1, "about=nothing": 0, "": 2}
    counts = {query: desk.text(house.path(f"inbox/?{query}")).count('<th scope="row">') for query in expected}
    assert counts == expected


def test_work_is_counted_by_kind_and_state(world: World, house: House) -> None:
    page = desk_of(world, "lead").text(house.path("work/"))
    assert "messaging.send" in page
