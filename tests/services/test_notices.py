"""Whoever was moderated may be told, by a person and once: what was done, under which clause, and how to object."""

from __future__ import annotations

import pytest

from chalicelib.domain.errors import Conflict, InvalidField
from chalicelib.domain.ruling import Ruling, RulingState
from chalicelib.domain.texts import Wording
from chalicelib.services import moderating, notices, publishing, replies
from tests.services import test_ruling_by_clause as by_clause
from tests.services.guiding import SMALL, live_under
from tests.services.test_moderating import claim, heard, kept, ruled, work
from tests.world import World


def hidden(world: World, action: str = "hide") -> Ruling:
    """Something that was said, and done with it what a person decided."""
    ruling = ruled(world, heard(world), action)
    assert work(world, ruling) is RulingState.DONE
    return ruling


def offered(world: World, ruling: Ruling) -> notices.Offer:
    return notices.offered(world.desk, world.workspace.id, ruling.id)


def send(world: World, ruling: Ruling, text: str | None = None) -> Ruling:
    return notices.send(world.desk, world.caller, ruling.id, text, world.clock.now())


def said(world: World) -> list[str]:
    return [text for text, _, _ in world.platforms["mastodon"].posted]


def published(world: World, ruling: Ruling) -> None:
    publishing.publish(world.desk, world.workspace.id, kept(world, ruling).notice or "")


def test_the_words_say_what_was_done_under_which_clause_and_how_to_object(world: World) -> None:
    found = offered(world, hidden(world))
    wording = world.desk.guideline(world.desk.workspace(world.workspace.id)).clauses[0].wording
    assert found.text is not None
    assert found.text.startswith("We have hidden this message of yours under our guideline: ")
    assert wording[:40] in found.text
    assert "If you think that this is wrong, say so" in found.text
    assert "automatically" not in found.text
    assert len(found.text) <= 280
    assert (found.why_not, found.variant) == (None, None)
    assert said(world) == []


def test_it_is_said_once_by_a_person_under_the_message_and_the_ruling_says_so(world: World) -> None:
    ruling = hidden(world)
    words = offered(world, ruling).text
    told = send(world, ruling)
    assert send(world, ruling, "something else").notice == told.notice
    published(world, ruling)
    ((text, _, answers),) = world.platforms["mastodon"].posted
    assert (text, answers and answers.id) == (words, "ref-1")
    event = kept(world, ruling).events[-1]
    assert (event.act, event.actor.is_person) == ("notice", True)
    assert "the member is told of it; clauses: " in event.why
    after = offered(world, ruling)
    assert (after.why_not, after.variant) == ("the member was told already", told.notice)


def test_the_words_may_be_changed_and_what_cannot_be_said_there_is_refused(world: World) -> None:
    ruling = hidden(world)
    with pytest.raises(InvalidField, match="280") as refused:
        send(world, ruling, "x" * 281)
    assert refused.value.pointer == "/text"
    assert kept(world, ruling).notice is None
    send(world, ruling, "Please be kinder. Write to us if that was wrong.")
    published(world, ruling)
    assert said(world) == ["Please be kinder. Write to us if that was wrong."]


@pytest.mark.parametrize(("action", "why"), [("block", "nobody is told"), ("report", "nobody is told")])
def test_who_is_not_reached_there_is_not_told_there(world: World, action: str, why: str) -> None:
    ruling = hidden(world, action)
    found = offered(world, ruling)
    assert found.text is None
    assert why in (found.why_not or "")
    with pytest.raises(Conflict, match=why):
        send(world, ruling)


def test_what_was_not_done_or_was_undone_is_not_told(world: World) -> None:
    ruling = ruled(world, heard(world))
    with pytest.raises(Conflict, match="the ruling is asked"):
        send(world, ruling)
    work(world, ruling)
    moderating.undo(world.desk, world.caller, ruling.id, "too strict", world.clock.now())
    with pytest.raises(Conflict, match="the ruling is undoing"):
        send(world, ruling)
    assert said(world) == []


def test_what_a_clause_did_by_itself_is_said_to_be_automatic_and_told_by_nobody_but_a_person(world: World) -> None:
    by_clause.live(world)
    ruling = by_clause.ruling_of(world, by_clause.heard(world))
    by_clause.enforce(world, ruling)
    found = offered(world, ruling)
    assert found.text is not None
    assert '"Newcomers do not advertise other places."' in found.text
    assert "It was done automatically." in found.text
    assert said(world) == []


def test_a_workspace_has_words_of_its_own_in_the_members_language(world: World) -> None:
    wordings = [
        Wording("en", "Hidden.{% if clause %} {{ clause }}{% endif %}"),
        Wording("de", "Ausgeblendet.{% if clause %} {{ clause }}{% endif %}"),
    ]
    replies.make(world.desk, world.caller, "notice-hide", wordings, world.clock.now())
    one = heard(world, language="de")
    ruling = ruled(world, one)
    work(world, ruling)
    assert (offered(world, ruling).text or "").startswith("Ausgeblendet. ")


def under_wish(world: World, wish: str, action: str = "hide") -> Ruling:
    """Something that was hidden by a person, under a clause with such a wish."""
    live_under(world, SMALL.replace("insult: 700", "insult: 500") + f"    notify: {wish}\n")
    one = heard(world)
    claim(world, one)
    under = moderating.Wish(action, "it is rude", ("rude",))
    ruling = moderating.moderate(world.desk, world.caller, one.id, under, world.clock.now())
    assert work(world, ruling) is RulingState.DONE
    return ruling


def test_a_clause_has_the_member_told_in_words_of_its_own(world: World) -> None:
    replies.make(
        world.desk, world.caller, "be-kind", [Wording("en", "Hidden: {{ brand }} is kind.")], world.clock.now()
    )
    ruling = under_wish(world, "be-kind")
    assert (offered(world, ruling).text or "").startswith("Hidden: ")
    assert said(world) == []
    with pytest.raises(Conflict, match="speaks with it"):
        replies.retire(world.desk, world.caller, "be-kind", world.clock.now())
    send(world, ruling)
    published(world, ruling)
    assert [text.startswith("Hidden: ") for text in said(world)] == [True]


def test_a_clause_has_nobody_told_and_then_nobody_is(world: World) -> None:
    ruling = under_wish(world, "false")
    found = offered(world, ruling)
    assert (found.text, found.why_not) == (None, "clause rude of the guideline has nobody told")
    with pytest.raises(Conflict, match="nobody told"):
        send(world, ruling, "You were hidden.")
    assert kept(world, ruling).notice is None


def test_shipped_words_tell_of_what_was_really_done(world: World) -> None:
    text = offered(world, under_wish(world, "notice-remove")).text
    assert (text or "").startswith('We have hidden this message of yours under our guideline: "No insults."')
