"""Permission: whether a variant may be said as it lies there, asked once more in the moment before it is.

What was checked when it was scheduled may have changed since: the words (by whoever can reach the record), the yes of those
who were asked, our own guideline, the account's right to speak there.
"""

from __future__ import annotations

from chalicelib.domain import approval
from chalicelib.domain.account import Account
from chalicelib.domain.post import Variant
from chalicelib.services import gating
from chalicelib.services.checking import Wish, objection_to
from chalicelib.services.desk import Desk
from chalicelib.services.occasions import Occasion


def against(desk: Desk, variant: Variant, account: Account, occasion: Occasion) -> str | None:
    """Why it may not be said, in words for a person; None where it may."""
    body = occasion.body
    if variant.content is not None and body.digest() != variant.content:
        return "what would be sent is not what was checked and approved"
    unapproved = approval.stands(variant)
    if unapproved is not None:
        return unapproved
    forbidden = gating.against(desk, account, body, occasion.made_at)
    if forbidden is not None:
        return forbidden
    objection = objection_to(desk, account, Wish(account.id, body, "", variant.summoned))
    return None if objection is None else f"{objection.why} {objection.way_out}"
