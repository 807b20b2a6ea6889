"""Every platform that joins the contract suite: each has a kit, in `kit_<platform>.py` under its name."""

from __future__ import annotations

from importlib import import_module

from connectors.capabilities import Platform
from tests.connectors.kit import Kit

KITS: tuple[Kit, ...] = tuple(
    getattr(import_module(f"tests.connectors.kit_{platform}"), platform.name) for platform in Platform
)
