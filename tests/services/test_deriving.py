"""What was decided follows from its record alone, whatever was said, under whatever guideline, also once the words are gone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.labels import TriageAction
from chalicelib.domain.rationale import Actor, Rationale
from chalicelib.domain.triage import derived
from chalicelib.domain.workspace import SecondOpinions
from chalicelib.services import deriving, guidelines_yaml, second_opinions, triaging
from connectors.capabilities import InteractionKind
from tests.services import test_ruling_by_clause as ruling
from tests.services.guiding import live_under
from tests.services.test_corrections import drafted, in_force
from tests.services.test_moderating import INSULT, PRAISE, heard, now_of
from tests.services.test_second_opinions import LABELS, Reader
from tests.services.test_shadowing import shadowed, taught
from tests.signals.test_correcting import FREEST, STRICTEST
from tests.world import World, make_world

TEXTS = (
    PRAISE,
    INSULT,
    ruling.ADVERT,
    "When do you open on Sunday?",
    "I want a refund or I call my lawyer.",
    "I will find you and kill you.",
    "Free coins at discord.gg/coins, or I will kill you.",
    "call me: +49 30 901820",
    "Vielen Dank!",
    "\N{SLIGHTLY SMILING FACE}",
    "",
)
NOTHING_FIRED = Rationale("of another message", Actor.worker("triage"))
TAUGHT = (FREEST, STRICTEST)
MODES = ("suggest", "hold", "send")
GUIDELINES = {
    **guidelines_yaml.starters(),
    **{mode: guidelines_yaml.starter().replace("answers:\n", f"answers:\n  mode: {mode}\n") for mode in MODES},
    "adverts": ruling.GUIDELINE.replace("{VERB}", "hide").replace("{MORE}", "author: {first_message: true}"),
}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_decision_follows_from_its_record(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        world = make_world(Path(folder))
        live_under(world, GUIDELINES[data.draw(st.sampled_from(sorted(GUIDELINES)))], "drawn")
        if data.draw(st.booleans()):
            figure = data.draw(st.integers(0, 1000))
            world.desk = replace(world.desk, second=Reader(dict.fromkeys(sorted(LABELS), figure)))
            second_opinions.switch(world.desk, world.caller, SecondOpinions(1_000, 1_000_000), world.clock.now())
        if data.draw(st.booleans()):
            in_force(world, drafted(world, data.draw(st.sampled_from(TAUGHT))))
        if data.draw(st.booleans()):
            shadowed(world)
            taught(world, -3000)
        for number in range(1, data.draw(st.integers(1, 4)) + 1):
            one = heard(
                world,
                data.draw(st.sampled_from(TEXTS) | st.text(max_size=80)),
                number,
                kind=data.draw(st.sampled_from(list(InteractionKind))),
                conversation_id=data.draw(st.sampled_from(["t1", "t2"])),
            )
            triaging.triage(world.desk, world.workspace.id, one.id, world.clock.now())
            one = now_of(world, one.id)
            world.desk.store.table.transact(world.desk.store.contents.purges(one))
            assert one.decision is not None
            again = derived(
                one.decision, world.desk.guideline_of(world.workspace.id, one.decision.guideline), kind=one.kind
            )
            assert replace(again, rationale=one.decision.rationale) == one.decision
            assert one.decision.rationale.why.startswith(again.rationale.why)
            assert deriving.followed(world.desk, one) == deriving.Followed(follows=True)


def test_what_was_decided_otherwise_than_its_record_says_is_seen(world: World) -> None:
    one = heard(world, INSULT)
    assert one.decision is not None
    assert deriving.followed(world.desk, replace(one, decision=None)).why_not == "nothing was decided about it yet"
    older = deriving.followed(world.desk, replace(one, decision=replace(one.decision, figures=None)))
    assert (older.follows, "an older release" in (older.why_not or "")) == (None, True)
    gone = deriving.followed(world.desk, replace(one, decision=replace(one.decision, guideline="cafe00000000")))
    assert gone == deriving.Followed(
        None, "guideline version cafe00000000, by which it was decided, is gone from the record"
    )
    turned = replace(one.decision, action=TriageAction.IGNORE)
    assert deriving.followed(world.desk, replace(one, decision=turned)).follows is False
    assert one.decision.figures is not None
    milder = replace(one.decision, figures=replace(one.decision.figures, labels={}), rationale=NOTHING_FIRED)
    assert deriving.followed(world.desk, replace(one, decision=milder)).follows is False
