"""`python -m local.docs [--check]`: writes those parts of the documents that stand in the code already.

A part lies between `<!-- generated: name -->` and `<!-- end of name -->`, in README.md, in a connector's, or anywhere under
docs/. The tables come from what the program itself runs on, so that a document cannot promise what the code does not do.
Nothing outside the marks is ever touched.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from chalicelib import settings
from chalicelib.api import problems
from chalicelib.domain.access import MAY, Role
from chalicelib.domain.account import ACCOUNT
from chalicelib.domain.brake import BRAKE, seen_by
from chalicelib.domain.budget import WHOLE, Allowed
from chalicelib.domain.campaign import CAMPAIGN
from chalicelib.domain.digest import DIGEST
from chalicelib.domain.errors import InvalidField, ParleyError
from chalicelib.domain.escalation import ESCALATION
from chalicelib.domain.interaction import INTERACTION
from chalicelib.domain.machine import Machine
from chalicelib.domain.post import VARIANT
from chalicelib.domain.review import REVIEW
from chalicelib.domain.ruling import RULING
from chalicelib.domain.timing import EARLIEST
from chalicelib.ports import EngineBusy, EngineUnusable
from connectors import registry
from connectors.capabilities import Dedupe, Platform
from local import platform_tables
from local.package import PROJECT, RESOURCES
from local.platform_tables import allowance, heading, table, text

_PART = re.compile(
    r"(?P<open><!-- generated: (?P<name>[a-z-]+) -->\n).*?(?P<close><!-- end of (?P=name) -->\n)", re.DOTALL
)
_OPENING = re.compile(r"<!-- generated: .*? -->")

_PEOPLE: Final = tuple(role for role in Role if role is not Role.OPERATOR)
_DEDUPE: Final = {
    Dedupe.BY_ID: "the same id is a no-op; a look-up proves presence and absence",
    Dedupe.BY_KEY: "a key for about an hour; the own listing proves absence",
    Dedupe.BY_SEARCH: "no; a listing that lags, whose silence proves nothing",
}


class DocumentsFailed(Exception):
    """A document asks for a part that nobody makes, or does not say where it ends."""


def documents(root: Path = PROJECT) -> list[Path]:
    """Every document that may hold generated parts."""
    of_platforms = [root / "connectors" / one.value / "README.md" for one in Platform]
    return [root / "README.md", *of_platforms, *sorted((root / "docs").rglob("*.md"))]


def written(text: str) -> str:
    """The document's text with every generated part as it should be. Raises DocumentsFailed."""

    def part(found: re.Match[str]) -> str:
        make = PARTS.get(found["name"])
        if make is None:
            raise DocumentsFailed(f"nobody makes the part '{found['name']}'; there are: {', '.join(sorted(PARTS))}")
        return f"{found['open']}\n{make()}\n\n{found['close']}"

    whole = _PART.sub(part, text)
    if len(_OPENING.findall(text)) != len(_PART.findall(text)):
        raise DocumentsFailed("a generated part does not end, or its end has another name")
    return whole


def main() -> int:
    """Write what is stale, or with `--check` only name it. Returns 1 if a check found something."""
    parser = argparse.ArgumentParser(prog="python -m local.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; name what is stale and exit with 1")
    check = parser.parse_args().check
    stale = 0
    for path in documents():
        before = path.read_text(encoding="utf-8")
        try:
            after = written(before)
        except DocumentsFailed as error:
            print(f"{path.relative_to(PROJECT)}: {error}", file=sys.stderr)
            return 1
        if before == after:
            continue
        stale += 1
        print(f"{path.relative_to(PROJECT)} {'is stale: run `python -m local.docs`' if check else 'was written'}")
        if not check:
            path.write_text(after, encoding="utf-8")
    return 1 if check and stale else 0


# --- the API ---------------------------------------------------------------------------------------------------------


def routes() -> str:
    """Every route: the request, what it does in its own first words, and which roles may."""
    from app import app  # importing it declares every route
    from chalicelib.api.door import ROUTES

    rows = []
    for one in ROUTES:
        does = _first_line(app.routes[one.path][one.method].view_function)
        if one.action is None:
            right, who = "", "anybody"
        else:
            right, who = f"`{one.action.value}`", ", ".join(role.value for role in Role if one.action in MAY[role])
        rows.append((f"`{one.method} {one.path}`", does, right, who))
    return table(("Request", "What it does", "Right", "Roles"), rows)


def rights() -> str:
    """The table role x action, for the people of a workspace."""
    actions = sorted({action for role in _PEOPLE for action in MAY[role]})
    rows = [(f"`{action.value}`", *("yes" if action in MAY[role] else "" for role in _PEOPLE)) for action in actions]
    return table(("Right", *(role.value for role in _PEOPLE)), rows)


def bodies() -> str:
    """The fields of every request's body."""
    import app  # noqa: F401 - importing it declares every route
    from chalicelib.api import forms
    from chalicelib.api.door import ROUTES

    parts = []
    for one in ROUTES:
        if one.form is None:
            continue
        schema: dict[str, Any] = getattr(forms, one.form).model_json_schema()
        rows = [(f"`{name}`", what, "yes" if needed else "") for name, what, needed in _fields(schema, schema, "")]
        parts.append(f"`{one.method} {one.path}`\n\n{table(('Field', 'What it is', 'Needed'), rows)}")
    return "\n\n".join(parts)


def _fields(schema: dict[str, Any], root: dict[str, Any], before: str) -> Iterator[tuple[str, str, bool]]:
    """Name, description and whether it is needed, of each field; those of an inner object come after it."""
    needed = schema.get("required", [])
    for name, field in schema["properties"].items():
        kind, inner = _kind(field, root)
        yield f"{before}{name}", kind, name in needed
        if inner is not None:
            yield from _fields(inner, root, f"{before}{name}{'[]' if kind.startswith('list') else ''}.")


def _kind(field: dict[str, Any], root: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """A field's type in words, and the object that it is, or is a list of."""
    if "$ref" in field:
        field = root["$defs"][field["$ref"].rpartition("/")[2]]
    for way in field.get("anyOf", ()):
        if way.get("type") != "null":
            return _kind(way, root)
    match field.get("type"):
        case "array":
            kind, inner = _kind(field["items"], root)
            return f"list of {kind}{_bounds(field, 'minItems', 'maxItems', '')}", inner
        case "object" if "properties" in field:
            return "object", field
        case "object":
            return f"object of texts{_bounds(field, 'minProperties', 'maxProperties', '')}", None
        case "string" if "enum" in field:
            shown = field["enum"] if len(field["enum"]) < 10 else [*field["enum"][:2], "…"]
            return "one of " + ", ".join(f"`{one}`" if one != "…" else one for one in shown), None
        case "string":
            return f"text{_bounds(field, 'minLength', 'maxLength', ' characters')}", None
        case "integer":
            return f"whole number{_bounds(field, 'minimum', 'maximum', '')}", None
        case "boolean":
            return "true or false", None
    raise DocumentsFailed(f"no words for a field of type {field.get('type')}")


def _bounds(field: dict[str, Any], least: str, most: str, unit: str) -> str:
    low, high = field.get(least), field.get(most)
    if high is None:
        return "" if low is None else f", at least {low:,}{unit}"
    return f", at most {high:,}{unit}" if low is None else f", {low:,} to {high:,}{unit}"


def problem_documents() -> str:
    """Every problem document there is: the last part of its `type`, its status, and its title."""
    samples: list[Exception] = [EngineBusy(), EngineUnusable()]
    for cls in _subclasses(ParleyError):
        match cls:
            case problems.InvalidBody:
                samples.append(problems.InvalidBody([{"pointer": "/field", "detail": "", "fix": ""}]))
            case problems.InvalidParameter:
                samples.append(problems.InvalidParameter("parameter", "limit", ""))
            case problems.WrongMethod:
                samples.append(problems.WrongMethod(["GET"]))
            case _ if issubclass(cls, InvalidField):
                samples.append(InvalidField("/field"))
            case _:
                samples.append(cls())
    found = {one.slug: one for one in map(problems.problem_of, samples) if one is not None}
    found["internal"] = problems.fault("")
    rows = {(str(one.status), f"`{one.slug}`", one.title) for one in found.values()} | set(_of_the_gateway(found))
    return table(("Status", "`type` ends in", "Title"), sorted(rows))


def _of_the_gateway(known: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """What API Gateway answers by itself on AWS, in our words."""
    template = json.loads((PROJECT / RESOURCES).read_text(encoding="utf-8"))
    definition = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    for kind, answer in definition["x-amazon-apigateway-gateway-responses"].items():
        document = json.loads(answer["responseTemplates"]["application/json"])
        slug = document["type"].rpartition(":")[2]
        if slug in known:
            continue
        status = answer.get("statusCode") or kind.removeprefix("DEFAULT_").lower()
        yield status, f"`{slug}`", f"{document['title']} (AWS only, by API Gateway)"


def _subclasses(cls: type[ParleyError]) -> Iterator[type[ParleyError]]:
    for one in cls.__subclasses__():
        yield one
        yield from _subclasses(one)


# --- settings and platforms ------------------------------------------------------------------------------------------


def settings_table() -> str:
    """Every setting and what it means."""
    return table(("Setting", "What it is"), ((f"`{name}`", meaning) for name, meaning in settings.NAMES.items()))


def parameters() -> str:
    """The parameters of the packaged template; the protocol's times are named together."""
    template = json.loads((PROJECT / RESOURCES).read_text(encoding="utf-8"))
    rows = [
        (f"`{name}`", one["Description"], _default(one))
        for name, one in template["Parameters"].items()
        if "Description" in one
    ]
    times = [name for name, one in template["Parameters"].items() if "Description" not in one]
    rows.append(
        (", ".join(f"`{name}`" for name in times), "the setting of the same words, see settings.md", "the setting's")
    )
    return table(("Parameter", "What it is", "Default"), rows)


def _default(parameter: dict[str, Any]) -> str:
    if "Default" not in parameter:
        return "none: it must be given"
    return f"`{parameter['Default']}`" if parameter["Default"] != "" else "empty"


def capabilities() -> str:
    """What each platform can do, as its connector says."""
    rows = []
    for platform in Platform:
        can = registry.capabilities(platform)
        heard = ", ".join(sorted(kind.value for kind in can.kinds))
        minutes = int(can.poll_every.total_seconds()) // 60
        rows.append((f"`{platform.value}`", text(can), heading(can), heard, f"{minutes} min", _DEDUPE[can.dedupe]))
    return table(
        ("Platform", "Longest text", "A first post needs", "Hears", "Read every", "Can it be asked twice?"), rows
    )


def credentials() -> str:
    """What a credential holds on each platform, and where the platform is reached."""
    rows = []
    for platform in Platform:
        ways = " or ".join(", ".join(f"`{name}`" for name in way) for way in registry.credential_fields(platform))
        base = registry.default_base_url(platform)
        place = f"`{base}`" if base else "none: name the instance, and allow it"
        link = f"[connectors/{platform.value}](connectors/{platform.value}/README.md)"
        rows.append((f"`{platform.value}`", ways, place, link))
    return table(("Platform", "Names in the credential", "Default address", "More"), rows)


def times() -> str:
    """The publish protocol's times on each platform by default, and why they are what they are."""
    read, rows = settings.read({}).timing, []
    for name, one in read.items():
        after = one.lease + one.takeover_after
        spans = (one.call, one.landing, one.visible, after)
        why = settings.WHY[name]
        reasons = f"D: {why['LANDING']}. V: {why['VISIBLE']}"
        rows.append((f"`{name}`", *(f"{int(span.total_seconds())} s" for span in spans), reasons))
    return table(("Platform", "Call", "D, landing", "V, visible", "Taken over, from the claim", "Why"), rows)


def common_times() -> str:
    """The times that hold for every platform, each reckoned from the code's own."""
    lease, skew = timedelta(seconds=settings.LEASE), settings.SKEW
    seen = seen_by(EARLIEST, skew) - EARLIEST
    rows = [
        (
            "L, lease",
            lease,
            "the publish function's time-out, 2 s in which it may be ended late, and the clocks' error",
        ),
        ("e, skew of two clocks", skew, "each is held to within half of it of the engine's own time"),
        ("a brake: seen by every claim after", seen, "the age of a reading, and e for each of two clocks"),
        ("a brake: in force at the latest after", seen + lease + skew, "the same, L and e"),
    ]
    return table(
        ("Time", "Default", "Made of"), ((what, f"{int(one.total_seconds())} s", of) for what, one, of in rows)
    )


def allowances() -> str:
    """How much may be said on each platform, as Parley counts it."""
    rows = []
    for platform in Platform:
        can = registry.capabilities(platform)
        allowed = Allowed(can.allowance.writes, can.allowance.span)
        each = allowed.wait_for(WHOLE).total_seconds()
        app = "not counted" if can.app_allowance is None else allowance(can.app_allowance)
        rows.append((f"`{platform.value}`", allowance(can.allowance), f"{allowed.burst:,}", f"{each:.1f} s", app))
    return table(("Platform", "An account may say", "At once after a rest", "Then one each", "One app's client"), rows)


def second_prices() -> str:
    """What a million tokens cost on each model that may be asked, and what Comprehend's units do."""
    from chalicelib.adapters.aws import bedrock, comprehend
    from chalicelib.domain.money import dollars

    rows = [(f"`{model}`", dollars(one.sent), dollars(one.answered)) for model, one in bedrock.PRICES.items()]
    unit = dollars(comprehend.UNIT_MICRO_USD)
    told = f"Comprehend: {comprehend.CALLS} requests, each {unit} for every {comprehend.UNIT} characters, of which it counts "
    told += f"at least {comprehend.LEAST_UNITS} hundred."
    return table(("Model", "A million tokens sent", "A million answered"), rows) + f"\n\n{told}"


# --- state machines --------------------------------------------------------------------------------------------------


def machine(drawn: Machine[Any]) -> str:
    """The states of one noun and the acts that lead from one to another, as lines of text."""
    wide = max(len(act) for _, act in drawn.edges)
    lines = []
    for state in drawn.states:
        edges = [(act, target) for (source, act), target in drawn.edges.items() if source is state]
        lines.append(state.value if edges else f"{state.value}   (the end)")
        lines += [f"    ── {act:<{wide}} ──►  {target.value}" for act, target in edges]
    return "\n".join(("```text", *lines, "```"))


def diagram(drawn: Machine[Any]) -> str:
    """The same, drawn: acts that lead the same way share one arrow."""
    first = next(state.value for state in drawn.states)
    arrows: dict[tuple[str, str], list[str]] = {}
    for (source, act), target in drawn.edges.items():
        arrows.setdefault((source.value, target.value), []).append(act)
    lines = [f"    [*] --> {first}"]
    lines += [f"    {source} --> {target}: {', '.join(acts)}" for (source, target), acts in arrows.items()]
    leads_on = {source for source, target in arrows if source != target}
    lines += [f"    {state.value} --> [*]" for state in drawn.states if state.value not in leads_on]
    return "\n".join(("```mermaid", "stateDiagram-v2", *lines, "```"))


# --- words -----------------------------------------------------------------------------------------------------------


def _first_line(view: Callable[..., Any]) -> str:
    return (view.__doc__ or "").strip().splitlines()[0]


PARTS: dict[str, Callable[[], str]] = {
    "routes": routes,
    "rights": rights,
    "bodies": bodies,
    "problems": problem_documents,
    "settings": settings_table,
    "parameters": parameters,
    "capabilities": capabilities,
    "credentials": credentials,
    "times": times,
    "common-times": common_times,
    "allowances": allowances,
    "second-prices": second_prices,
    **{f"capabilities-of-{one.value}": partial(platform_tables.capabilities_of, one) for one in Platform},
    "options": platform_tables.options,
    "moderations": platform_tables.moderations,
    "measures": platform_tables.measures,
    "variant": lambda: machine(VARIANT),
    "variant-drawn": lambda: diagram(VARIANT),
    "brake": lambda: machine(BRAKE),
    "brake-drawn": lambda: diagram(BRAKE),
    "interaction": lambda: machine(INTERACTION),
    "review": lambda: machine(REVIEW),
    "ruling": lambda: machine(RULING),
    "escalation": lambda: machine(ESCALATION),
    "digest": lambda: machine(DIGEST),
    "account": lambda: machine(ACCOUNT),
    "campaign": lambda: machine(CAMPAIGN),
}
"""Who makes which part."""


if __name__ == "__main__":
    sys.exit(main())
