"""`python -m local.resources`: the parts of .chalice/resources.json that name each platform, written from the registry.

Chalice merges that file as it stands, so it cannot ask. A test holds it to what is written here. All else in it is left alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from chalicelib import settings

FILE = Path(__file__).resolve().parents[1] / ".chalice" / "resources.json"
SPANS = ("CALL", "LANDING", "VISIBLE")
SECRET = frozenset({"client_secret"})
"""What of an app is shown by nothing: neither the console nor the command line repeats such a parameter."""
_WIDEST = 118


def rendered(text: str) -> str:
    """The file with its parameters and variables of platforms as the settings have them."""
    text = _between(text, '    "HostsX": {', '\n  },\n  "Conditions"', ",\n".join(_parameters()))
    return _between(text, '          "PARLEY_HOSTS_', "\n        }\n      }\n    }\n  },\n", _variables())


def _between(text: str, first: str, last: str, new: str) -> str:
    start = text.index(first)
    return text[:start] + new + text[text.index(last, start) :]


def _parameters() -> list[str]:
    found = []
    for one in settings.PLATFORMS:
        default = json.dumps(",".join(settings.DEFAULT_HOSTS[one]))
        meaning = settings.NAMES[f"PARLEY_HOSTS_{one.upper()}"]
        told = json.dumps(meaning[:1].upper() + meaning[1:])
        lines = (f'      "Type": "String", "Default": {default},', f'      "Description": {told}')
        found.append("\n".join((f'    "Hosts{one.title()}": {{', *lines, "    }")))
    for one in settings.PLATFORMS:
        for span in SPANS:
            seconds = settings.DEFAULT_SECONDS[one][span]
            limits = f'"Type": "Number", "Default": {seconds}, "MinValue": 0, "MaxValue": 3600'
            found.append(f'    "{span.title()}Seconds{one.title()}": {{ {limits} }}')
    for one, field in _of_apps():
        meaning = settings.NAMES[_variable(one, field)]
        told = json.dumps(meaning[:1].upper() + meaning[1:])
        kind = (
            '"Type": "String", "Default": "", "NoEcho": true,'
            if field in SECRET
            else '"Type": "String", "Default": "",'
        )
        found.append(
            "\n".join((f'    "{_parameter(one, field)}": {{', f"      {kind}", f'      "Description": {told}', "    }"))
        )
    return found


def _of_apps() -> list[tuple[str, str]]:
    """What may be told of our app on each platform that wants one registered beforehand."""
    return [(one, field) for one, fields in settings.APPS.items() for field in fields]


def _parameter(platform: str, field: str) -> str:
    return f"App{platform.title()}{field.title().replace('_', '')}"


def _variable(platform: str, field: str) -> str:
    return f"PARLEY_APP_{platform.upper()}_{field.upper()}"


def _variables() -> str:
    hosts = [f'"PARLEY_HOSTS_{one.upper()}": {{ "Ref": "Hosts{one.title()}" }}' for one in settings.PLATFORMS]
    spans = [
        f'"PARLEY_{span}_SECONDS_{one.upper()}": {{ "Ref": "{span.title()}Seconds{one.title()}" }}'
        for one in settings.PLATFORMS
        for span in SPANS
    ]
    apps = [f'"{_variable(*each)}": {{ "Ref": "{_parameter(*each)}" }}' for each in _of_apps()]
    return "\n".join(f"          {line}" for line in _filled([*hosts, *spans, *apps]))


def _filled(parts: list[str]) -> list[str]:
    """As many on a line as fit."""
    lines = [parts[0]]
    for part in parts[1:]:
        joined = f"{lines[-1]}, {part}"
        if len(joined) < _WIDEST:
            lines[-1] = joined
        else:
            lines[-1] += ","
            lines.append(part)
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Write the file; with --check, only say whether it is as it would be written."""
    parser = argparse.ArgumentParser(prog="python -m local.resources", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; return 1 where the file is stale")
    check = parser.parse_args(arguments).check
    text = FILE.read_text()
    if (new := rendered(text)) == text:
        return 0
    print(f"{FILE.name} {'is stale: run `python -m local.resources`' if check else 'was written'}")
    if not check:
        FILE.write_text(new)
    return int(check)


if __name__ == "__main__":
    sys.exit(main())
