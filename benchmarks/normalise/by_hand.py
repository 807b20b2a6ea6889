"""Items for where no recorded traffic lies: written by hand, in the shapes that the platforms send."""

from __future__ import annotations

from typing import Any

_WORDS = "Good morning, when does the workshop start? See https://example.org/a?b=1 for what we found."

ITEMS: dict[str, list[Any]] = {
    "x": [
        {
            "data": [
                {
                    "id": "1700000000000000001",
                    "text": f"@ours {_WORDS}",
                    "author_id": "7",
                    "created_at": "2026-11-20T12:00:00.000Z",
                    "conversation_id": "1700000000000000000",
                    "in_reply_to_user_id": "42",
                    "lang": "en",
                    "referenced_tweets": [{"type": "replied_to", "id": "1700000000000000000"}],
                }
            ],
            "includes": {"users": [{"id": "7", "username": "someone", "name": "Some One"}]},
            "meta": {"result_count": 1},
        }
    ],
    "reddit": [
        {
            "kind": "t1",
            "data": {
                "name": "t1_abc",
                "author": "someone",
                "author_fullname": "t2_7",
                "body": _WORDS,
                "type": "comment_reply",
                "was_comment": True,
                "created_utc": 1_795_176_000.0,
                "context": "/r/test/comments/xyz/title/abc/?context=3",
                "parent_id": "t1_xyy",
                "subreddit": "test",
            },
        }
    ],
    "mastodon": [
        {
            "id": "109000000000000001",
            "uri": "https://far.example/users/someone/statuses/109000000000000001",
            "url": "https://far.example/@someone/109000000000000001",
            "created_at": "2026-11-20T12:00:00.000Z",
            "content": (
                '<p><span class="h-card"><a href="https://ours.example/@desk" class="u-url mention">@<span>desk</span></a></span>'
                " Good morning &amp; thanks, when does the workshop start?</p><p>See "
                '<a href="https://example.org/a?b=1"><span class="invisible">https://</span>example.org/a?b=1</a></p>'
            ),
            "in_reply_to_id": "108000000000000001",
            "in_reply_to_account_id": "42",
            "language": "en",
            "spoiler_text": "",
            "visibility": "public",
            "reblog": None,
            "account": {
                "id": "7",
                "acct": "someone@far.example",
                "username": "someone",
                "display_name": "Some One",
                "url": "https://far.example/@someone",
            },
        }
    ],
    "bluesky": [
        {
            "uri": "at://did:plc:someone/app.bsky.feed.post/3kabc",
            "cid": "bafyreieq46l7x2t6adc7p4uil7j4tbpipwzr3tu4dtuadmeszvmglkf2c4",
            "author": {"did": "did:plc:someone", "handle": "someone.example", "displayName": "Some One"},
            "record": {
                "$type": "app.bsky.feed.post",
                "text": _WORDS,
                "createdAt": "2026-11-20T12:00:00.000Z",
                "langs": ["en"],
                "reply": {
                    "root": {"uri": "at://did:plc:ours/app.bsky.feed.post/3kaaa", "cid": "bafyroot"},
                    "parent": {"uri": "at://did:plc:ours/app.bsky.feed.post/3kaab", "cid": "bafyparent"},
                },
            },
            "indexedAt": "2026-11-20T12:00:01.000Z",
        }
    ],
    "lemmy": [
        {
            "comment": {
                "id": 201,
                "creator_id": 7,
                "post_id": 90,
                "content": _WORDS,
                "removed": False,
                "deleted": False,
                "published": "2026-11-20T12:00:00.000Z",
                "ap_id": "https://lemmy.example/comment/201",
                "local": True,
                "path": "0.200.201",
            },
            "post": {
                "id": 90,
                "name": "A post",
                "creator_id": 42,
                "community_id": 5,
                "removed": False,
                "deleted": False,
                "published": "2026-11-20T11:00:00.000Z",
                "ap_id": "https://lemmy.example/post/90",
            },
            "creator": {
                "id": 7,
                "name": "someone",
                "actor_id": "https://lemmy.example/u/someone",
                "local": True,
                "deleted": False,
            },
            "community": {"id": 5, "name": "tools", "actor_id": "https://lemmy.example/c/tools", "local": True},
            "counts": {"comment_id": 201, "score": 1, "upvotes": 1, "downvotes": 0, "child_count": 0},
        }
    ],
}
