"""The protocol broken on purpose, one rule at a time, each with the harm that it must show.

A model in which one of these does no harm would prove nothing about the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tests.model.explorer import STUCK, Result, explore
from tests.model.protocol import PublishModel
from tests.model.rules import LIMITED, REJECTED, SIGNED_OUT, STOPPED, Rules, with_rules
from tests.model.states import Harm, Kind, Setting

_DIRT = frozenset({LIMITED, SIGNED_OUT, REJECTED, STOPPED})


@dataclass(frozen=True, slots=True)
class Naive:
    """One broken rule, where it does harm, and which. why: what makes it tempting or what it leaves out."""

    name: str
    rules: Rules
    setting: Setting
    harm: str
    why: str


@cache
def explored(naive: Naive) -> Result:
    """As far as its harm."""
    return explore(PublishModel(naive.setting, naive.rules), until=naive.harm)


_PLAIN = Setting()
_RACY = Setting(platform=Kind.RACY)

NAIVE = (
    Naive(
        "no claim",
        with_rules(claims=False),
        _PLAIN,
        Harm.TWICE,
        "reads that it is scheduled, sends, marks it",
    ),
    Naive(
        "no claim, and a cancel",
        with_rules(claims=False),
        _PLAIN,
        Harm.AFTER_CANCEL,
        "the cancel comes between reading and sending",
    ),
    Naive(
        "mark first",
        with_rules(claims=False, marks_first=True),
        _PLAIN,
        Harm.NOT_THERE,
        "says that it is published before it is",
    ),
    Naive(
        "a claim without a lease", with_rules(leases=False), _PLAIN, STUCK, "nobody may settle what a dead worker left"
    ),
    Naive(
        "a takeover sends again",
        with_rules(looks_up=False),
        _PLAIN,
        Harm.TWICE,
        "a lost answer is taken for a request that never landed",
    ),
    Naive(
        "the claim is deleted on error",
        with_rules(deletes_on_error=True),
        _PLAIN,
        Harm.TWICE,
        "as idempotency records do that vanish with an exception",
    ),
    Naive(
        "looks up at once",
        with_rules(waits=False),
        _RACY,
        Harm.TWICE,
        "what is under way lands after the look-up",
    ),
    Naive(
        "a lease shorter than its sender",
        with_rules(sends_within_lease=False),
        _RACY,
        Harm.TWICE,
        "a worker that slept sends after another has looked",
    ),
    Naive(
        "a key that is checked before it is kept, trusted",
        with_rules(looks_up=False, waits=False),
        _RACY,
        Harm.TWICE,
        "two requests both miss the key",
    ),
    Naive(
        "outcomes written without the fence",
        with_rules(fenced=False),
        Setting(rejects=True, platform=Kind.RACY),
        Harm.UNTOLD,
        "a late answer overwrites what another has found out",
    ),
    Naive(
        "a cancel that asks nobody",
        with_rules(cancel_asks=False),
        _PLAIN,
        Harm.AFTER_CANCEL,
        "acknowledged while a request is under way",
    ),
    Naive(
        "an edit that asks nobody",
        with_rules(edit_asks=False),
        Setting(edits=1),
        Harm.OLD_VERSION,
        "acknowledged while the old version is under way",
    ),
    Naive("hints alone", with_rules(due_query=False), _PLAIN, STUCK, "a lost hint is a lost post"),
    Naive(
        "the parts of a thread as items of their own",
        with_rules(one_item=False),
        Setting(parts=2),
        Harm.OUT_OF_ORDER,
        "the answer stands before what it answers",
    ),
    Naive(
        "a stop that asks nobody",
        with_rules(stop_asks=False),
        Setting(parts=2),
        Harm.AFTER_STOP,
        "acknowledged while the next part is under way",
    ),
    Naive(
        "a thread that has begun is cancelled like any other",
        with_rules(minds_parts=False),
        Setting(parts=2),
        Harm.AFTER_CANCEL,
        "its first part stands there, and a member was told that nothing does",
    ),
    Naive(
        "a part that is refused fails the thread",
        with_rules(minds_parts=False),
        Setting(parts=2, rejects=True, cancels=False),
        Harm.UNTOLD,
        "its first part stands there, and nobody is asked about the rest",
    ),
    Naive(
        "order by hints alone",
        with_rules(in_order=False),
        Setting(posts=2),
        Harm.OUT_OF_ORDER,
        "hints are lost, doubled and reordered",
    ),
    Naive(
        "two posts of one account at once",
        with_rules(in_order=False),
        Setting(posts=2),
        Harm.AT_ONCE,
        "each post has a claim, and the account has none",
    ),
    Naive(
        "429 on a dirty attempt: scheduled again",
        with_rules(minds_dirt=_DIRT - {LIMITED}, sends_within_lease=False),
        Setting(platform=Kind.ATOMIC),
        Harm.AFTER_CANCEL,
        "the earlier attempt lands after the cancel",
    ),
    Naive(
        "401 on a dirty attempt: held",
        with_rules(minds_dirt=_DIRT - {SIGNED_OUT}),
        Setting(signs_out=True),
        Harm.UNTOLD,
        "the earlier attempt may stand there",
    ),
    Naive(
        "rejected on a dirty attempt: failed",
        with_rules(minds_dirt=_DIRT - {REJECTED}, sends_within_lease=False),
        Setting(platform=Kind.ATOMIC, rejects=True),
        Harm.UNTOLD,
        "a refused duplicate is a hint that it stands there",
    ),
    Naive(
        "braked on a dirty attempt: held",
        with_rules(minds_dirt=_DIRT - {STOPPED}, sends_within_lease=False),
        Setting(platform=Kind.ATOMIC, brakes=True),
        Harm.UNTOLD,
        "the earlier attempt may still land",
    ),
    Naive(
        "silence taken for absence",
        with_rules(silence_is_absence=True),
        _PLAIN,
        Harm.TWICE,
        "the listing is behind by longer than anybody promised",
    ),
    Naive(
        "brakes read with the claim only",
        with_rules(reads_brakes_again=False),
        Setting(brakes=True),
        Harm.AFTER_BRAKE,
        "a worker that sleeps after it has read",
    ),
    Naive(
        "held without asking whether the reason stands",
        with_rules(hold_asks=False),
        Setting(signs_out=True),
        STUCK,
        "the member has signed in already, and nobody releases it",
    ),
    Naive(
        "taken down at once",
        with_rules(take_down_waits=False, sends_within_lease=False),
        Setting(platform=Kind.ATOMIC, takes_down=True),
        Harm.BACK_AGAIN,
        "an earlier attempt's request lands after the deletion and makes it anew",
    ),
    Naive(
        "a person who decides while a request may still land",
        with_rules(person_waits=False, sends_within_lease=False),
        Setting(platform=Kind.ATOMIC, rejects=True, decides=True),
        Harm.AFTER_CANCEL,
        "told to send again, then cancelled, and the earlier request lands",
    ),
    Naive(
        "a person who does not see what stands there",
        with_rules(person_sees=False),
        Setting(decides=True),
        Harm.TWICE,
        "the documented exception: what a person orders is sent",
    ),
)
