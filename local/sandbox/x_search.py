"""X's recent search, as far as it is asked here: terms joined by OR in one pair of brackets, and what is left out.

Matching is by whole words without case and accents, as X's page about operators says. Sources: x-api search pages
(operators, build a query), a reported 400 for a `since_id` that is too old.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

from local.sandbox.counting import HASHTAG, MENTION
from local.sandbox.model import Post
from local.sandbox.x_media import invalid

REACH = timedelta(days=7)
LONGEST_QUERY = 512
_QUERY = re.compile(r"\((?P<terms>.+)\)(?P<without>(?: -\S+)*)\Z")
_TERM = re.compile(r'"[^"]+"|\S+')
_WITHOUT = re.compile(r"-(is:retweet|from:(\w+))\Z")


def matching(query: str, posts: list[Post]) -> list[Post]:
    """The posts that a query finds. Raises Refusal for one that cannot be read here."""
    found = _QUERY.fullmatch(query) if len(query) <= LONGEST_QUERY else None
    if found is None:
        invalid("query", query, "There were errors processing your request: the query is not understood")
    terms = [one for one in _TERM.findall(found["terms"]) if one != "OR"]
    without = [_WITHOUT.fullmatch(one) for one in found["without"].split()]
    if None in without:
        invalid("query", query, "There were errors processing your request: an operator is not understood")
    silent = {one[2] for one in without if one is not None and one[2]}
    return [post for post in posts if post.author not in silent and any(_is_met(term, post) for term in terms)]


def too_old(since_id: int, oldest_id: int, oldest: datetime) -> None:
    """Refuse a `since_id` from before what the search reaches, as X does."""
    if since_id >= oldest_id:
        return
    when = oldest.strftime("%Y-%m-%dT%H:%MZ")
    told = (
        f"'since_id' must be a tweet id created after {when}. Please use a 'since_id' that is larger than {oldest_id}"
    )
    invalid("since_id", str(since_id), told)


def _is_met(term: str, post: Post) -> bool:
    name, _, value = term.partition(":")
    if name == "conversation_id":
        return post.root == value
    if name == "in_reply_to_tweet_id":
        return post.parent == value
    if name == "quotes_of_tweet_id":
        return post.facts.get("quotes") == value
    if term.startswith("#"):
        return term[1:].casefold() in {tag.casefold() for tag in HASHTAG.findall(post.text)}
    if term.startswith("@"):
        return term[1:].casefold() in {name.casefold() for name, _ in MENTION.findall(post.text)}
    return f" {_words(term)} " in f" {_words(post.text)} "


def _words(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c))))
