"""How long a send may still be on its way on a platform, and why we think so. None of it was measured on a live service."""

from __future__ import annotations

from dataclasses import dataclass

NO_GATEWAY_WAITS_LONGER = "longer than any gateway's own limit that is known"


@dataclass(frozen=True, slots=True)
class Settling:
    """Whole seconds. call: how long an answer is waited for. landing: how late a sent request may still take effect;
    visible: how late an effect may show in what is read; each with its reason, in words for an operator."""

    visible: int
    why_visible: str
    landing: int = 30
    why_landing: str = NO_GATEWAY_WAITS_LONGER
    call: int = 8
