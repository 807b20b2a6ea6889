"""What was promised beside what really stands: pure, so that a test can show that it finds a loss and a double."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

TO_PERSON = "needs_review"
PUBLISHED = "published"
ANSWERED = "answered"

Said = tuple[str, str]
"""What one account of ours was to say: platform, and the mark in its text."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Each a list of what it happened to, in words that lead to it in the record."""

    lost: tuple[str, ...]
    twice: tuple[str, ...]
    untrue: tuple[str, ...]
    """The record says something else than what stands, without harm: told, and not counted."""
    to_person: int

    @property
    def kept(self) -> bool:
        """Whether nothing was lost and nothing said twice."""
        return not self.lost and not self.twice


def of_posts(owed: Collection[Said], states: Mapping[Said, str], standing: Mapping[Said, int]) -> Verdict:
    """Posts. owed: acknowledged. states: as the record has them. standing: how often the network holds each.

    Lost: owed, not standing, and nobody is asked; or standing where the record knows nothing of it.
    """
    known = owed | states.keys() | standing.keys()
    lost = [
        f"{_name(one)} is {states.get(one, 'not on record')} and does not stand"
        for one in sorted(owed)
        if not standing.get(one) and states.get(one) != TO_PERSON
    ]
    lost += [f"{_name(one)} stands and is not on record" for one in sorted(standing) if one not in states]
    twice = [f"{_name(one)} stands {times} times" for one, times in sorted(standing.items()) if times > 1]
    untrue = [
        f"{_name(one)} stands and is {states.get(one)}"
        for one in sorted(known)
        if standing.get(one) and states.get(one) not in {PUBLISHED, TO_PERSON, None}
    ]
    untrue += [
        f"{_name(one)}, never acknowledged, is published and does not stand"
        for one in sorted(known - set(owed))
        if not standing.get(one) and states.get(one) == PUBLISHED
    ]
    return Verdict(tuple(lost), tuple(twice), tuple(untrue), Counter(states.values())[TO_PERSON])


def of_messages(
    said: Collection[str], states: Mapping[str, list[str]], replies: Mapping[str, int], to_person: int
) -> Verdict:
    """Messages of members. said: marks of all. states: of the interactions on record, by mark. replies: of ours, by mark.

    to_person: automatic answers that wait in the review queue because nobody can know whether they stand.
    """
    lost = [f"message {one} was not heard" for one in sorted(said) if one not in states]
    lost += [
        f"the answer to message {one} is on record and does not stand"
        for one, found in sorted(states.items())
        if ANSWERED in found and not replies.get(one)
    ]
    twice = [
        f"message {one} is on record {len(found)} times" for one, found in sorted(states.items()) if len(found) > 1
    ]
    twice += [f"message {one} was answered {times} times" for one, times in sorted(replies.items()) if times > 1]
    untrue = [
        f"message {one} is still {found[0]}"
        for one, found in sorted(states.items())
        if set(found) & {"new", "answering"}
    ]
    return Verdict(tuple(lost), tuple(twice), tuple(untrue), to_person)


def _name(one: Said) -> str:
    return f"{one[1]} on {one[0]}"
