"""A body that can be read, for every route that takes one and names an id."""

from __future__ import annotations

from typing import Any

from tests.api.library import LINK_RULE, REPLY, TEXT

UNKNOWN = "a" * 16
"""An id that nobody has."""

FORMS: dict[str, dict[str, Any]] = {
    "POST /imports/{import_id}/begin": {"mode": "row_wise"},
    "POST /guideline/versions/{version_id}/replay": {"days": 7},
    "POST /guideline/versions/{version_id}/activate": {"replay": UNKNOWN, "why": "it is better"},
    "POST /corrections/{correction_id}/replay": {"days": 7},
    "POST /corrections/{correction_id}/activate": {"replay": UNKNOWN, "why": "it is better"},
    "POST /reviews/{review_id}/decide": {"verdict": "let_go", "why": "nothing to say"},
    "POST /interactions/{interaction_id}/moderations": {"action": "hide", "why": "it hurts", "clauses": ["a-clause"]},
    "POST /rulings/{ruling_id}/notice": {},
    "POST /rulings/{ruling_id}/undo": {"why": "too strict"},
    "PATCH /variants/{variant_id}": {"version": 1, "text": "Something else"},
    "POST /variants/{variant_id}/take_down": {"why": "it was wrong"},
    "POST /blackouts/{blackout_id}/lift": {"why": "over"},
    "POST /blackouts/{blackout_id}/clear": {"preview": UNKNOWN},
    "PUT /accounts/{account_id}/slots": {"zone": "UTC", "slots": []},
    "POST /accounts/{account_id}/queue": {"text": "Hello"},
    "POST /events/{event_id}/move": {"version": 1, "starts": "2027-01-05T18:00"},
    "POST /events/{event_id}/cancel": {"version": 1, "say": None, "why": "no hall"},
    "PATCH /series/{series_id}": {"version": 1, "name": "Another name"},
    "POST /series/{series_id}/pause": {"why": "not now"},
    "POST /series/{series_id}/resume": {"why": "now again"},
    "POST /series/{series_id}/end": {"why": "enough"},
    "PATCH /series/{series_id}/occurrences/{occurrence_id}": {"version": 1, "skip": True},
    "POST /brakes/{brake_id}/lift": {"why": "all is well"},
    "PATCH /campaigns/{campaign_id}": {"rev": 1, "name": "Another"},
    **{f"POST /campaigns/{{campaign_id}}/{act}": {"why": "so be it"} for act in ("pause", "resume", "end", "cancel")},
    "POST /campaigns/{campaign_id}/counted": {"measure": "sign-ups", "value": 1},
    "PUT /posts/{post_id}/labels": {"labels": ["winter"]},
    **{f"POST /evergreens/{{evergreen_id}}/{act}": {"why": "so be it"} for act in ("pause", "resume", "end")},
    "PUT /texts/{text_id}": TEXT,
    "PUT /replies/{reply_id}": REPLY,
    "POST /interactions/{interaction_id}/withdraw_answer": {"why": "it misses the point"},
    "PUT /handles/{handle_id}": {"handles": {"x": "ada"}},
    "PUT /account_sets/{account_set_id}": {"name": "All", "accounts": ["a"]},
    "PUT /link_rules/{link_rule_id}": LINK_RULE,
    "PATCH /drafts/{variant_id}": {"version": 1, "text": "Something else"},
    "POST /accounts/{account_id}/disconnect": {"why": "no longer ours"},
    "POST /sign_ins/{sign_in_id}/finish": {"state": "s", "code": "c"},
    "PATCH /accounts/{account_id}": {"listening": {"messages": True}},
    "POST /posts/{post_id}/schedule": {"schedule": {"at": "2026-11-21T12:00", "zone": "Europe/Berlin"}},
    "POST /variants/{variant_id}/approve": {"version": 1},
    "POST /variants/{variant_id}/return": {"version": 1, "comment": "not like this"},
    "POST /variants/{variant_id}/comments": {"comment": "well"},
    "POST /variants/{variant_id}/links": {"label": "somebody outside"},
}
