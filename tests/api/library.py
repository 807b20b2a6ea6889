"""What a workspace keeps to write with, one of each, as the API takes it."""

from __future__ import annotations

from typing import Any

TEXT: dict[str, Any] = {
    "name": "Opening",
    "wordings": [
        {"language": "en", "words": "{place} opens on {date}."},
        {"language": "de", "words": "Am {date} eröffnet {place}."},
    ],
}
REPLY: dict[str, Any] = {"wordings": [{"language": "en", "words": "Thank you from {{ brand }}!"}]}
HANDLE: dict[str, Any] = {"name": "Ada Lovelace", "handles": {"x": "@ada", "mastodon": "ada@social.example"}}
LINK_RULE: dict[str, Any] = {"hosts": ["Ours.example"], "campaign": "winter", "sources": {"x": "twitter"}}


def evergreen_form(*accounts: str, **changes: Any) -> dict[str, Any]:
    """An evergreen that can be set up, but for these changes."""
    entries = [{"wordings": ["We are here for you", "Here to help, every day"]}]
    form = {"name": "Always true", "accounts": list(accounts), "entries": entries, "start": "2026-12-01T09:00"}
    return form | {"zone": "Europe/Berlin", "every_days": 7, "turns": 2} | changes


def furnished(token: str, account: str, campaign: str) -> dict[str, str]:
    """One of each, by the name of its path parameter."""
    from tests.api.rooms import send

    made = {
        "text_id": send("POST", "/texts", token=token, form=TEXT),
        "reply_id": send("POST", "/replies", token=token, form=REPLY | {"name": "thanks"}),
        "handle_id": send("POST", "/handles", token=token, form=HANDLE),
        "account_set_id": send("POST", "/account_sets", token=token, form={"name": "All", "accounts": [account]}),
        "evergreen_id": send("POST", "/evergreens", token=token, form=evergreen_form(account)),
        "link_rule_id": send("PUT", f"/link_rules/{campaign}", token=token, form=LINK_RULE),
    }
    return {name: str(reply.json["id"]) for name, reply in made.items()}
