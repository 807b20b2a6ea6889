"""Reading the packaged template: which functions there are, and what each would find in its environment on AWS.

Only what this template uses of CloudFormation is known here (Ref, Fn::GetAtt, Fn::Sub); anything else raises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FUNCTION = "AWS::Serverless::Function"


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the template. handler: as Lambda imports it. environment: its own over everybody's, unresolved."""

    name: str
    handler: str
    environment: Mapping[str, Any]
    timeout: int


class Template:
    """A packaged template."""

    def __init__(self, path: Path) -> None:
        self.document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """Every resource by its logical name."""
        found: dict[str, dict[str, Any]] = self.document["Resources"]
        return found

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of each resource of a type."""
        return {name: one.get("Properties", {}) for name, one in self.resources.items() if one.get("Type") == kind}

    @property
    def functions(self) -> list[Function]:
        """Every function."""
        common = self.document["Globals"]["Function"]["Environment"]["Variables"]
        return [
            Function(
                name,
                one["Handler"],
                {**common, **one.get("Environment", {}).get("Variables", {})},
                one["Timeout"],
            )
            for name, one in self.of_type(FUNCTION).items()
        ]

    def parameters(self, given: Mapping[str, str]) -> dict[str, str]:
        """Every parameter's value: as given, else its default. Raises KeyError where there is neither."""
        declared: dict[str, dict[str, Any]] = self.document["Parameters"]
        return {name: str(given[name] if name in given else one["Default"]) for name, one in declared.items()}


def resolved(value: Any, names: Mapping[str, str]) -> str:
    """A value of the template as text. names: what `Name` (Ref) and `Name.Attribute` (GetAtt) come to. Raises KeyError."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return names[name]
        case {"Fn::GetAtt": [name, attribute]}:
            return names[f"{name}.{attribute}"]
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: names[found.group(1)], text)
    raise KeyError(f"no reading for {value!r}")
