"""A message written once: what it becomes on each account, and what a person is told of that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.composing import Composition, Notice, Own, assigned
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.links import EVERYWHERE, LinkRule
from chalicelib.domain.post import Attachment, Part
from chalicelib.domain.texts import Wording
from chalicelib.services import account_sets, composing, handles, link_rules, texts
from tests.world import START, World, make_world

WORDS = (Wording("en", "{place} opens. @[{who}]"), Wording("de", "{place} ist offen. @[{who}]"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


def said(world: World, *platforms: str, **message: Any) -> dict[str, Any]:
    """What each platform's account would say."""
    accounts = tuple(world.accounts[one].id for one in platforms or ("x", "mastodon", "bluesky"))
    composed = composing.compose(world.desk, world.workspace.id, Composition(accounts, **message))
    names = {account.id: name for name, account in world.accounts.items()}
    return {names[one.account]: one.body for one in composed.wishes}


def notices(world: World, **message: Any) -> list[tuple[str, Notice]]:
    accounts = tuple(one.id for one in world.accounts.values())
    composed = composing.compose(world.desk, world.workspace.id, Composition(accounts, **message))
    return [(one.pointer, one.notice) for one in composed.remarks]


def refused(world: World, **message: Any) -> str:
    with pytest.raises(InvalidField) as told:
        said(world, **message)
    assert told.value.fix
    return told.value.pointer


def test_one_text_for_all_and_another_for_one(world: World) -> None:
    mine = Own(world.accounts["x"].id, text="Short", language="de", pictures=())
    bodies = said(world, text="Longer", language="en", pictures=(Attachment("m1", "a door"),), own=(mine,))
    assert {name: body.text for name, body in bodies.items()} == {
        "x": "Short",
        "mastodon": "Longer",
        "bluesky": "Longer",
    }
    assert [bodies[one].language for one in ("x", "bluesky")] == ["de", "en"]
    assert [bodies[one].pictures for one in ("x", "bluesky")] == [(), (Attachment("m1", "a door"),)]


def test_a_set_stands_for_its_accounts_each_once(world: World) -> None:
    ids = [one.id for one in world.accounts.values()]
    made = account_sets.make(world.desk, world.caller, "All", ids, START)
    message = Composition((ids[1],), account_set=made.id, text="Hello")
    composed = composing.compose(world.desk, world.workspace.id, message)
    assert [one.account for one in composed.wishes] == [ids[1], ids[0], ids[2]]
    account_sets.retire(world.desk, world.caller, made.id, START)
    assert refused(world, account_set=made.id, text="Hello") == "/account_set"


def test_a_prepared_text_is_said_in_the_language_and_with_what_is_given(world: World) -> None:
    handles.make(world.desk, world.caller, "Ada", {"x": "@ada"}, START)
    text = texts.make(world.desk, world.caller, "Opening", WORDS, START)
    given = {"place": "The {hall}", "who": "Ada"}
    body = said(world, "x", prepared=text.id, variables=given, language="de-AT")["x"]
    assert (body.text, body.language) == ("The {hall} ist offen. @ada", "de")
    assert ("/variants/0", Notice.OTHER_LANGUAGE) in notices(world, prepared=text.id, variables=given, language="fr")
    assert refused(world, prepared=text.id, variables={"who": "Ada"}) == "/variables/place"
    texts.retire(world.desk, world.caller, text.id, START)
    assert refused(world, prepared=text.id, variables=given) == "/prepared"


def test_a_brace_is_a_brace_where_nothing_is_filled(world: World) -> None:
    assert said(world, "x", text="f = {x} }")["x"].text == "f = {x} }"
    assert refused(world, text="f = {x} }", variables={"x": "1"}) == "/variables"


def test_a_mention_is_each_platforms_handle_or_the_plain_name(world: World) -> None:
    handles.make(world.desk, world.caller, "Ada Lovelace", {"x": "@ada", "mastodon": "ada@social.example"}, START)
    message: dict[str, Any] = {"text": "Thanks @[ada lovelace]", "rest": (Part("And @[Ada Lovelace]"),)}
    bodies = said(world, **message)
    assert [one.text for one in bodies["mastodon"].parts] == ["Thanks @ada@social.example", "And @ada@social.example"]
    assert [one.text for one in bodies["bluesky"].parts] == ["Thanks Ada Lovelace", "And Ada Lovelace"]
    assert notices(world, **message) == [
        ("/variants/2/text", Notice.NO_HANDLE),
        ("/variants/2/rest/0/text", Notice.NO_HANDLE),
    ]


def test_a_name_that_nobody_entered_is_told_where_it_stands(world: World) -> None:
    mine = Own(world.accounts["x"].id, text="@[Bob]")
    assert refused(world, text="Hello", rest=(Part("fine"), Part("@[Bob]"))) == "/rest/1/text"
    assert refused(world, text="Hello", own=(mine,)) == "/own/0/text"
    assert refused(world, text="a", alternatives=("b", "@[Bob]")) == "/alternatives/1"


def test_who_is_struck_out_is_found_no_more_and_may_come_back(world: World) -> None:
    made = handles.make(world.desk, world.caller, "Ada", {"x": "ada"}, START)
    with pytest.raises(Conflict):
        handles.make(world.desk, world.caller, " ADA", {"x": "other"}, START)
    handles.retire(world.desk, world.caller, made.id, START)
    handles.retire(world.desk, world.caller, made.id, START)
    assert refused(world, text="@[Ada]") == "/text"
    assert '"ada"' not in world.record()
    with pytest.raises(NotFound):
        handles.edit(world.desk, world.caller, made.id, {"x": "ada"}, START)
    again = handles.make(world.desk, world.caller, "Ada", {"x": "ada2"}, START)
    assert [one.act for one in again.events] == ["create", "retire", "restore"]
    assert said(world, "x", text="@[Ada]")["x"].text == "@ada2"


def test_links_are_tagged_by_the_campaigns_rule_or_the_workspaces(world: World) -> None:
    rule = LinkRule(EVERYWHERE, world.workspace.id, ("OURS.example",), "social")
    link_rules.put(world.desk, world.caller, rule, START)
    text = "https://ours.example/a https://theirs.example/a"
    bodies = said(world, text=text, rest=(Part("https://ours.example"),))
    assert bodies["x"].text == "https://ours.example/a?utm_source=x&utm_medium=social https://theirs.example/a"
    assert bodies["bluesky"].rest[0].text == "https://ours.example?utm_source=bluesky&utm_medium=social"
    assert said(world, "x", text=bodies["x"].text)["x"].text == bodies["x"].text
    assert said(world, "x", text=text, tag_links=False)["x"].text == text
    with pytest.raises(NotFound):
        link_rules.put(world.desk, world.caller, LinkRule("nosuch", world.workspace.id, (), "social"), START)


@pytest.mark.parametrize(
    "host", ["", "localhost", "a..example", "ours.example/path", "https://ours.example", "*.example"]
)
def test_what_is_no_host_is_refused(world: World, host: str) -> None:
    with pytest.raises(InvalidField) as told:
        link_rules.put(world.desk, world.caller, LinkRule(EVERYWHERE, world.workspace.id, (host,), "social"), START)
    assert told.value.pointer == "/hosts/0"


def test_what_is_too_long_becomes_a_thread_where_that_is_wanted(world: World) -> None:
    long = "A sentence of some length that goes on. " * 12
    comment = Part("A last word")
    body = said(world, "x", text=long, rest=(comment,), split=True)["x"]
    assert all(len(one.text) <= 280 for one in body.parts)
    assert body.text.endswith(" 1/2")
    assert body.rest[-1] == comment
    assert said(world, "x", text=long)["x"].text == long
    assert ("/variants/0", Notice.SPLIT) in notices(world, text=long, split=True)
    assert refused(world, text="x" * 300, split=True) == "/text"


def test_wordings_go_round_evenly_and_never_by_chance(world: World) -> None:
    bodies = said(world, text="One", alternatives=("Two", "Three"))
    assert sorted(one.text for one in bodies.values()) == ["One", "Three", "Two"]
    assert said(world, text="One", alternatives=("Two", "Three")) == bodies
    assert assigned(("b", "a", "c"), 2) == (1, 0, 0)
    assert assigned(("b", "a", "c"), 2, turn=1) == (0, 1, 1)


@pytest.mark.parametrize(
    ("message", "pointer"),
    [
        ({"text": None}, "/text"),
        ({"text": "a", "own": (Own("stranger", "b"),)}, "/own/0/account"),
        ({"text": "a", "account_set": "nosuch"}, "/account_set"),
        ({"prepared": "nosuch"}, "/prepared"),
    ],
)
def test_what_cannot_be_composed(world: World, message: dict[str, Any], pointer: str) -> None:
    assert refused(world, **message) == pointer


def test_nothing_is_stored(world: World) -> None:
    before = world.record()
    said(world, text="Hello", split=True)
    assert world.record() == before


def test_wordings_must_agree_about_their_places(world: World) -> None:
    for wordings, pointer in (
        ((Wording("en", "{a"),), "/wordings/0/words"),
        ((Wording("en", "{a}"), Wording("de", "{b}")), "/wordings/1/words"),
        ((Wording("en", "a"), Wording("EN", "b")), "/wordings/1/language"),
    ):
        with pytest.raises(InvalidField) as told:
            texts.make(world.desk, world.caller, "T", wordings, START)
        assert told.value.pointer == pointer
