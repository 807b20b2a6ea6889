"""In which language a reply is said: the one that the message was read to be in, as far as anybody speaks it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.interaction import Interaction
from chalicelib.domain.texts import Wording
from chalicelib.services import bodies, matters, replies, suggesting
from chalicelib.services.matter import Matter
from tests.services.test_answering import answer_of, said_now, under
from tests.services.test_moderating import PRAISE
from tests.world import World

BOTH = [Wording("de", "Danke, das freut uns!"), Wording("en", "Thank you, how kind!")]


def praised(world: World) -> Interaction:
    replies.make(world.desk, world.caller, "praise", BOTH, world.clock.now())
    return said_now(world, PRAISE, 1, language="de")


def read_as(world: World, one: Interaction, language: str | None) -> Matter:
    """The matter as it would be, had its text been read to be in another language."""
    assert one.decision is not None
    assert one.decision.figures is not None
    figures = replace(one.decision.figures, language=language)
    (matter,) = matters.load(world.desk, world.workspace.id, [one], world.clock.now())
    return replace(matter, interaction=replace(one, decision=replace(one.decision, figures=figures)))


def test_an_answer_is_in_the_language_that_was_read_whatever_the_platform_says(world: World) -> None:
    said = bodies.body_of(world.desk, answer_of(world, praised(world)))
    assert said.text.startswith("Thank you, how kind!")
    assert said.language == "en"


def test_a_person_is_offered_the_words_in_the_members_language_and_a_machine_only_what_the_guideline_speaks(
    world: World,
) -> None:
    one = praised(world)
    template = replies.named(world.desk, world.workspace.id, "praise")
    german = read_as(world, one, "de")
    assert replies.wording(template, german, by_machine=False).language == "de"
    assert replies.wording(template, german, by_machine=True).language == "en"
    untold = read_as(world, one, None)
    assert replies.wording(template, untold, by_machine=False).language == "en"


def test_what_was_suggested_is_in_the_language_that_was_read(world: World) -> None:
    under(world, mode="suggest")
    (found,) = suggesting.suggestions(world.desk, world.workspace.id, praised(world).id, world.clock.now())
    assert found.text == "Thank you, how kind!"


def test_where_nobody_speaks_its_language_a_person_gets_the_first_words_and_a_machine_says_so(world: World) -> None:
    one = praised(world)
    template = replace(replies.named(world.desk, world.workspace.id, "praise"), wordings=(BOTH[0],))
    matter = read_as(world, one, "fr")
    with pytest.raises(replies.Unsayable, match="no wording in this language"):
        replies.wording(template, matter, by_machine=True)
    silent = replace(matter, guideline=replace(matter.guideline, languages=()))
    assert replies.wording(template, silent, by_machine=False).language == "de"
