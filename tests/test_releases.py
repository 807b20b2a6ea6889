"""The records that earlier releases left behind: opened and read by the present code, and how one is made."""

from __future__ import annotations

import json
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from chalicelib import VERSION, settings
from chalicelib.domain.access import Role
from chalicelib.domain.campaign import CampaignState
from chalicelib.domain.feed import FeedState
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.imports import Import
from chalicelib.domain.media import Rendition
from chalicelib.domain.post import HalfSent, VariantState
from chalicelib.domain.series import Series
from chalicelib.ports import EngineUnusable, Key
from chalicelib.services import (
    approving,
    blackouts,
    bodies,
    braking,
    calendars,
    campaigns,
    curating,
    drafting,
    events,
    handles,
    holding,
    importing,
    link_rules,
    occurring,
    queueing,
    series,
    texts,
)
from chalicelib.services.handing_over import Handovers, HandoverState
from chalicelib.services.ingesting import target_of
from chalicelib.services.signing_in import connector_for, seal_context
from chalicelib.store import keys, ledgers
from chalicelib.store.codec import decode
from chalicelib.store.repositories import Repositories
from chalicelib.store.store import Store
from local.release.__main__ import RELEASES, leave, main
from tests.releases import MINUTE, RECORDS, Left, everything, id_of, since, taken_up, workspace_of

left = pytest.fixture(params=RECORDS, ids=lambda path: path.stem)(taken_up)


def test_the_present_release_has_left_its_record() -> None:
    assert f"{VERSION}.sqlite" in {one.name for one in RECORDS}, "make it: python -m local.release"
    for record in RECORDS:
        assert record.with_suffix(".key").exists()
        assert record.stat().st_size < (300_000 if record.stem < "0.4.0" else 600_000)
    assert not [one.name for one in RELEASES.iterdir() if one.suffix not in {".sqlite", ".key", ".md"}]


# --- reading ---------------------------------------------------------------------------------------------------------

NOUNS = {
    "WORKSPACE": "workspaces",
    "MEMBER": "members",
    "ACCOUNT": "accounts",
    "CAMPAIGN": "campaigns",
    "POST": "posts",
    "VARIANT": "variants",
    "BRAKE": "brakes",
    "INTERACTION": "interactions",
    "REVIEW": "reviews",
    "ESCALATION": "escalations",
    "DIGEST": "digests",
    "MEDIA": "media",
    "COMMENT": "comments",
    "LINK": "review_links",
    "SERIES": "series",
    "EVENT": "events",
    "BLACKOUT": "blackouts",
    "SLOTS": "slots_of",
    "TEXT": "texts",
    "HANDLE": "handles",
    "ACCOUNTSET": "account_sets",
    "LINKRULE": "link_rules",
    "EVERGREEN": "evergreens",
    "FEED": "feeds",
    "IMPORT": "imports",
    "CALENDAR": "calendars",
    "RULING": "rulings",
    "HANDSHAKE": "handshakes",
    "INCIDENT": "incidents",
    "HOOK": "hooks",
    "REPLY": "replies",
    "REPLAY": "replays",
}
BESIDE = {
    *(
        "SCHEMA",
        "TOKEN",
        "GUIDELINE",
        "BODY",
        "CONTENT",
        "SAID",
        "EVIDENCE",
        "TALLY",
        "SAMPLE",
        "IDENTITY",
        "CREDENTIAL",
        "SESSION",
        "READING",
        "SLOT",
        "TOUCH",
    ),
    *("ANSWERS", "BUDGET", "BOUND", "USED", "FIT", "HANDOVERS", "TAKEN", "SPEND", "FEEDREADING", "PART", "PROGRESS"),
    *("HANDSHAKESECRET", "APP", "PROBE", "HOOKSECRET", "DELIVERIES", "OWN", "CONTEXT", "PLACE", "NAMED", "PLAN"),
    *("CHANGE", "CORRECTION", "LESSON", "DAY", "SECOND"),
}
STATELESS = {"CAMPAIGN": "running", "EVERGREEN": "active"}
"""As what a noun is read that was kept without a state: an older release had none, or it is the default."""
SINCE = {
    "0.2.0": {"BRAKE", "BUDGET", "BOUND"},
    "0.4.0": {
        *list(NOUNS)[26:],
        *("SAID", "EVIDENCE", "TALLY", "SAMPLE", "HANDSHAKESECRET", "APP", "PROBE", "HOOKSECRET", "DELIVERIES", "OWN"),
        *("CONTEXT", "PLACE", "NAMED", "PLAN", "CHANGE", "CORRECTION", "LESSON", "DAY", "SECOND"),
    },
    "0.3.0": {*list(NOUNS)[11:26], "USED", "FIT", "HANDOVERS", "TAKEN", "SPEND", "FEEDREADING", "PART", "PROGRESS"},
}
"""What came with a release, and is in no earlier one's record."""
UNTIL = {"0.3.0": {"CONTENT"}}
"""What a release kept last: it is read where it lies, and written no more."""


def kinds_of(release: str) -> set[str]:
    """How the places in a release's record begin."""
    later = [new for first, new in SINCE.items() if first > release]
    return (NOUNS.keys() | BESIDE).difference(*later, *(old for last, old in UNTIL.items() if last < release))


def test_every_noun_reads_back_through_its_repository(left: Left) -> None:
    kinds = {one["sk"].partition("#")[0] for one in left.items}
    assert kinds == kinds_of(left.release)
    for kind in NOUNS.keys() & kinds:
        for item in left.of(kind):
            found = getattr(left.desk.store, NOUNS[kind]).get(workspace_of(item), id_of(item))
            assert found is not None
            assert (found.id, found.workspace, found.rev) == (id_of(item), workspace_of(item), item["rev"])
            assert item.get("id", found.id) == found.id
            assert str(getattr(found, "state", None)) == str(item.get("state", STATELESS.get(kind)))
            told = {"workspace": found.workspace, "subject": f"{kind.lower()}:{found.id}"}
            assert [one.fields() for one in found.events] == [{**told, **one} for one in item["events"]]


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        (
            "VARIANT",
            {"published", "scheduled", "sending", "needs_review", "held", "failed", "missed", "cancelled", "closed"},
        ),
        ("INTERACTION", {"new", "ignored", "answering", "answered", "in_review", "escalated", "resolved"}),
        ("REVIEW", {"open", "claimed", "resolved"}),
        ("ESCALATION", {"open", "told"}),
        ("DIGEST", {"due", "sent"}),
        ("ACCOUNT", {"active", "needs_reconnect"}),
    ],
)
def test_the_record_holds_each_noun_in_several_states(left: Left, kind: str, states: set[str]) -> None:
    assert {one["state"] for one in left.of(kind)} >= states


def test_the_lists_that_people_read_are_filled(left: Left) -> None:
    store = left.desk.store
    for kind, shelf in [
        ("POST", "POSTS"),
        ("INTERACTION", "INBOX"),
        ("ESCALATION", "ESCALATIONS"),
        ("DIGEST", "DIGESTS"),
        ("MEDIA", "MEDIA"),
        ("IMPORT", "IMPORTS"),
        ("TEXT", "TEXTS"),
        ("HANDLE", "HANDLES"),
        ("ACCOUNTSET", "ACCOUNTSETS"),
        ("EVERGREEN", "EVERGREENS"),
    ]:
        listed = getattr(store, NOUNS[kind]).listed(keys.shelf(left.workspace, shelf), limit=100).items
        assert {one.id for one in listed} == {id_of(one) for one in left.of(kind)}
    for state, shelf in [("draft", "DRAFTS"), ("awaiting_approval", "APPROVALS"), ("held", "HELD")]:
        listed = store.variants.listed(keys.shelf(left.workspace, shelf), limit=100).items
        held_since = left.release != "0.1.0" or state != "held"
        assert {one.id for one in listed} == {
            id_of(one) for one in left.of("VARIANT") if one["state"] == state and held_since
        }
    waiting = store.reviews.listed(keys.shelf(left.workspace, "REVIEW"), limit=100).items
    assert len(waiting) == sum(one["state"] != "resolved" for one in left.of("REVIEW"))


def test_tokens_guidelines_and_readings_read_back(left: Left) -> None:
    store = left.desk.store
    for item in left.of("TOKEN"):
        token = store.token(workspace_of(item), id_of(item))
        assert token is not None
        assert token.valid(left.clock.now()) is ("revoked_at" not in item)
        assert token.secret_hash == item["secret_hash"]
        assert sorted(token.scopes or ()) == item.get("scopes", [])
    assert {"revoked_at", "expires_at", "scopes"} <= {name for one in left.of("TOKEN") for name in one}
    for item in left.of("GUIDELINE"):
        kept = store.guideline(workspace_of(item), id_of(item))
        assert kept is not None
        assert Guideline.from_record(kept).clauses
    readings = [store.reading(workspace_of(one), id_of(one)) for one in left.of("READING")]
    assert {one.failure is None for one in readings} == {True, False}
    assert {one.name for one in store.slots(settings.PLATFORMS)} == {one["name"] for one in left.of("SLOT")}
    touches = [store.touch(Key(one["pk"], one["sk"])) for one in left.of("TOUCH")]
    assert any(one.human_at for one in touches)
    assert any(one.answered_at for one in touches)


def test_everything_sealed_opens(left: Left) -> None:
    desk = left.desk
    assert len(desk.key(left.workspace)) == 32
    for item in left.of("ACCOUNT"):
        account = desk.store.accounts.get(workspace_of(item), id_of(item))
        assert account is not None
        connector: Any = connector_for(desk, account)
        assert all(one.startswith("test-") for one in connector.given.credential.values())
        assert connector.given.sessions.load() == f"session of {account.platform}"
    for item in left.of("INTERACTION"):
        interaction = desk.store.interactions.get(workspace_of(item), id_of(item))
        assert interaction is not None
        target = target_of(desk, interaction)
        assert target is not None
        assert target.remote.root is not None
    for item in left.of("IDENTITY"):
        pseudonym = item["pk"].rpartition("#")[2]
        context = seal_context(workspace_of(item), "identity", pseudonym)
        assert json.loads(desk.vault.open(item["sealed"], context))["handle"].startswith("member-")
    answering = [bodies.body_of(desk, one).answers for one in left.variants()]
    kept = [*left.of("BODY"), *(said for post in left.of("POST") for said in post.get("says", ()))]
    assert sum(one is not None for one in answering) == sum("sealed" in one for one in kept) >= 2


@since("0.2.0")
def test_edits_take_downs_and_long_texts_read_back(left: Left) -> None:
    found = left.variants()
    edited = [one for one in found if one.version == 2]
    assert {one.state for one in edited} >= {VariantState.SCHEDULED, VariantState.HELD, VariantState.PUBLISHED}
    assert all("edited" in left.text(one) and "before" not in left.text(one) for one in edited)
    (taken_down,) = [one for one in found if one.taken_down_at is not None and one.interaction is None]
    assert taken_down.state is VariantState.PUBLISHED
    assert all(one.remote is not None for one in found if one.state is VariantState.PUBLISHED)
    assert any(len(left.text(one).encode()) > bodies.SHORT for one in found)
    (bound,) = left.of("BOUND")
    assert left.text(next(one for one in found if one.id == bound["variant"])) == "Found by a person"


@since("0.2.0")
def test_brakes_budgets_and_what_is_held_or_unsaid_read_back(left: Left) -> None:
    store, now = left.desk.store, left.clock.now()
    on = [one for one in braking.every(left.desk, left.workspace) if one.stops(now)]
    assert {one.expires_at is None for one in on} == {True, False}
    lifted = [one for one in braking.every(left.desk, left.workspace) if one.lifted_at is not None]
    assert {event.act for one in lifted for event in one.events} >= {"put_on", "lift", "expire", "settle"}
    held = list(holding.held(left.desk, left.workspace))
    assert {one.id for one in held} == {one.id for one in left.variants() if one.state is VariantState.HELD}
    assert {one.held_by for one in held} == {None, *(one.id for one in on)}
    unsaid = store.variants.listed(keys.shelf(left.workspace, "UNSAID"), limit=100).items
    assert Counter(one.state for one in unsaid).keys() == {VariantState.MISSED, VariantState.FAILED}
    owners = [
        (item["pk"] == keys.INSTALLATION_PK, store.budget(Key(item["pk"], item["sk"]))) for item in left.of("BUDGET")
    ]
    assert Counter(of_a_client for of_a_client, _ in owners) == {False: len(list(left.of("ACCOUNT"))), True: 1}
    assert all(budget is not None and (budget.turn is None) is of_a_client for of_a_client, budget in owners)
    assert left.desk.workspace(left.workspace).send_again_after == 30 * MINUTE


@pytest.mark.parametrize("newer", [False, True], ids=["an older release", "a record of a newer one"])
def test_the_mark_is_raised_and_a_release_that_is_too_old_is_told_what_to_do(
    left: Left, newer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mark,), table = left.of("SCHEMA"), left.desk.store.table
    assert mark["version"] == {"0.1.0": 1, "0.2.0": 2, "0.3.0": 3}.get(left.release, 4)
    raised = table.get(keys.SCHEMA)
    assert raised is not None
    assert raised["version"] == keys.SCHEMA_VERSION == 4
    if newer:
        raised = {**raised, "version": keys.SCHEMA_VERSION + 1}
        table.put(raised)
    else:
        monkeypatch.setattr(keys, "SCHEMA_VERSION", 2)
    upto = keys.SCHEMA_VERSION
    with pytest.raises(EngineUnusable, match=rf"reads up to {upto}: start the newer release of Parley that wrote it"):
        Store(table).open()
    assert table.get(keys.SCHEMA) == raised


# --- what came with 0.3.0 --------------------------------------------------------------------------------------------


@since("0.3.0")
def test_threads_pictures_and_handovers_read_back(left: Left) -> None:
    desk = left.desk
    whole = left.saying("The workshop opens on mastodon")
    assert (whole.state, whole.parts, len(whole.said), left.unsaid(whole)) == (VariantState.PUBLISHED, 2, 2, [])
    at_once = left.saying("The workshop opens on bluesky, as edited")
    assert (at_once.parts, len(at_once.said)) == (1, 2)
    half = left.saying("Half said")
    assert half.begun
    assert half.half_sent is HalfSent.GO_ON
    assert len(half.costs) == half.parts == 3
    shown = left.saying("Its picture is worked on")
    (attached,) = bodies.body_of(desk, shown).pictures
    assert attached.alt == "A mended toaster"
    known = [decode(Handovers, one) for one in left.of("HANDOVERS")]
    assert {one.state for each in known for one in each.made} == set(HandoverState)
    facts = [decode(Rendition, one) for one in left.of("FIT")]
    assert {(one.width, one.height) for one in facts} == {(16, 9)}
    states = {one["state"]: desk.store.media.get(left.workspace, id_of(one)) for one in left.of("MEDIA")}
    assert states.keys() == {"ready", "awaiting_upload"}
    ready = states["ready"]
    assert ready is not None
    assert ready.id == attached.media
    assert ready.alt == "A toaster that toasts again"


@since("0.3.0")
def test_drafts_and_what_awaits_approval_read_back(left: Left) -> None:
    desk = left.desk
    drafts = drafting.waiting(desk, left.workspace, limit=10, after=None).items
    own, curated = sorted((left.text(one) for one in drafts), key=len, reverse=True)
    assert own.startswith("Not finished yet")
    assert curated == "How to sharpen a plane, by Tool Library: https://tools.example/7"
    assert not any(one.schedule.is_set for one in drafts)
    labelled = [desk.store.posts.get(left.workspace, one.post) for one in drafts]
    assert {one.labels for one in labelled if one is not None} == {("spring", "open"), ()}
    (waits,) = approving.waiting(desk, left.workspace, limit=10, after=None).items
    standing = approving.standing(desk, left.owner, waits.id)
    assert (standing.why_not, standing.variant.asks, standing.body.text) == (None, 1, "Said once somebody agrees")
    assert [one.text for one in standing.comments] == ["Is the day right?"]
    (link,) = standing.links
    assert link.opens(left.clock.now())
    assert desk.workspace(left.workspace).approvals.posts_of == {Role.MANAGER}


@since("0.3.0")
def test_plans_read_back(left: Left) -> None:
    desk, ws, now = left.desk, left.workspace, left.clock.now()
    every = series_of(left)
    assert [one.state for one in occurring.listed(desk, ws, every.id, 10, None, now).items] == [
        "posted",
        "posted",
        "planned",
        "planned",
        "planned",
    ]
    (other,) = every.overrides
    assert [one.body.text for one in other.said] == ["It is Tuesday this time"]
    event = events.get(desk, ws, id_of(left.of("EVENT")[0]))
    (announced,) = event.announcements
    assert announced.post is not None
    remind = desk.store.variants.get(ws, f"{announced.post}.0")
    assert remind is not None
    assert left.text(remind) == f"Due soon: Repair evening on {event.starts[:10]} at {event.starts[11:]}, the workshop"
    slots = queueing.get(desk, ws, id_of(left.of("SLOTS")[0]))
    first, second = queueing.places(desk, slots, now, 2)
    assert first.variant == left.saying("Due soon, in a slot").id
    assert second.variant is None
    (quiet,) = blackouts.on(desk, ws)
    assert quiet.hours is not None
    assert quiet.hours.days == ("SU",)
    done, waiting = sorted((found for found in imports_of(left)), key=lambda one: one.parts * -len(one.counts))
    assert importing.counts(desk, done) == {"made": 1, "faulty": 1}
    faults = [fault.column for row in importing.rows(desk, done, 10, None).items for fault in row.faults]
    assert faults == ["account"]
    (row,) = importing.rows(desk, waiting, 10, None).items
    assert row.cells["text"] == "A table that waits tells so"


@since("0.3.0")
def test_campaigns_what_was_spent_and_the_library_read_back(left: Left) -> None:
    desk, ws, now = left.desk, left.workspace, left.clock.now()
    found = {one.name: one for one in (campaigns.get(desk, ws, id_of(each)) for each in left.of("CAMPAIGN"))}
    spring, autumn = found["Spring repairs"], found["Autumn market"]
    assert (autumn.state_at(now), autumn.braked) == (CampaignState.PAUSED, True)
    assert [(one.measure, one.goal, one.measured is None) for one in spring.targets] == [
        ("sign-ups", 40, True),
        ("posts_published", 12, False),
    ]
    assert [one.tags for one in spring.segments] == [("repair",)]
    assert [(one.measure, one.value) for one in spring.counted] == [("sign-ups", 7)]
    month = ledgers.read(desk.store.table, ledgers.of_month(ws, now))
    life = ledgers.read(desk.store.table, ledgers.of_campaign(ws, spring.id))
    assert life.spent == month.by_campaign[spring.id] > 0
    assert month.spent == sum(month.by_account.values())
    # Since 0.4.0 what is read and counted on X is paid for too, and belongs to no campaign.
    assert (month.spent > life.spent) is (left.release >= "0.4.0")
    assert (desk.workspace(ws).cap_micro_usd, spring.budget_micro_usd) == (20_000_000, 10_000_000)
    (text,) = left.of("TEXT")
    assert texts.render(desk, ws, id_of(text), {"thing": "a lamp"}, "de").words == "Repariert: a lamp"
    assert handles.book(desk, ws, ["tool library"])["tool library"].handles["mastodon"] == "tools@social.example"
    rule = link_rules.rule_for(desk, ws, spring.id)
    assert rule is not None
    assert rule.tags("x")["utm_source"] == "twitter"
    feed, reading = curating.get(desk, ws, id_of(left.of("FEED")[0]))
    assert (feed.state, reading.drafted, len(reading.seen)) == (FeedState.ACTIVE, 1, 2)
    assert calendars.get(desk, ws, id_of(left.of("CALENDAR")[0])).texts


def series_of(left: Left) -> Series:
    return series.get(left.desk, left.workspace, id_of(left.of("SERIES")[0]))


def imports_of(left: Left) -> list[Import]:
    return [importing.get(left.desk, left.workspace, id_of(one)) for one in left.of("IMPORT")]


# --- making one ------------------------------------------------------------------------------------------------------


def test_a_record_that_is_there_is_not_made_anew_unless_forced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / f"{VERSION}.sqlite"
    record.write_bytes(b"of a release that is out")
    assert main(["--folder", str(tmp_path)]) == 1
    assert record.read_bytes() == b"of a release that is out"
    assert "--force" in capsys.readouterr().err
    assert main(["--folder", str(tmp_path), "--force"]) == 0
    assert everything(record)
    assert sorted(one.name for one in tmp_path.iterdir()) == [f"{VERSION}.key", f"{VERSION}.sqlite"]


def test_one_holds_every_noun_that_this_release_keeps(tmp_path: Path) -> None:
    """And nothing that is not looked for above."""
    kinds = {one["sk"].partition("#")[0] for one in everything(leave(tmp_path))}
    assert sorted(kinds_of("999.0.0") - kinds) == []
    assert sorted(kinds - kinds_of("999.0.0")) == []
    repositories = {name for name, made in vars(Repositories).items() if isinstance(made, cached_property)}
    assert sorted(repositories - {"feed_readings", "measurings"} - set(NOUNS.values())) == []


def unsealed(item: dict[str, Any]) -> dict[str, Any]:
    """An item without what is sealed, also in what a post says."""
    left = {name: value for name, value in item.items() if "sealed" not in name}
    if isinstance(left.get("says"), list):
        left["says"] = [unsealed(one) for one in left["says"]]
    return left


def test_two_that_are_made_differ_only_in_what_is_sealed(tmp_path: Path) -> None:
    def told(folder: str) -> list[dict[str, Any]]:
        items = everything(leave(tmp_path / folder))
        return [unsealed(one) for one in items]

    assert told("one") == told("other")
