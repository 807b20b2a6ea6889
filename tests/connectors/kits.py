"""Every platform that joins the contract suite, a line each."""

from __future__ import annotations

from tests.connectors.kit_bluesky import BLUESKY
from tests.connectors.kit_mastodon import MASTODON
from tests.connectors.kit_reddit import REDDIT
from tests.connectors.kit_x import X

KITS = (X, REDDIT, MASTODON, BLUESKY)
