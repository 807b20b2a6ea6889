"""What is explored: settings with names, each small enough for every test run."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.model.explorer import Result, explore
from tests.model.protocol import PublishModel
from tests.model.rules import Rules
from tests.model.states import Kind, Setting


@dataclass(frozen=True, slots=True)
class Configuration:
    """One setting in which the protocol must keep every promise."""

    name: str
    setting: Setting

    def explored(self) -> Result:
        """Every reachable state."""
        return explore(PublishModel(self.setting, rules_for(self.setting.platform)))


def rules_for(platform: Kind) -> Rules:
    """The protocol's rules. Where one id is taken once, they need no clock: a worker may send after its lease."""
    return Rules(sends_within_lease=platform is not Kind.ATOMIC)


def _each(name: str, setting: Setting) -> tuple[Configuration, ...]:
    return tuple(Configuration(f"{one.value}: {name}", replace(setting, platform=one)) for one in Kind)


EVERYTHING = Setting(
    edits=True, signs_out=True, rejects=True, brakes=True, decides=True, late=True, caps=True, takes_down=True
)

CONFIGURATIONS = (
    *_each("three workers, cancel", Setting(workers=3)),
    *_each("everything that may happen to one post", EVERYTHING),
    *_each("a thread of two parts", Setting(parts=2, signs_out=True, rejects=True, brakes=True, decides=True)),
    *_each("two posts of one account", Setting(posts=2, edits=True)),
)
