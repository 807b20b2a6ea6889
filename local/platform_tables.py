"""What each platform can do, as tables for documents: made of `Capabilities`, so that no README promises more or less."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from chalicelib.domain.money import dollars
from connectors import registry
from connectors.capabilities import Allowance, Capabilities, LengthUnit, PictureLimits, Platform, Threads
from connectors.metrics import Measure
from connectors.moderation import UNDONE_BY, Moderation
from connectors.options import Option, PollLimits

_UNITS: Final = {
    LengthUnit.WEIGHTED: "weighted characters",
    LengthUnit.GRAPHEMES: "graphemes",
    LengthUnit.CHARACTERS: "characters",
}


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def capabilities_of(platform: Platform) -> str:
    """All that one platform's connector says of itself."""
    can = registry.capabilities(platform)
    rows = [
        ("a text", text(can)),
        ("a first post needs", heading(can)),
        ("a thread", _thread(can)),
        ("pictures", _pictures(can.pictures)),
        ("or one video", _video(can)),
        ("beside the words", _options(can)),
        ("who sees it", _all(can.audiences)),
        ("who may answer", _all(can.who_may_reply)),
        ("a poll", _poll(can.polls)),
        ("a card's picture", _pictures(can.card_picture)),
        ("may be written", _allowances(can.allowance, can.app_allowance)),
        ("the same words again", _repeats(can)),
        ("is heard", _all(can.kinds)),
        (
            "replies that notifications miss",
            "read from the threads of own posts" if can.reads_own_threads else "none known",
        ),
        ("may be read", _allowances(can.reads, can.app_reads)),
        ("one item read costs", f"${can.micro_usd_per_read / 1_000_000:.3f}" if can.micro_usd_per_read else "nothing"),
        ("one moderation costs", _prices(can.micro_usd_per_moderation)),
        (
            "one deletion costs",
            f"${can.micro_usd_per_deletion / 1_000_000:.3f}" if can.micro_usd_per_deletion else "nothing",
        ),
        ("moderation", _moderations(can)),
        ("is counted", _all(can.measures)),
    ]
    return table(("What", "How"), rows)


def options() -> str:
    """Which platform has which option."""
    return _matrix("Option", Option, lambda can: can.options)


def moderations() -> str:
    """Which platform can be brought to which state, and what leads back."""
    rows = []
    for action in Moderation:
        back = UNDONE_BY.get(action)
        marks = ("yes" if action in registry.capabilities(one).moderations else "" for one in Platform)
        rows.append((f"`{action}`", *marks, f"`{back}`" if back else "nothing"))
    return table(("State", *(f"`{one}`" for one in Platform), "Led back by"), rows)


def measures() -> str:
    """Which platform counts what."""
    return _matrix("Measure", Measure, lambda can: can.measures)


def text(can: Capabilities) -> str:
    """How long it may be."""
    words = f"{can.max_length:,} {_UNITS[can.unit]}"
    if can.max_bytes is not None:
        words += f" and {can.max_bytes:,} bytes"
    if can.max_reply_length is not None:
        words += f"; a reply {can.max_reply_length:,}"
    return words


def heading(can: Capabilities) -> str:
    """What a first post needs beside its text."""
    title = f"a title of up to {can.max_title} characters" if can.needs_title else ""
    return (
        " and ".join(part for part in (title, "a community" if can.needs_community else "") if part) or "nothing more"
    )


def allowance(one: Allowance) -> str:
    """So many in such a span."""
    return f"{one.writes:,} in {_span(one.span)}"


def _matrix(head: str, names: type[StrEnum], of: Callable[[Capabilities], Collection[StrEnum]]) -> str:
    rows = [
        (f"`{name}`", *("yes" if name in of(registry.capabilities(one)) else "" for one in Platform)) for name in names
    ]
    return table((head, *(f"`{one}`" for one in Platform)), rows)


def _thread(can: Capabilities) -> str:
    if can.threads is Threads.AT_ONCE:
        return f"up to {can.max_parts} parts in one write: all of them, or none"
    return f"up to {can.max_parts} parts, each a write of its own"


def _pictures(limits: PictureLimits | None) -> str:
    if limits is None:
        return "none"
    kinds = ", ".join(sorted(one.removeprefix("image/") for one in limits.types))
    found = f"{limits.most} of {kinds}, {limits.max_bytes / 1_000_000:g} MB each"
    if limits.max_side is not None:
        found += f", {limits.max_side:,} pixels a side"
    if limits.max_pixels is not None:
        found += f", {limits.max_pixels:,} pixels in all"
    return f"{found}, a description of {limits.max_alt:,} characters"


def _video(can: Capabilities) -> str:
    limits = can.video
    if limits is None:
        return f"none: {can.why_no_video}"
    kinds = ", ".join(sorted(one.removeprefix("video/") for one in limits.types))
    bounds = (
        (limits.shortest, f"at least {limits.shortest / 1000:g} s"),
        (limits.longest, f"at most {(limits.longest or 0) // 1000:,} s"),
        (limits.min_side, f"at least {limits.min_side} pixels a side"),
        (
            limits.max_side,
            f"at most {limits.max_side or 0:,} × {limits.max_short_side or limits.max_side or 0:,} pixels",
        ),
        (limits.most_drawn_out, f"no longer than {limits.most_drawn_out} times its width or height"),
        (limits.max_pixels, f"{limits.max_pixels or 0:,} pixels in all"),
        (limits.max_rate, f"{limits.max_rate} frames a second"),
        (limits.max_alt, f"a description of {limits.max_alt or 0:,} characters"),
    )
    told = [words for asked, words in bounds if asked]
    return ", ".join([kinds, f"{limits.max_bytes / 1_000_000:g} MB", *told])


def _options(can: Capabilities) -> str:
    found = _all(can.options)
    later = f"; of a thread's later parts too: {_all(can.options_of_parts)}" if can.options_of_parts else ""
    return found + later


def _poll(limits: PollLimits | None) -> str:
    if limits is None:
        return "none"
    chosen = "one or several may be chosen" if limits.many else "one may be chosen"
    choices = f"{limits.min_choices} to {limits.max_choices} choices of {limits.max_choice} characters"
    return f"{choices}, open from {_span(limits.shortest)} to {_span(limits.longest)}, {chosen}"


def _moderations(can: Capabilities) -> str:
    """Each state once, with what leads back where the platform has that too."""
    told: list[str] = []
    for action in Moderation:
        back = UNDONE_BY.get(action)
        if action not in can.moderations or (back in can.moderations and f"`{back}` / `{action}`" in told):
            continue
        told.append(f"`{action}` / `{back}`" if back in can.moderations else f"`{action}`")
    return ", ".join(told) or "none"


def _repeats(can: Capabilities) -> str:
    after = can.repeats.same_after
    return "never" if after is None else f"after {_span(after)}"


def _allowances(each: Allowance, app: Allowance | None) -> str:
    return f"{allowance(each)} by one account" + (f"; {allowance(app)} by one app's client" if app else "")


def _prices(prices: Mapping[Moderation, int]) -> str:
    return ", ".join(f"{action.value} {dollars(price)}" for action, price in prices.items()) or "nothing"


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for size, least, name in ((86_400, 2 * 86_400, "days"), (3600, 3600, "h"), (60, 60, "min")):
        if seconds >= least and seconds % size == 0:
            return f"{seconds // size} {name}"
    return f"{seconds / 86_400:.1f} days" if seconds > 86_400 else f"{seconds} s"


def _all(names: Iterable[StrEnum]) -> str:
    return ", ".join(f"`{one}`" for one in sorted(names)) or "none"
