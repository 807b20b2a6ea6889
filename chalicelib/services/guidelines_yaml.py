"""Reads a guideline from YAML text: a safe subset, with the place of every fault in the file.

Refused before anything is built: more than 64 KB, nesting beyond 20 levels, anchors and aliases (an alias bomb needs
them), tags, more than one document, a key that comes twice or is not text. It never runs what the file says, and no
message repeats what stands in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any, Final

import yaml
from yaml.constructor import SafeConstructor
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from chalicelib.domain.guideline import Guideline
from chalicelib.domain.guideline_document import InvalidGuideline, Position, Problem, build
from chalicelib.domain.labels import Signals
from chalicelib.services import reply_words, wording
from connectors.capabilities import InteractionKind, Platform

MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 20

KNOWN: Final = {
    "kinds": (*(one.value for one in InteractionKind), "post"),
    "platforms": tuple(one.value for one in Platform),
}
"""What a clause may ask for; what goes out is of the kind `post`."""


def parse(
    text: str, *, version: str, read: Callable[[str], Signals] | None = None, replies: Collection[str] = ()
) -> Guideline:
    """The guideline that the YAML text describes. `read` is the reader of texts (the house's own by default).

    replies: the names of the replies that it may use; those that are shipped by default. A member may be told of what was done
    in a shipped notice, or in any that is not shipped.

    Raises InvalidGuideline with every problem found, each with pointer, line and column.
    """
    document, positions = load(text)
    return build(
        document,
        version=version,
        read=read or _house_reader(),
        replies=replies or reply_words.shipped(),
        notices=frozenset(reply_words.notices()) | (frozenset(replies) - frozenset(reply_words.shipped())),
        known=KNOWN,
        positions=positions,
    )


def load(text: str) -> tuple[Any, dict[str, Position]]:
    """The document in JSON types, and the place of each pointer in the text. Raises InvalidGuideline."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InvalidGuideline(
            [
                Problem(
                    "", f"the text is longer than {MAX_BYTES // 1024} KB", 1, 1, mend="Shorten it: fewer examples, say."
                )
            ]
        )
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            positions: dict[str, Position] = {}
            return (None if root is None else _plain(loader, root, "", positions)), positions
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        mend = getattr(error, "mend", "Put text that holds `: `, `#`, `[` or a backslash in single quotes.")
        raise InvalidGuideline([Problem("", error.problem or "this is not YAML", line, column, mend=mend)]) from None
    except (yaml.YAMLError, ValueError):  # a character that YAML does not allow
        raise InvalidGuideline(
            [Problem("", "the text holds a character that no YAML may hold", 1, 1, mend="Type it anew.")]
        ) from None


@lru_cache(maxsize=1)
def starters() -> dict[str, str]:
    """The YAML text of each guideline that a workspace may begin with, by its file's name."""
    files = sorted((wording.TEMPLATES / "guideline").glob("*.yaml"))
    return {file.stem: file.read_text(encoding="utf-8") for file in files}


def starter() -> str:
    """The YAML text of the guideline that a new workspace begins with."""
    return starters()["starter"]


class _Refused(yaml.MarkedYAMLError):
    """This part of YAML is not accepted here."""

    def __init__(self, problem: str, mark: Any, mend: str) -> None:
        super().__init__(problem=problem, problem_mark=mark)
        self.mend = mend


class _Loader(yaml.SafeLoader):
    """The safe loader, less anchors, aliases, tags and deep nesting."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _Refused("anchors and aliases are not accepted", event.start_mark, "Write it out where it is meant.")
        if getattr(event, "tag", None) is not None:
            raise _Refused(
                "tags are not accepted, and nothing is included from elsewhere", event.start_mark, "Write it out."
            )
        if self._depth >= MAX_DEPTH:
            raise _Refused(f"nested deeper than {MAX_DEPTH} levels", event.start_mark, "Nothing here needs that.")
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def _plain(loader: SafeConstructor, node: Node, pointer: str, positions: dict[str, Position]) -> Any:
    """The node in JSON types; its place, and that of everything in it, goes into `positions`."""
    positions.setdefault(pointer, (node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, SequenceNode):
        return [_plain(loader, child, f"{pointer}/{index}", positions) for index, child in enumerate(node.value)]
    if isinstance(node, MappingNode):
        fields: dict[str, Any] = {}
        for key_node, child in node.value:
            key = _constructed(loader, key_node) if isinstance(key_node, ScalarNode) else None
            if not isinstance(key, str):
                raise _Refused("a key must be text", key_node.start_mark, "Put it in quotes.")
            if key in fields:
                raise _Refused("this key comes twice", key_node.start_mark, "Keep one of the two.")
            place = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            positions[place] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            fields[key] = _plain(loader, child, place, positions)
        return fields
    return _constructed(loader, node)


def _constructed(loader: SafeConstructor, node: Node) -> Any:
    """What a scalar stands for; a number or a date that is none, and signs that stand for more than text, are refused."""
    try:
        return loader.construct_object(node)
    except (ValueError, yaml.constructor.ConstructorError):
        raise _Refused("this is no text, number or date", node.start_mark, "Put it in quotes, or correct it.") from None


def _house_reader() -> Callable[[str], Signals]:
    from chalicelib.signals.reading import read

    return read
