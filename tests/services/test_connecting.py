"""A sign-in's two halves: for one member, for ten minutes, for one use; nothing that is secret lies open or comes out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.access import Role
from chalicelib.domain.account import AccountState
from chalicelib.domain.errors import Conflict, InvalidField, NotFound, RemoteRefused, RemoteUnavailable
from chalicelib.domain.handshake import HandshakeState
from chalicelib.domain.post import VariantState
from chalicelib.services import accounts, connecting, ticking
from chalicelib.services.connecting import Begun
from chalicelib.services.signing_in import credential_in, secrets_of
from tests.services.doubles import publish
from tests.world import World

TEN_MINUTES = 600


def begin(world: World, platform: str = "mastodon", only: str | None = None) -> Begun:
    return connecting.begin(world.desk, world.caller, platform, None, world.clock.now(), only)


def finish(world: World, begun: Begun, code: str = "code", **other: str) -> str:
    world.platforms[begun.handshake.platform].codes.setdefault("code", "a-token")
    given = {"state": begun.state, **other}
    return connecting.finish(
        world.desk, world.caller, begun.handshake.id, given["state"], code, world.clock.now(), given.get("identifier")
    ).id


def state(world: World, begun: Begun) -> HandshakeState:
    found = world.desk.store.handshakes.get(world.workspace.id, begun.handshake.id)
    assert found is not None
    return found.state


def test_a_person_who_comes_back_has_signed_the_account_in(world: World) -> None:
    begun = begin(world)
    assert begun.state in str(begun.url)
    assert finish(world, begun) == world.accounts["mastodon"].id
    assert state(world, begun) is HandshakeState.DONE


def test_the_same_code_comes_twice_and_is_exchanged_once(world: World) -> None:
    begun = begin(world)
    finish(world, begun)
    with pytest.raises(Conflict, match="done"):
        finish(world, begun)
    assert world.platforms["mastodon"].exchanges == 1


@pytest.mark.parametrize("code", ["wrong", "busy"])
def test_a_code_that_was_tried_is_never_tried_again(world: World, code: str) -> None:
    begun = begin(world)
    with pytest.raises((RemoteRefused, RemoteUnavailable)) as told:
        finish(world, begun, code)
    assert "again" in told.value.fix
    with pytest.raises(Conflict):
        finish(world, begun)
    assert world.platforms["mastodon"].exchanges == 1
    assert state(world, begun) is HandshakeState.FAILED


def test_another_state_is_refused_and_costs_nothing(world: World) -> None:
    begun = begin(world)
    with pytest.raises(InvalidField):
        finish(world, begun, state=f"{begun.state}x")
    assert world.platforms["mastodon"].exchanges == 0
    finish(world, begun)


def test_it_is_the_members_who_began_and_the_workspaces(world: World) -> None:
    begun = begin(world)
    now, one = world.clock.now(), begun.handshake.id
    for caller in (world.by(Role.MANAGER, "another"), replace(world.caller, workspace="elsewhere")):
        with pytest.raises(NotFound):
            connecting.finish(world.desk, caller, one, begun.state, "code", now)


def test_it_is_over_after_ten_minutes_and_what_was_sealed_is_gone(world: World) -> None:
    begun = begin(world)
    world.clock.move(TEN_MINUTES)
    with pytest.raises(Conflict, match="too long"):
        finish(world, begun)
    assert "HANDSHAKESECRET" in world.record()
    ticking.tick(world.desk, world.clock.now())
    assert state(world, begun) is HandshakeState.EXPIRED
    assert "HANDSHAKESECRET" not in world.record()


def test_neither_state_nor_verifier_nor_credential_lies_open(world: World) -> None:
    begun = begin(world)
    assert begun.state not in world.record()
    assert "secret-verifier" not in world.record()
    finish(world, begun)
    assert "a-token" not in world.record()
    assert "secret-of-the-app" not in world.record()
    assert begun.state not in repr(begun)


def test_an_instance_hears_of_our_app_once_and_again_where_it_has_forgotten_it(world: World) -> None:
    for _ in range(2):
        finish(world, begin(world))
    assert world.platforms["mastodon"].registered == 1
    with pytest.raises(RemoteRefused):
        finish(world, begin(world), "forgotten")
    finish(world, begin(world))
    assert world.platforms["mastodon"].registered == 2


def test_a_platform_without_an_app_of_ours_names_the_setting(world: World) -> None:
    world.desk = replace(world.desk, policy=replace(world.desk.policy, apps={}))
    with pytest.raises(InvalidField) as told:
        begin(world, "x")
    assert "PARLEY_APP_X_CLIENT_ID" in told.value.fix
    ways = {one.platform: one.lacks for one in connecting.ways(world.desk)}
    assert ways == {"x": ("PARLEY_APP_X_CLIENT_ID",), "mastodon": (), "bluesky": ()}


@pytest.mark.parametrize("address", ["https://elsewhere.example", "http://169.254.169.254", "https://x.example@evil"])
def test_no_address_is_asked_that_is_not_on_the_list(world: World, address: str) -> None:
    with pytest.raises(InvalidField, match="list"):
        connecting.begin(world.desk, world.caller, "mastodon", address, world.clock.now())


def test_a_password_needs_to_say_whose_it_is(world: World) -> None:
    begun = begin(world, "bluesky")
    assert begun.url is None
    with pytest.raises(InvalidField):
        finish(world, begun)
    assert finish(world, begun, identifier="us.example") == world.accounts["bluesky"].id


def test_signing_a_known_account_in_again_takes_no_other_for_it(world: World) -> None:
    account = world.accounts["x"]
    begun = begin(world, "x", account.id)
    world.platforms["x"].who, world.platforms["x"].handle = "somebody-else", "their-desk"
    with pytest.raises(Conflict, match="their-desk"):
        finish(world, begun)
    world.platforms["x"].who = "us"
    assert finish(world, begin(world, "x", account.id)) == account.id
    with pytest.raises(InvalidField):
        begin(world, "mastodon", account.id)


def test_a_new_secret_of_our_app_reaches_accounts_that_were_signed_in_before(world: World) -> None:
    world.platforms["x"].codes["code"] = "a-token"
    account = world.accounts["x"]
    credential = {"token": "t", "client_id": "ours", "client_secret": "old"}
    accounts.connect(world.desk, world.caller, "x", credential, None, world.clock.now())
    apps = {"x": {"client_id": "ours", "client_secret": "new"}}
    world.desk = replace(world.desk, policy=replace(world.desk.policy, apps=apps))
    assert credential_in(world.desk, account, secrets_of(world.desk, account))["client_secret"] == "new"


def test_who_disconnects_gives_the_right_back_and_may_come_again(world: World) -> None:
    account, waiting = world.accounts["x"], world.schedule("x")
    left = connecting.disconnect(world.desk, world.caller, account.id, "no longer ours", world.clock.now())
    assert left.state is AccountState.DISABLED
    assert world.platforms["x"].revoked == ["secret-of-x"]
    assert world.desk.store.sealed(world.workspace.id, "CREDENTIAL", account.id) is None
    with pytest.raises(Conflict):
        connecting.disconnect(world.desk, world.caller, account.id, "again", world.clock.now())

    assert publish(world, waiting) is VariantState.HELD
    assert finish(world, begin(world, "x")) == account.id
    assert world.variant(waiting.id).state is VariantState.SCHEDULED
