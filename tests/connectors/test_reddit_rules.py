"""What a community asks of a post, checked before anything is sent; and patterns of strangers that must not run away."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.capabilities import Ground, Objection, Standing, Terms
from connectors.communities import CommunityRules, Need, PostKind, TextRules
from connectors.contract import Draft, Picture, RemoteRef
from connectors.errors import Unsupported
from connectors.options import Card, Options, Poll
from connectors.reddit import community_rules
from connectors.reddit.checking import PATIENCE, is_tame, matches
from connectors.registry import connect, objection
from tests.connectors.kit_reddit import REDDIT
from tests.connectors.loopback import Loopback

DRAFT = Draft("Words enough", title="A title [Tea]", community="r/tea")
PICTURE = Picture("m1", "image/png", 70, 1, 1, alt="A cup")
LINK = replace(DRAFT, options=Options(card=Card("https://www.example.org/a")))
POLL = replace(DRAFT, options=Options(poll=Poll(("Yes", "No"), timedelta(days=1))))
GALLERY = replace(DRAFT, pictures=(PICTURE, replace(PICTURE, id="m2", alt="")))


def against(rules: CommunityRules, draft: Draft = DRAFT) -> Objection | None:
    return objection("reddit", draft, Terms(community=rules), Standing())


def test_nothing_is_known_against_a_draft_where_nobody_read_the_rules_or_there_are_none() -> None:
    assert objection("reddit", DRAFT, Terms(), Standing()) is None
    for draft in (DRAFT, LINK, POLL, GALLERY):
        assert against(CommunityRules(), draft) is None


BROKEN: list[tuple[str, CommunityRules, Draft]] = [
    ("community", CommunityRules("private"), DRAFT),
    ("community", CommunityRules("barred"), DRAFT),
    ("community", CommunityRules("a word of next year"), DRAFT),
    ("options", CommunityRules(flair=True), DRAFT),
    ("options", CommunityRules(kinds=frozenset({PostKind.WORDS})), LINK),
    ("options", CommunityRules(kinds=frozenset(set(PostKind) - {PostKind.POLL})), POLL),
    ("title", CommunityRules(title=TextRules(shortest=20)), DRAFT),
    ("title", CommunityRules(title=TextRules(longest=5)), DRAFT),
    ("title", CommunityRules(title=TextRules(needs=("[coffee]", "[cocoa]"))), DRAFT),
    ("title", CommunityRules(title=TextRules(forbids=("nothing", "TEA"))), DRAFT),
    ("title", CommunityRules(title=TextRules(patterns=(r"^\[\w+\]", r"\?$"))), DRAFT),
    ("text", CommunityRules(text=TextRules(shortest=100)), DRAFT),
    ("text", CommunityRules(text=TextRules(forbids=("enough",))), DRAFT),
    ("text", CommunityRules(text=TextRules(patterns=(r"^\d+$",))), DRAFT),
    ("text", CommunityRules(body=Need.REQUIRED), replace(DRAFT, text=" ")),
    ("text", CommunityRules(body=Need.FORBIDDEN), DRAFT),
    ("options", CommunityRules(domains=("example.com", "tea.example")), LINK),
    ("options", CommunityRules(not_domains=("example.org",)), LINK),
    ("pictures", CommunityRules(fewest=3), GALLERY),
    ("pictures", CommunityRules(most=1), GALLERY),
    ("pictures", CommunityRules(captions=Need.REQUIRED), GALLERY),
]


@pytest.mark.parametrize(("part", "rules", "draft"), BROKEN, ids=lambda it: it if isinstance(it, str) else "")
def test_a_broken_rule_names_its_part_and_a_way_out(part: str, rules: CommunityRules, draft: Draft) -> None:
    found = against(rules, draft)
    assert found is not None
    assert (found.ground, found.part) == (Ground.COMMUNITY_RULES, part)
    assert found.why
    assert found.way_out
    assert "Words" not in found.why + found.way_out


KEPT: list[tuple[CommunityRules, Draft]] = [
    (CommunityRules(flair=True), replace(DRAFT, options=Options(flair="f-1"))),
    (CommunityRules(title=TextRules(5, 50, ("[tea]", "[coffee]"), ("teapot", "itl"), (r"\[\w+\]$", r"^x"))), DRAFT),
    (CommunityRules(body=Need.FORBIDDEN), LINK),
    (CommunityRules(text=TextRules(shortest=100)), LINK),
    (CommunityRules(domains=("example.org",)), LINK),
    (CommunityRules(domains=("example.org",)), DRAFT),
    (CommunityRules(not_domains=("ample.org", "example.org.evil.example")), LINK),
    (CommunityRules(fewest=2, most=2), GALLERY),
    (CommunityRules(title=TextRules(patterns=("(", "[", "(?=x)", r"(a+)+$"))), DRAFT),
]


@pytest.mark.parametrize(("rules", "draft"), KEPT)
def test_what_is_kept_or_in_doubt_is_let_pass(rules: CommunityRules, draft: Draft) -> None:
    assert against(rules, draft) is None


def test_an_answer_is_under_no_rules_of_posts() -> None:
    answer = Draft("Words", in_reply_to=RemoteRef("t1_1"))
    assert against(CommunityRules("private", flair=True), answer) is None


# --- one post is one thing --------------------------------------------------------------------------------------------

CONFLICTS = [
    replace(LINK, pictures=(PICTURE,)),
    replace(POLL, options=replace(POLL.options, card=LINK.options.card)),
    replace(DRAFT, options=Options(crosspost="t3_1")),
    replace(DRAFT, text="", options=Options(crosspost="t1_1")),
    replace(DRAFT, options=Options(poll=Poll(("Yes", "No"), timedelta(hours=36)))),
    Draft("Words", in_reply_to=RemoteRef("t1_1"), options=Options(sensitive=True)),
]


@pytest.mark.parametrize("draft", CONFLICTS)
def test_what_cannot_be_one_post_is_told_and_never_sent(server: Loopback, draft: Draft) -> None:
    found = objection("reddit", draft, Terms(), Standing())
    assert found is not None
    assert found.ground is Ground.UNSUPPORTED
    with pytest.raises(Unsupported):
        connect("reddit", REDDIT.sign_in(server.url)).publish(draft, key="k")
    assert server.asked == []


# --- patterns ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\[(Tea|Coffee)\] .{3,50}$",
        r"(?i)^(?:re|aw): ",
        r"[^\]a-z\d]+\?$",
        r"\(\d{4}\)",
        r"a+?b*c{2,}",
        r"(?:abc)?d",
        "",
    ],
)
def test_a_plain_pattern_is_tame(pattern: str) -> None:
    assert is_tame(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "((a{99}){99}){99}",
        "(?:x+x+)+y",
        "(?:(?:a*)b)*c",
        "a{999}",
        r"(a)\1",
        "(?R)",
        "(?=a)b",
        "(?<=a+)b",
        "(?P<x>a)",
        "(?:abc){e<=3}",
        r"\p{L}",
        "a**",
        "(",
        ")",
        "[a",
        "x" * 301,
    ],
)
def test_a_pattern_that_could_run_away_is_not_run(pattern: str) -> None:
    assert not is_tame(pattern)
    assert matches(pattern, "a" * 300, time.process_time() + PATIENCE) is None


@pytest.mark.parametrize("slow", ["a*" * 40 + "[bc]$", "(?:a|a|aa)*[bc]$"])
def test_slow_patterns_end_in_time_all_together(slow: str) -> None:
    assert is_tame(slow)
    rules = CommunityRules(title=TextRules(patterns=(slow,) * 50))
    began = time.process_time()
    assert against(rules, replace(DRAFT, title="a" * 299)) is None, "what is not decided is left to Reddit"
    assert time.process_time() - began < PATIENCE + 1


# --- what Reddit tells ------------------------------------------------------------------------------------------------


def test_what_is_told_is_read_and_what_is_odd_is_free() -> None:
    asked = {
        "title_regexes": [r"\?$", 7, None, " "],
        "title_text_min_length": 3,
        "title_text_max_length": "many",
        "title_required_strings": ["tea"],
        "body_restriction_policy": "notAllowed",
        "body_blacklisted_strings": {"a": 1},
        "domain_whitelist": ["example.org"],
        "domain_blacklist": ["evil.example"],
        "link_restriction_policy": "whitelist",
        "is_flair_required": True,
        "gallery_min_items": 2,
        "gallery_max_items": True,
        "gallery_captions_requirement": "required",
    }
    about = {"data": {"submission_type": "self", "allow_polls": False}}
    assert community_rules.rules(asked, about) == CommunityRules(
        title=TextRules(3, None, ("tea",), (), (r"\?$",)),
        body=Need.FORBIDDEN,
        kinds=frozenset({PostKind.WORDS, PostKind.CROSSPOST}),
        domains=("example.org",),
        flair=True,
        fewest=2,
        captions=Need.REQUIRED,
    )
    for odd in (None, [], "words", {"data": []}, {"title_regexes": None}):
        body: Any = odd
        assert community_rules.rules(body, body) == CommunityRules()
