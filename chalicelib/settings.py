"""Settings from the environment, read once and checked at the start: a missing or wrong one stops it, by name.

No account's secret is a setting: credentials lie sealed in the record. The secrets of our own apps are, and are never shown.
`docs/settings.md` is made from `NAMES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from chalicelib.domain.looking_back import USUAL_BOUNDS, Bounds
from chalicelib.domain.timing import Timing
from chalicelib.ports import QueueName
from connectors import registry
from connectors.capabilities import Dedupe, Platform

PLATFORMS = tuple(str(one) for one in Platform)

DEFAULT_HOSTS: dict[str, tuple[str, ...]] = {
    one: tuple(filter(None, [registry.default_base_url(one)])) for one in PLATFORMS
}

SKEW = timedelta(seconds=4)
"""How far two workers' clocks may differ. Each is held to within half of it of the engine's own time (services/clocks.py):
DynamoDB tells that to the second only, which leaves a second for the clock itself, and Lambda's hosts keep time better."""

_SETTLING = {one: registry.settling(one) for one in PLATFORMS}

DEFAULT_SECONDS: dict[str, dict[str, int]] = {
    one: {"CALL": told.call, "LANDING": told.landing, "VISIBLE": told.visible} for one, told in _SETTLING.items()
}
"""CALL: how long an answer is waited for; signing in, a call and the writes fit into what a worker must have left to begin.
LANDING, VISIBLE: D and V of the publish protocol, for the reasons in `WHY`."""

WHY: dict[str, dict[str, str]] = {
    one: {"LANDING": told.why_landing, "VISIBLE": told.why_visible} for one, told in _SETTLING.items()
}
"""Why each platform's defaults are what they are; `docs/publishing.md` shows it."""

LEASE = 66
"""Seconds: the publish function's time-out (60 s), 2 s in which Lambda may kill it late, and the clocks' error."""

ATOMIC = frozenset(one for one in PLATFORMS if registry.capabilities(one).dedupe is Dedupe.BY_ID)
"""Platforms that refuse a second write under the same id, so that a takeover need not wait for landing and visibility."""

APPS: dict[str, tuple[str, ...]] = {
    "x": ("client_id", "client_secret"),
    "reddit": ("client_id", "client_secret", "user_agent"),
}
"""What may be told of our app, on each platform that wants one registered beforehand (docs/connecting.md)."""

REDIRECT = "http://127.0.0.1:8702/signed-in"
"""Where `parley connect` listens for whoever comes back, on the machine at which they sit."""

SIGNED_IN = "/signed-in"
"""The API's own page for the same, where nobody can listen on the machine at which a person sits."""

SECOND_READERS = frozenset({"", "bedrock", "comprehend"})

_OF_APPS = {
    "client_id": "id of our app on {0}, by which accounts are signed in there",
    "client_secret": "secret of our app on {0}; on X an app may have none",
    "user_agent": "how our app on {0} names itself there: `platform:name:version (by /u/name)`",
}

NAMES: dict[str, str] = {
    "PARLEY_ENGINE": "`embedded` (one machine, the default) or `aws`",
    "PARLEY_HOME": "embedded: the folder of the record, key and mail-box (default `.parley`)",
    "PARLEY_TABLE": "aws: name of the DynamoDB table",
    "PARLEY_KMS_KEY": "aws: id, ARN or alias of the KMS key that seals secrets",
    "PARLEY_BUCKET": "aws: name of the bucket that keeps pictures; a function without one keeps none",
    "PARLEY_MAIL_FROM": "the From of mails; on aws of an identity that SES has verified",
    **{f"PARLEY_QUEUE_{one.name}": f"aws: address of the {one.value} queue" for one in QueueName},
    **{
        f"PARLEY_HOSTS_{one.upper()}": f"base addresses at which {one} accounts may be reached, comma-separated, first is default"
        for one in PLATFORMS
    },
    **{
        f"PARLEY_APP_{one.upper()}_{name.upper()}": _OF_APPS[name].format(one)
        for one, names in APPS.items()
        for name in names
    },
    "PARLEY_SIGNED_IN_URL": "where platforms send a person back after signing in, as told to each platform (default: on aws "
    f"`/signed-in` below PARLEY_PUBLIC_URL where that is set, else {REDIRECT})",
    "PARLEY_POLL_SECONDS": "how often accounts are read (default: as often as each platform makes sensible)",
    "PARLEY_HISTORY_DAYS": "how far back the inbox of a newly connected account is read, 0 for not at all "
    f"(default {USUAL_BOUNDS.span.days}: what X keeps of private messages)",
    "PARLEY_HISTORY_MESSAGES": f"and how many messages of it at most (default {USUAL_BOUNDS.most}: half of what Reddit "
    "lists, and 2.50 dollars on X, where it is read only if `listening.threads` is on)",
    "PARLEY_LEASE_SECONDS": f"how long one attempt to publish may last (default {LEASE})",
    **{
        f"PARLEY_{name}_SECONDS_{one.upper()}": f"{meaning} on {one} (default {DEFAULT_SECONDS[one][name]})"
        for one in PLATFORMS
        for name, meaning in (
            ("CALL", "longest single call"),
            ("LANDING", "how late a sent request may still take effect"),
            ("VISIBLE", "how late an effect may show in what is read"),
        )
    },
    "PARLEY_SECOND_OPINION": "who else reads a message of which the first reader is unsure: `bedrock`, `comprehend`, or empty "
    "for nobody (the default); a workspace has to want it too ([second-opinion.md](second-opinion.md))",
    "PARLEY_SECOND_MODEL": "bedrock: id of the model, or of a profile that spreads it over regions",
    "PARLEY_SECOND_REGION": "the AWS region in which it is asked (default: as everything else)",
    "PARLEY_PUBLIC_URL": "where people reach this installation, for links in mails",
    "PARLEY_FETCH_LOOPBACK": "embedded: `yes` follows addresses of pictures and feeds on this machine too, also over plain "
    "http; for trying things out, never where others may name addresses",
}

_NOT_OURS = frozenset({"PARLEY_CORPUS", "PARLEY_DATA", "PARLEY_TOKEN"})
"""Where tests find recorded traffic, and by whose token a command reads; nothing that is set up reads them."""


class SettingsError(Exception):
    """A setting is missing or wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation was told. `queues` holds addresses on aws and is empty elsewhere."""

    engine: str
    home: Path
    table: str
    kms_key: str
    mail_from: str
    queues: Mapping[QueueName, str]
    hosts: Mapping[str, tuple[str, ...]]
    timing: Mapping[str, Timing]
    poll_every: timedelta | None
    public_url: str
    read_back: Bounds = USUAL_BOUNDS
    bucket: str = ""
    fetch_loopback: bool = False
    apps: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    redirect: str = REDIRECT
    second_opinion: str = ""
    second_model: str = ""
    second_region: str = ""


def read(environment: Mapping[str, str]) -> Settings:
    """The settings in this environment. Raises SettingsError with every problem found."""
    reader = _Reader(environment)
    engine = environment.get("PARLEY_ENGINE", "embedded")
    if engine not in {"embedded", "aws"}:
        reader.problems.append(f"PARLEY_ENGINE must be `embedded` or `aws`, not {engine!r}")
    on_aws = engine == "aws"
    second = environment.get("PARLEY_SECOND_OPINION", "")
    if second not in SECOND_READERS:
        reader.problems.append(f"PARLEY_SECOND_OPINION must be `bedrock`, `comprehend` or empty, not {second!r}")
    lease = reader.seconds("PARLEY_LEASE_SECONDS", LEASE)
    public_url = reader.address("PARLEY_PUBLIC_URL")
    page = f"{public_url}{SIGNED_IN}" if on_aws and public_url else REDIRECT
    settings = Settings(
        engine=engine,
        home=Path(environment.get("PARLEY_HOME") or ".parley"),
        table=reader.needed("PARLEY_TABLE", on_aws),
        kms_key=reader.needed("PARLEY_KMS_KEY", on_aws),
        mail_from=reader.needed("PARLEY_MAIL_FROM", on_aws) or "Parley <parley@localhost>",
        # A function is told only of the queues it sends to (.chalice/resources.json); the port refuses the others.
        queues={
            one: environment[f"PARLEY_QUEUE_{one.name}"]
            for one in QueueName
            if f"PARLEY_QUEUE_{one.name}" in environment
        },
        hosts={one: reader.hosts(one) for one in PLATFORMS},
        timing={one: reader.timing(one, lease) for one in PLATFORMS},
        poll_every=timedelta(seconds=reader.seconds("PARLEY_POLL_SECONDS", 0)) or None,
        public_url=public_url,
        read_back=Bounds(
            timedelta(days=reader.whole("PARLEY_HISTORY_DAYS", USUAL_BOUNDS.span.days, 90)),
            reader.whole("PARLEY_HISTORY_MESSAGES", USUAL_BOUNDS.most, 1000),
        ),
        bucket=environment.get("PARLEY_BUCKET", ""),
        apps={one: reader.app(one) for one in APPS},
        redirect=reader.address("PARLEY_SIGNED_IN_URL") or page,
        fetch_loopback=reader.yes("PARLEY_FETCH_LOOPBACK", allowed=not on_aws),
        second_opinion=second,
        second_model=reader.needed("PARLEY_SECOND_MODEL", second == "bedrock"),
        second_region=environment.get("PARLEY_SECOND_REGION", ""),
    )
    reader.unknown()
    if reader.problems:
        raise SettingsError(reader.problems)
    return settings


class _Reader:
    """Reads single settings and gathers what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.problems: list[str] = []

    def needed(self, name: str, condition: bool) -> str:
        value = self.environment.get(name, "")
        if condition and not value:
            self.problems.append(f"{name} is missing: {NAMES[name]}")
        return value

    def yes(self, name: str, *, allowed: bool) -> bool:
        value = self.environment.get(name, "no")
        if value not in {"yes", "no"}:
            self.problems.append(f"{name} must be `yes` or `no`, not {value!r}")
        elif value == "yes" and not allowed:
            self.problems.append(f"{name} is for one machine only; leave it out on aws")
        return value == "yes"

    def seconds(self, name: str, default: int) -> int:
        return self.whole(name, default, 3600, "whole seconds")

    def whole(self, name: str, default: int, most: int, what: str = "a whole number") -> int:
        value = self.environment.get(name)
        if value is None:
            return default
        if not value.isascii() or not value.isdigit() or len(value) > 9 or not 0 <= int(value) <= most:
            self.problems.append(f"{name} must be {what} from 0 to {most}, not {value!r}")
            return default
        return int(value)

    def hosts(self, platform: str) -> tuple[str, ...]:
        name = f"PARLEY_HOSTS_{platform.upper()}"
        value = self.environment.get(name)
        if value is None:
            return DEFAULT_HOSTS[platform]
        addresses = tuple(one.strip().rstrip("/") for one in value.split(",") if one.strip())
        for address in addresses:
            self._check(name, address)
        return addresses

    def address(self, name: str) -> str:
        value = self.environment.get(name, "").rstrip("/")
        if value:
            self._check(name, value)
        return value

    def app(self, platform: str) -> dict[str, str]:
        names = {one: f"PARLEY_APP_{platform.upper()}_{one.upper()}" for one in APPS[platform]}
        found = {one: value for one, name in names.items() if (value := self.environment.get(name, "").strip())}
        self.problems += [  # never the value: it may be a secret
            f"{names[one]} holds something that is no line of plain characters"
            for one, value in found.items()
            if not (value.isascii() and value.isprintable())
        ]
        return found

    def _check(self, name: str, address: str) -> None:
        if not _is_address(address):
            # What stands before an @ may be a password; a problem ends in a log.
            shown = f"…@{address.rpartition('@')[2]}" if "@" in address else address
            self.problems.append(
                f"{name} holds {shown!r}, which is no plain https address (http only on loopback, no user names)"
            )

    def timing(self, platform: str, lease: int) -> Timing:
        def seconds(what: str) -> timedelta:
            default = DEFAULT_SECONDS[platform][what]
            return timedelta(seconds=self.seconds(f"PARLEY_{what}_SECONDS_{platform.upper()}", default))

        timing = Timing(
            lease=timedelta(seconds=lease),
            call=seconds("CALL"),
            landing=seconds("LANDING"),
            visible=seconds("VISIBLE"),
            skew=SKEW,
            atomic=platform in ATOMIC,
        )
        if timing.lease <= timing.call + timing.skew or not timing.call:
            self.problems.append(
                f"PARLEY_LEASE_SECONDS ({lease}) must exceed PARLEY_CALL_SECONDS_{platform.upper()} by more than "
                f"{SKEW.seconds} s, and a call needs at least 1 s"
            )
        return timing

    def unknown(self) -> None:
        for name in sorted(self.environment):
            if name.startswith("PARLEY_") and name not in NAMES and name not in _NOT_OURS:
                self.problems.append(f"{name} is not a setting of Parley; see docs/settings.md for those there are")


def _is_address(address: str) -> bool:
    # urlsplit drops tabs and line ends without a word, and reads ports only when asked.
    if any(one.isspace() or not one.isprintable() for one in address):
        return False
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc or parts.query or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in {"127.0.0.1", "localhost", "::1"})
