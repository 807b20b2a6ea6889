"""Reddit: what it can do, as data. The calls are in `connector.py`, which alone imports praw."""

from __future__ import annotations

from datetime import timedelta

from connectors.capabilities import (
    Allowance,
    Capabilities,
    Dedupe,
    Ground,
    InteractionKind,
    LengthUnit,
    Objection,
    PictureLimits,
    Platform,
    Price,
    Repeats,
    Standing,
    Terms,
)
from connectors.contract import Connector, Draft, SignIn
from connectors.metrics import Measure
from connectors.moderation import Moderation
from connectors.options import Option, PollLimits
from connectors.settling import Settling
from connectors.signing import Way

BASE_URL = "https://oauth.reddit.com"

CREDENTIALS = (("client_id", "client_secret", "refresh_token", "user_agent"),)

MAX_COMMENT = 10_000
"""Code points of Markdown (r2 source, 2017)."""

WAY = Way.BROWSER
APP: tuple[str, ...] = ("client_id", "client_secret", "user_agent")
"""What the installation must know of its app, to sign accounts in (signing.py)."""

CLIENT_ID = ("client_id",)
"""Where a credential names its app: Reddit counts by OAuth client, not by user."""

SETTLING = Settling(60, "its listings lag the most of all; silence proves nothing here anyway")

CAPABILITIES = Capabilities(
    platform=Platform.REDDIT,
    repeats=Repeats(None),
    max_length=40_000,
    max_reply_length=MAX_COMMENT,
    unit=LengthUnit.CHARACTERS,
    dedupe=Dedupe.BY_SEARCH,
    kinds=frozenset(
        {
            InteractionKind.MENTION,
            InteractionKind.COMMENT,
            InteractionKind.MESSAGE,
            InteractionKind.REPORT,
            InteractionKind.COMMUNITY,
            InteractionKind.KEYWORD,
        }
    ),
    needs_title=True,
    needs_community=True,
    mention="u/",
    max_title=300,
    pictures=PictureLimits(
        most=20,
        types=frozenset({"image/jpeg", "image/png", "image/gif"}),
        max_bytes=20_000_000,
        max_alt=1000,
    ),
    why_no_video="Reddit wants a picture that stands for the video until it is played, and none is taken out of a video here",
    poll_every=timedelta(minutes=2),
    allowance=Allowance(10, timedelta(minutes=1)),
    app_allowance=Allowance(100, timedelta(minutes=1)),
    options=frozenset({Option.SENSITIVE, Option.SPOILER, Option.FLAIR, Option.POLL, Option.CARD, Option.CROSSPOST}),
    polls=PollLimits(
        min_choices=2, max_choices=6, max_choice=120, shortest=timedelta(days=1), longest=timedelta(days=7)
    ),
    moderations=frozenset(
        {
            Moderation.REMOVE,
            Moderation.APPROVE,
            Moderation.LOCK,
            Moderation.UNLOCK,
            Moderation.BAN,
            Moderation.UNBAN,
            Moderation.BLOCK,
            Moderation.UNBLOCK,
            Moderation.REPORT,
        }
    ),
    measures=frozenset(
        {
            Measure.SCORE,
            Measure.UPVOTE_PERCENT,
            Measure.REPLIES,
            Measure.CROSSPOSTS,
            Measure.VIEWS,
            Measure.KARMA,
            Measure.FOLLOWERS,
            Measure.SUBSCRIBERS,
            Measure.PRESENT,
        }
    ),
    tells_rules=True,
    reads=Allowance(100, timedelta(minutes=1)),
    app_reads=Allowance(100, timedelta(minutes=1)),
)
"""max_length: a self post; a community may set less without saying so.

pictures: in a first post, more than one as a gallery (README.md). A description is shown in a gallery only, and only if it is
short; max_alt is what we keep. why_no_video: `video_poster_url` of api/submit, which praw fills with its own logo.

app_allowance: Reddit's rule for OAuth clients, which counts reads too (README.md). allowance: a careful choice of ours, a
tenth of that, because Reddit publishes nothing per account and tells the young ones to take a break.
reads_own_threads is False: the inbox tells every comment under our posts and under our comments; what stands deeper is
addressed to others.
"""


def connect(sign_in: SignIn) -> Connector:
    """The connector of one Reddit account. No request is made."""
    from connectors.reddit.connector import RedditConnector

    return RedditConnector(sign_in)


def count(draft: Draft) -> int:
    """A draft's code points of Markdown."""
    return len(draft.text)


def price(draft: Draft) -> Price | None:  # noqa: ARG001  (speaking is free here)
    """Nothing is charged for it."""
    return None


def objection(draft: Draft, terms: Terms, standing: Standing) -> Objection | None:  # noqa: ARG001
    """A first post needs a community, is of one kind, and keeps the community's rules as far as somebody read them."""
    if against := conflict(draft):
        return against
    if draft.in_reply_to is not None:
        return None
    if not (draft.community or "").strip():
        return Objection(Ground.NO_COMMUNITY, "a post on Reddit stands in a community", "Name the community.")
    if terms.community is None:
        return None
    from connectors.reddit.checking import against as breaks
    from connectors.reddit.sayings import community

    return breaks(terms.community, draft, community(draft))


def conflict(draft: Draft) -> Objection | None:
    """What of a draft cannot be said in one post, or not in a comment; None where all of it can."""

    def no(why: str, way_out: str, part: str = "options") -> Objection:
        return Objection(Ground.UNSUPPORTED, why, way_out, part)

    options = draft.options
    if draft.in_reply_to is not None:
        if draft.pictures:
            way_out = "Leave the picture out, or put it into the post itself."
            return no("a comment on Reddit takes no picture here", way_out, "pictures")
        asked = ", ".join(sorted(options.asked))
        return no(f"a comment on Reddit has no {asked}", "Leave it out for this account.") if asked else None
    shown = {
        "pictures": draft.pictures,
        "a poll": options.poll,
        "a link": options.card,
        "a post passed on": options.crosspost,
    }
    kinds = [name for name, told in shown.items() if told]
    if len(kinds) > 1:
        return no(f"a post on Reddit is one thing, and this is {' and '.join(kinds)}", "Choose one of them.")
    if options.crosspost is not None:
        if not options.crosspost.startswith("t3_"):
            return no("what is passed on is no post of Reddit's", "Name it by its t3_ id.")
        if draft.text.strip() not in {"", (draft.title or "").strip()}:
            return no("a post that passes on another has a title only", "Put the words into the title.", "text")
    if options.poll is not None and options.poll.lasts % timedelta(days=1):
        return no("a poll on Reddit lasts whole days", "Let it last 1 to 7 days.")
    return None
