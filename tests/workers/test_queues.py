"""What queues call, with events of AWS's own shape: a message fails alone, and what was not begun is told back."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.post import VariantState
from chalicelib.ports import QueueName
from chalicelib.services import lines
from chalicelib.store import keys
from chalicelib.workers import queues
from local.stack.events import queue_batch
from tests.lines import Lines
from tests.services.doubles import connect, due, on_terms
from tests.world import World

PRAISE = "Thank you, the new opening hours are great. Lovely work!"
SELF_HARM = "I do not want to live any more, I keep thinking about ending my life."
TOLD_BACK = "batchItemFailures"


@dataclass
class Invocation:
    """What Lambda tells a handler of its own run: so many milliseconds are left, fewer with each question."""

    left: int = 60_000
    each: int = 0
    aws_request_id: str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"

    def get_remaining_time_in_millis(self) -> int:
        self.left -= self.each
        return self.left


def publish(*bodies: str | Mapping[str, Any], context: Invocation | None = None) -> list[str]:
    """The messages that are told back, by id: m1, m2, ..."""
    return told_back(queues.publish(queue_batch("publish", bodies), context or Invocation()))


def told_back(answer: dict[str, Any]) -> list[str]:
    assert set(answer) == {TOLD_BACK}
    return [one["itemIdentifier"] for one in answer[TOLD_BACK]]


def named(world: World, *variants: str) -> dict[str, Any]:
    found = world.desk.store.variants.get(world.workspace.id, variants[0])
    account = "nobody" if found is None else found.account
    return {"workspace": world.workspace.id, "account": account, "variants": list(variants)}


def inbox(world: World) -> list[Interaction]:
    return world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=100).items


def slots(world: World) -> list[dict[str, str]]:
    return [{"slot": one} for one in sorted({keys.slot_of(one.platform, one.id) for one in world.accounts.values()})]


# --- publish ---------------------------------------------------------------------------------------------------------


def breaks_off() -> None:
    raise ZeroDivisionError("otter-words of secret-of-x by handle-of-m-author")


BAD: dict[str, str | dict[str, str]] = {
    "no JSON": "no JSON at all",
    "half a JSON": '{"workspace": "w", "vari',
    "a list": "[]",
    "a text": '"variant"',
    "nothing": "",
    "names nothing": {},
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("bad", BAD)
def test_one_bad_message_of_three_is_told_back_and_the_others_are_done(at_work: World, bad: str) -> None:
    first, last = at_work.schedule("mastodon", "One"), at_work.schedule("bluesky", "Two")
    assert publish(named(at_work, first.id), BAD[bad], named(at_work, last.id)) == ["m2"]
    assert at_work.variant(first.id).state is VariantState.PUBLISHED
    assert at_work.variant(last.id).state is VariantState.PUBLISHED


def test_a_step_that_breaks_off_is_told_back_and_the_others_are_done(at_work: World) -> None:
    broken, whole = at_work.schedule("mastodon", "One"), at_work.schedule("bluesky", "Two")
    at_work.platforms["mastodon"].before_landing = breaks_off
    assert publish(named(at_work, broken.id), named(at_work, whole.id)) == ["m1"]
    assert at_work.variant(broken.id).state is VariantState.SENDING
    assert at_work.variant(whole.id).state is VariantState.PUBLISHED


@pytest.mark.parametrize(
    "nowhere",
    [
        {"workspace": "nobody", "variant": "nothing.0"},
        {"workspace": "nobody", "account": "nobody", "variants": ["nothing.0", "nothing"]},
    ],
)
def test_an_unknown_id_is_no_failure(at_work: World, nowhere: dict[str, str]) -> None:
    assert publish(nowhere) == []


def test_the_same_message_again_does_nothing_again(at_work: World) -> None:
    variant = at_work.schedule("x")
    assert publish(*[named(at_work, variant.id)] * 3) == []
    assert publish(named(at_work, variant.id)) == []
    assert at_work.platforms["x"].asked == 1


def test_what_the_platform_refuses_is_done_not_failed(at_work: World) -> None:
    at_work.platforms["x"].script.append("refused")
    variant = at_work.schedule("x")
    assert publish(named(at_work, variant.id)) == []
    assert at_work.variant(variant.id).state is VariantState.FAILED


def test_what_cannot_be_begun_in_time_is_not_begun_and_told_back(at_work: World) -> None:
    wanted = [at_work.schedule(name) for name in ("x", "mastodon", "bluesky")]
    late = Invocation(left=20_000)
    assert publish(*[named(at_work, one.id) for one in wanted], context=late) == ["m1", "m2", "m3"]
    assert {at_work.variant(one.id).state for one in wanted} == {VariantState.SCHEDULED}
    assert not any(at_work.platforms[one.platform].asked for one in wanted)


def test_a_line_stops_between_two_posts_once_time_runs_short_and_hints_at_the_rest(at_work: World) -> None:
    wanted = [at_work.schedule("x", f"Number {number}") for number in range(3)]
    for queued in at_work.desk.queue.receive(QueueName.PUBLISH, 10):
        at_work.desk.queue.delete(QueueName.PUBLISH, queued.receipt)
    # Each look at the clock takes 20 s, the first of them for the message: less is left than a send may need at the fourth.
    assert publish(named(at_work, *[one.id for one in wanted]), context=Invocation(left=100_000, each=20_000)) == []
    states = [at_work.variant(one.id).state for one in wanted]
    assert states == [VariantState.PUBLISHED, VariantState.PUBLISHED, VariantState.SCHEDULED]
    (rest,) = [json.loads(one.body) for one in at_work.desk.queue.receive(QueueName.PUBLISH, 10)]
    assert rest == {**named(at_work, wanted[2].id), "front": "yes"}
    assert publish(rest) == []
    assert at_work.variant(wanted[2].id).state is VariantState.PUBLISHED


def test_a_message_says_whether_it_names_the_first_of_its_line(at_work: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind more of others than a search reads, only what is the first of its line may be said."""
    monkeypatch.setattr(lines, "MOST_AT_ONCE", 1)
    on_terms(at_work, {})
    ours = at_work.accounts["x"]
    shard = keys.due_shard(at_work.workspace.id, ours.id)
    others = (connect(at_work, "x", f"other {number}") for number in range(99))
    neighbour = next(one for one in others if keys.due_shard(at_work.workspace.id, one.id) == shard)
    for _ in range(11):
        due(at_work, neighbour, "of another", seconds=-1)
    variant = due(at_work, ours, "Hello")
    assert publish(named(at_work, variant.id)) == []
    assert at_work.variant(variant.id).state is VariantState.SCHEDULED
    assert publish({**named(at_work, variant.id), "front": "yes"}) == []
    assert at_work.variant(variant.id).state is VariantState.PUBLISHED


def test_accounts_in_one_batch_do_not_wait_for_one_another(at_work: World) -> None:
    slow, fast = at_work.schedule("mastodon"), at_work.schedule("bluesky")
    begun = threading.Event()

    def waits_for_the_other() -> None:
        assert begun.wait(10)

    at_work.platforms["mastodon"].before_landing = waits_for_the_other
    at_work.platforms["bluesky"].before_landing = begun.set
    assert publish(named(at_work, slow.id), named(at_work, fast.id)) == []
    assert {at_work.variant(one.id).state for one in (slow, fast)} == {VariantState.PUBLISHED}


# --- listen and triage -----------------------------------------------------------------------------------------------


def test_listening_reads_every_account_of_the_slots_named(at_work: World) -> None:
    for number, platform in enumerate(at_work.platforms):
        at_work.hears(platform, PRAISE, number=number)
    answer = queues.listen(queue_batch("listen", [*slots(at_work), {"slot": "nowhere-9"}]), Invocation())
    assert told_back(answer) == []
    assert {one.platform for one in inbox(at_work)} == set(at_work.platforms)


def test_listening_tries_the_credential_of_the_account_named_once(at_work: World, lines: Lines) -> None:
    at_work.clock.move(24 * 3600)
    hint = {"workspace": at_work.workspace.id, "probe": at_work.accounts["x"].id}
    assert told_back(queues.listen(queue_batch("listen", [hint, hint]), Invocation())) == []
    assert [one["came_to"] for one in lines.steps()] == ["well", "not yet"]


def test_an_account_that_cannot_be_read_is_no_failure_of_the_message(at_work: World, lines: Lines) -> None:
    at_work.platforms["x"].reads = False
    at_work.hears("mastodon", PRAISE, number=1)
    answer = queues.listen(queue_batch("listen", slots(at_work)), Invocation())
    assert told_back(answer) == []
    assert len(inbox(at_work)) == 1
    assert sum("1 failed" in one["came_to"] for one in lines.steps()) == 1


def test_triage_decides_what_is_named_and_passes_over_what_is_not_there(at_work: World) -> None:
    at_work.hears("mastodon", PRAISE, number=1)
    at_work.hears("mastodon", SELF_HARM, number=2, author="m2", thread="t2")
    queues.listen(queue_batch("listen", slots(at_work)), Invocation())
    named_here = [one.id for one in inbox(at_work)]
    bodies = [
        {"workspace": at_work.workspace.id, "interactions": [*named_here, "nothing"]},
        {"workspace": "nobody", "interactions": named_here},
        {"workspace": at_work.workspace.id, "interactions": []},
    ]
    assert told_back(queues.triage(queue_batch("triage", bodies), Invocation())) == []
    assert sorted(one.state for one in inbox(at_work)) == [InteractionState.ANSWERING, InteractionState.ESCALATED]


def test_a_bad_message_of_triage_fails_alone(at_work: World) -> None:
    at_work.hears("mastodon", PRAISE, number=1)
    queues.listen(queue_batch("listen", slots(at_work)), Invocation())
    good = {"workspace": at_work.workspace.id, "interactions": [one.id for one in inbox(at_work)]}
    answer = queues.triage(queue_batch("triage", [{"workspace": at_work.workspace.id}, good]), Invocation())
    assert told_back(answer) == ["m1"]
    assert [one.state for one in inbox(at_work)] == [InteractionState.ANSWERING]


# --- the log ---------------------------------------------------------------------------------------------------------


def test_each_step_is_one_line_of_json_with_the_same_keys_first(at_work: World, lines: Lines) -> None:
    variant = at_work.schedule("x")
    publish(named(at_work, variant.id), "no JSON at all")
    done, failed = sorted(lines.steps(), key=lambda one: str(one["message"]))
    assert list(done)[:2] == list(failed)[:2] == ["at", "step"]
    assert (done["step"], done["message"], done["came_to"]) == ("publish", "m1", "published")
    assert (failed["step"], failed["message"], failed["error"]) == ("publish", "m2", "JSONDecodeError")
    assert isinstance(done["ms"], int)


def test_no_text_name_or_token_reaches_the_log_even_where_a_step_breaks_off(at_work: World, lines: Lines) -> None:
    private = ("otter-words", "handle-of", "Name of", "m-author", "ref-1", "native-1", "secret-of", "owner@desk")
    at_work.hears("mastodon", "otter-words, thank you, lovely work!", number=1, author="m-author")
    queues.listen(queue_batch("listen", slots(at_work)), Invocation())
    ids = [one.id for one in inbox(at_work)]
    queues.triage(queue_batch("triage", [{"workspace": at_work.workspace.id, "interactions": ids}]), Invocation())

    at_work.platforms["x"].before_landing = breaks_off
    variant = at_work.schedule("x", "otter-words")
    talkative = {**named(at_work, "nothing.0"), "note": "otter-words of handle-of-m-author"}
    assert publish(named(at_work, variant.id), '{"text": "otter-words', talkative) == ["m1", "m2"]
    ended = {one["message"]: one.get("error") for one in lines.steps()[-3:]}
    assert ended == {"m1": "ZeroDivisionError", "m2": "JSONDecodeError", "m3": None}
    assert not [one for one in private if one in lines.text]
