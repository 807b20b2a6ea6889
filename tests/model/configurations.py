"""What is explored: settings with names, each small enough for every test run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from tests.model.explorer import Result, explore
from tests.model.protocol import PublishModel
from tests.model.rules import Rules
from tests.model.states import Kind, Setting


@dataclass(frozen=True, slots=True)
class Configuration:
    """One setting in which the protocol must keep every promise."""

    name: str
    setting: Setting


@cache
def explored(configuration: Configuration) -> Result:
    """Every reachable state."""
    setting = configuration.setting
    return explore(PublishModel(setting, rules_for(setting.platform)))


def rules_for(platform: Kind) -> Rules:
    """The protocol's rules. Where one id is taken once, they need no clock: a worker may send after its lease."""
    return Rules(sends_within_lease=platform is not Kind.ATOMIC)


def _each(name: str, setting: Setting) -> tuple[Configuration, ...]:
    return tuple(Configuration(f"{one.value}: {name}", replace(setting, platform=one)) for one in Kind)


EVERYTHING = Setting(
    edits=1, signs_out=True, rejects=True, brakes=True, decides=True, late=True, caps=True, takes_down=True
)

CONFIGURATIONS = (
    *_each("three workers, cancel", Setting(workers=3)),
    *_each("everything that may happen to one post", EVERYTHING),
    *_each("a thread of two parts, signed out, rejected", Setting(parts=2, signs_out=True, rejects=True, decides=True)),
    *_each("a thread of two parts under a brake", Setting(parts=2, brakes=True, decides=True)),
    *_each("a thread of two parts, edited, too late", Setting(parts=2, edits=1, late=True, decides=True)),
    *_each("two posts of one account", Setting(posts=2, edits=1)),
)
