"""Nouns of every shape that their types allow, made from the same hints that the codec reads, by another hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from unicodedata import normalize

from hypothesis import strategies as st

from chalicelib.domain.access import ApiToken
from chalicelib.domain.account import Account
from chalicelib.domain.account_set import AccountSet
from chalicelib.domain.blackout import Blackout
from chalicelib.domain.brake import Brake
from chalicelib.domain.budget import Budget
from chalicelib.domain.calendar import Calendar
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.comment import Comment
from chalicelib.domain.digest import Digest
from chalicelib.domain.escalation import Escalation
from chalicelib.domain.event import Event
from chalicelib.domain.evergreen import Evergreen
from chalicelib.domain.feed import Feed, FeedReading
from chalicelib.domain.imports import Import, ImportRow, Progress
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.links import LinkRule
from chalicelib.domain.measuring import Sample, Tally
from chalicelib.domain.media import Media, Rendition
from chalicelib.domain.mentions import Handle
from chalicelib.domain.polling import Reading, Slot
from chalicelib.domain.post import Body, Post, Remote, Variant, Words
from chalicelib.domain.replay import Changed, Replay, ReplayMark
from chalicelib.domain.review import ReviewItem
from chalicelib.domain.review_link import ReviewLink
from chalicelib.domain.ruling import Ruling
from chalicelib.domain.series import Series
from chalicelib.domain.slots import Slots
from chalicelib.domain.texts import Text
from chalicelib.domain.workspace import Member, Workspace
from chalicelib.services.evidence import Evidence
from chalicelib.services.ingesting import Target
from chalicelib.store.contents import Content
from chalicelib.store.store import Touch

REPOSITORIES: Mapping[str, type[Any]] = {
    "workspaces": Workspace,
    "members": Member,
    "accounts": Account,
    "campaigns": Campaign,
    "posts": Post,
    "variants": Variant,
    "interactions": Interaction,
    "reviews": ReviewItem,
    "rulings": Ruling,
    "escalations": Escalation,
    "digests": Digest,
    "brakes": Brake,
    "media": Media,
    "feeds": Feed,
    "comments": Comment,
    "review_links": ReviewLink,
    "series": Series,
    "texts": Text,
    "handles": Handle,
    "account_sets": AccountSet,
    "link_rules": LinkRule,
    "evergreens": Evergreen,
    "blackouts": Blackout,
    "slots_of": Slots,
    "imports": Import,
    "events": Event,
    "calendars": Calendar,
    "replays": Replay,
}
"""What each repository of the store keeps."""

KEPT: tuple[type[Any], ...] = (
    *REPOSITORIES.values(),
    *(
        ApiToken,
        Reading,
        Slot,
        Body,
        Words,
        Remote,
        Budget,
        Target,
        Evidence,
        Content,
        Sample,
        Tally,
        Touch,
        Rendition,
        FeedReading,
        ImportRow,
        Progress,
        Changed,
        ReplayMark,
    ),
)
"""Everything that goes through the codec."""

_texts = st.text(max_size=20).map(lambda text: normalize("NFC", text))
_times = st.datetimes(
    datetime(2000, 1, 2),
    datetime(2199, 12, 30),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-9))]),
)
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: _texts,
    int: st.integers(-(2**63), 2**63),
    bool: st.booleans(),
    datetime: _times,
    timedelta: st.integers(-(10**6), 10**6).map(lambda seconds: timedelta(seconds=seconds)),
}


def made(cls: Any) -> st.SearchStrategy[Any]:
    """Instances of a dataclass with every field chosen, those with defaults too."""
    hints = get_type_hints(cls)
    return st.builds(cls, **{one.name: _value(hints[one.name]) for one in fields(cls)})


def _value(hint: Any) -> st.SearchStrategy[Any]:
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        (only,) = (one for one in inner if one is not NoneType)
        return st.none() | _value(only)
    if origin is tuple:
        return st.lists(_value(inner[0]), max_size=3).map(tuple)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return st.dictionaries(_value(inner[0]), _value(inner[1]), max_size=3)
    if origin is frozenset:
        return st.frozensets(_value(inner[0]), max_size=3)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(_value(inner[0]), _value(inner[1]), max_size=3)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(hint)
    assert is_dataclass(hint), f"no nouns are made of {hint}"
    # A noun may hold another of its own kind.
    return st.deferred(lambda: made(hint))
