"""The heads of the shipped table: what each learns, and how many there are. One list, for training and for the file."""

from __future__ import annotations

from typing import Final

RISK_HEADS: Final = ("insult", "hate", "threat", "self_harm", "privacy", "legal", "crisis", "sexual")
INTENT_HEADS: Final = ("praise", "complaint", "question", "support", "spam")
JUDGED: Final = ("auto", "risky", *RISK_HEADS, *INTENT_HEADS)
"""Heads that the second layer speaks about as well."""
HELPERS: Final = ("sarcasm", "positive", "negative")
"""Heads that only inform the second layer. Sarcasm does not transfer between sets: it may lower confidence, never decide."""
HEADS: Final = JUDGED + HELPERS
