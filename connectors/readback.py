"""What a listing of our own posts says about a post whose answer was lost.

The match rule: same author, made no earlier than the first claim, same parent, same text fingerprint. One match is Found;
two are nobody's to choose between. Whether silence proves anything is for the platform's connector to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from connectors.contract import Found, Lookup, Receipt, RemoteRef, Unproven

CLOCK_MARGIN = timedelta(seconds=60)
"""How far a platform's clock may be behind ours: a post may look that much older than its claim."""


def settled(matches: Sequence[RemoteRef], silence: Lookup) -> Lookup:
    """Found for exactly one match, Unproven for more, `silence` for none."""
    if len(matches) == 1:
        return Found(Receipt(matches[0]))
    if matches:
        return Unproven(f"{len(matches)} posts of this account match; a person must say which one is meant.")
    return silence
