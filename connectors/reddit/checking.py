"""Whether a draft keeps a community's rules: pure, and only what is certain. What is in doubt is left to Reddit itself.

The patterns among the rules were written by strangers: one is run only if it is of a kind that cannot eat memory, and then
against a clock.
"""

from __future__ import annotations

import re
import time
from urllib.parse import urlsplit

from connectors.capabilities import Ground, Objection
from connectors.communities import CommunityRules, Need, PostKind, TextRules
from connectors.contract import Draft

PATIENCE = 0.2
"""Seconds of this process, which is how `regex` counts them, for all patterns of one draft."""
LONGEST_PATTERN = 300
MOST_REPEATS = 100
_QUOTED = 60
"""Characters of a rule that are shown to a person."""
_CLOSED = {
    "private": ("is private", "Ask its moderators to let the account in, or choose another community."),
    "banned": ("was closed by Reddit", "Choose another community."),
    "quarantined": ("is quarantined", "Choose another community."),
    "gone": ("does not exist", "Check the name."),
    "barred": ("has banned this account", "Choose another community, or write to its moderators."),
    "archived": ("takes no new posts", "Choose another community."),
    "restricted": ("lets only approved members post", "Ask its moderators to approve the account."),
}
_OPENING = re.compile(r"\((?!\?)|\(\?:|\(\?[imsx]{1,4}\)")
_PLAIN = re.compile(r"\\[^1-9gkpPNLRXK]|\[\^?\]?(?:\\.|[^\\\]])*\]|[^\\\[\](){}*+?]", re.DOTALL)
"""One thing that stands for one character: an escape, a class of characters, or itself."""
_REPEAT = re.compile(r"(?:[*+]|\{(?P<least>\d{1,4})?(?:,(?P<most>\d{1,4})?)?\})[?+]?")


def kind_of(draft: Draft) -> PostKind:
    """What the post would be."""
    options = draft.options
    if options.crosspost is not None:
        return PostKind.CROSSPOST
    if options.poll is not None:
        return PostKind.POLL
    if len(draft.pictures) > 1:
        return PostKind.GALLERY
    return PostKind.PICTURE if draft.pictures else PostKind.LINK if options.card else PostKind.WORDS


def against(rules: CommunityRules, draft: Draft, name: str) -> Objection | None:
    """The first rule of the community that a first post breaks; None where none is known to be broken."""
    there, kind = f"r/{name}", kind_of(draft)
    if rules.closed:
        why, way_out = _CLOSED.get(rules.closed, ("takes no posts of this account", "Choose another community."))
        return Objection(Ground.COMMUNITY_RULES, f"{there} {why}", way_out, "community")
    if rules.kinds is not None and kind not in rules.kinds:
        allowed = ", ".join(sorted(rules.kinds)) or "nothing"
        return _no(f"{there} takes no post that is made of {_named(kind)}", f"It takes: {allowed}.", "options")
    if rules.flair and draft.options.flair is None:
        return _no(f"{there} wants a flair on every post", "Choose one of its flairs.", "options")
    clock = _started() if rules.title.patterns or rules.text.patterns else 0.0
    found = _text(rules.title, draft.title or "", "title", there, clock)
    return (
        found
        or _body(rules, draft, kind, there, clock)
        or _gallery(rules, draft, kind, there)
        or _link(rules, draft, there)
    )


def _body(rules: CommunityRules, draft: Draft, kind: PostKind, there: str, clock: float) -> Objection | None:
    has = bool(draft.text.strip())
    if kind is PostKind.WORDS and rules.body is Need.REQUIRED and not has:
        return _no(f"{there} wants a text under the title", "Write one.", "text")
    if kind is PostKind.WORDS and rules.body is Need.FORBIDDEN and has:
        return _no(f"{there} takes titles without a text", "Leave the text out.", "text")
    return _text(rules.text, draft.text, "text", there, clock) if has and kind is PostKind.WORDS else None


def _text(rules: TextRules, text: str, part: str, there: str, clock: float) -> Objection | None:
    count = len(text)
    if rules.shortest is not None and count < rules.shortest:
        return _no(f"the {part} has {count} characters where {there} wants {rules.shortest}", "Say more.", part)
    if rules.longest is not None and count > rules.longest:
        why = f"the {part} has {count} characters where {there} takes {rules.longest}"
        return _no(why, f"Shorten it by {count - rules.longest}.", part)
    if rules.needs and not any(_contains(text, one) for one in rules.needs):
        return _no(f"the {part} lacks what {there} wants in it", f"Put in one of: {_list(rules.needs)}.", part)
    for one in rules.forbids:
        if _contains_word(text, one):
            return _no(f"{there} forbids {_quoted(one)} in the {part}", "Leave it out.", part)
    if rules.patterns and all(matches(one, text, clock) is False for one in rules.patterns):
        why = f"the {part} has not the form that {there} wants"
        return _no(why, f"Let it match one of: {_list(rules.patterns)}.", part)
    return None


def _gallery(rules: CommunityRules, draft: Draft, kind: PostKind, there: str) -> Objection | None:
    if kind is not PostKind.GALLERY:
        return None
    count = len(draft.pictures)
    if rules.fewest is not None and count < rules.fewest:
        return _no(f"{there} wants {rules.fewest} pictures in a gallery", "Add more pictures.", "pictures")
    if rules.most is not None and count > rules.most:
        return _no(f"{there} takes {rules.most} pictures in a gallery", f"Leave {count - rules.most} out.", "pictures")
    described = [bool(picture.alt.strip()) for picture in draft.pictures]
    if rules.captions is Need.REQUIRED and not all(described):
        return _no(f"{there} wants a caption under each picture", "Describe every picture.", "pictures")
    return None


def _link(rules: CommunityRules, draft: Draft, there: str) -> Objection | None:
    card = draft.options.card
    if card is None or kind_of(draft) is not PostKind.LINK:
        return None
    try:
        host = (urlsplit(card.url).hostname or "").casefold()
    except ValueError:
        return _no("the link is no address", "Check the link.", "options")
    if rules.domains and not any(_is_under(host, one) for one in rules.domains):
        return _no(f"{there} takes no link to that host", f"It takes: {_list(rules.domains)}.", "options")
    if any(_is_under(host, one) for one in rules.not_domains):
        return _no(f"{there} takes no link to that host", "Link to another place.", "options")
    return None


def _no(why: str, way_out: str, part: str) -> Objection:
    return Objection(Ground.COMMUNITY_RULES, why, way_out, part)


def _named(kind: PostKind) -> str:
    return {PostKind.WORDS: "words only", PostKind.CROSSPOST: "another post"}.get(kind, f"a {kind.value}")


def _is_under(host: str, domain: str) -> bool:
    domain = domain.strip().casefold().removeprefix("*.").removeprefix("www.")
    return host.removeprefix("www.") == domain or host.endswith(f".{domain}")


def _contains(text: str, wanted: str) -> bool:
    return wanted.strip().casefold() in text.casefold()


def _contains_word(text: str, wanted: str) -> bool:
    """As whole words only: where Reddit is stricter, it says so itself."""
    found = rf"(?<!\w){re.escape(wanted.strip().casefold())}(?!\w)"
    return re.search(found, text.casefold()) is not None


def _quoted(rule: str) -> str:
    return f"“{rule[:_QUOTED]}{'…' if len(rule) > _QUOTED else ''}”"


def _list(rules: tuple[str, ...]) -> str:
    return ", ".join(map(_quoted, rules[:5])) + (" …" if len(rules) > 5 else "")


def _started() -> float:
    """When the patience of a draft ends; what runs patterns is loaded before it begins."""
    import regex  # noqa: F401

    return time.process_time() + PATIENCE


# --- patterns of strangers --------------------------------------------------------------------------------------------


def matches(pattern: str, text: str, clock: float) -> bool | None:
    """Whether a stranger's pattern is found in a text; None where it is not run, or could not be decided in time."""
    left = clock - time.process_time()
    if left <= 0 or not is_tame(pattern):
        return None
    import regex

    try:
        return regex.search(pattern, text, timeout=left) is not None
    except (regex.error, TimeoutError, OverflowError, RecursionError):
        return None


def is_tame(pattern: str) -> bool:
    """Whether a pattern is plain: no repeat within a repeat, no large count, no look-around, no reference back.

    Then its search takes no memory to speak of and gives way to a clock. Others can eat all memory before any clock is
    looked at: `(a{999}){999}` did.
    """
    if len(pattern) > LONGEST_PATTERN:
        return False
    repeats = [False]  # of each group that is open: whether something in it repeats
    place = 0
    while place < len(pattern):
        within = False
        opening = _OPENING.match(pattern, place)
        if opening is not None:
            if not opening[0].endswith(")"):
                repeats.append(False)
            place = opening.end()
            continue
        if pattern[place] == ")" and len(repeats) > 1:
            within = repeats.pop()
            repeats[-1] |= within
            place += 1
        elif plain := _PLAIN.match(pattern, place):
            place = plain.end()
        else:
            return False
        if repeat := _REPEAT.match(pattern, place):
            if within or max(int(repeat[end] or 0) for end in ("least", "most")) > MOST_REPEATS:
                return False
            repeats[-1] = True
            place = repeat.end()
        elif pattern[place : place + 1] == "?":
            place += 1
    return len(repeats) == 1
