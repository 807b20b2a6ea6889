r"""Patterns: what a clause looks for where words alone do not tell it. Pure, and linear in the text whatever the pattern.

A pattern of ours is a regular expression of a small kind, searched anywhere in a folded text (`Signals.plain`: small letters):

    letters, digits, signs     themselves; a sign with a meaning is written with a backslash: \. \? \[
    .                          anything but a new line
    [a-z_] [^a-z]              one of these; one that is none of these
    \d \w \s \D \W \S          a digit, a letter or digit or _, a blank; and what is none
    \b \B                      where a word begins or ends; and where none does
    (one|two) (?:one|two)      one of these
    ? * + {2} {2,5} {2,}       how often: at most once, any number, at least once, so many times (50 at most)

What it lacks is what makes an engine go back and try again: references to groups, looking ahead or behind, lazy or greedy
choices. So a pattern becomes an automaton (Ken Thompson's construction), run over the text once, in which the sets of places
it may stand in are worked out when they are first met and kept, to a limit. google-re2 does the same and more; it has no
wheel for Lambda's system.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

MAX_LENGTH: Final = 200
"""Characters of one pattern."""
MAX_TIMES: Final = 50
"""How often a part may be asked for by number."""
MAX_SIZE: Final = 600
"""Places of one automaton: what a character of a text may cost at most."""
MAX_DEPTH: Final = 20
MAX_KEPT: Final = 1_000
"""Steps that one automaton remembers; beyond, it forgets them all and works them out again."""

_SIGNS: Final = frozenset(".^$*+?{}[]\\|()")
_TIMES: Final = {"?": (0, 1), "*": (0, None), "+": (1, None)}
_KINDS: Final = "dws"


class PatternRefused(ValueError):
    """It is not a pattern of ours. at: which of its characters, counted from 1; mend: what to write instead."""

    def __init__(self, at: int, detail: str, mend: str) -> None:
        super().__init__(detail)
        self.at, self.detail, self.mend = at, detail, mend


@lru_cache(maxsize=2_000)
def compiled(source: str) -> Pattern:
    """The pattern that this text describes, ready to search with. Raises PatternRefused."""
    if len(source) > MAX_LENGTH:
        raise PatternRefused(MAX_LENGTH + 1, f"it has more than {MAX_LENGTH} characters", "Make two patterns of it.")
    node = _Parser(source).whole()
    if _may_be_empty(node):
        raise PatternRefused(1, "it is found in every text", "Ask for something that must be there.")
    return Pattern(source, _Automaton(_program(node), anchored=True), _Automaton(_program(_mirrored(node))))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern, ready to search with."""

    source: str
    _onward: _Automaton = field(repr=False, compare=False)
    _backward: _Automaton = field(repr=False, compare=False)

    def search(self, text: str) -> tuple[int, int] | None:
        """Where it first stands in the text, the longest from there; None where it does not."""
        back = self._backward.last(reversed(text), before="")
        if back is None:
            return None
        start = len(text) - back
        length = self._onward.last(text[start:], before=text[start - 1 : start] if start else "")
        return None if length is None else (start, start + length)

    @property
    def steps(self) -> int:
        """What searching has cost so far: characters looked at, and places visited to work a step out."""
        return self._onward.steps + self._backward.steps


# --- what is written -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _One:
    """One character out of these: single ones, ranges, kinds (a capital is what is none of it)."""

    singles: frozenset[str] = frozenset()
    ranges: tuple[tuple[str, str], ...] = ()
    kinds: str = ""
    negated: bool = False

    def has(self, character: str) -> bool:
        found = (
            character in self.singles
            or any(first <= character <= last for first, last in self.ranges)
            or any(_is(character, kind) for kind in self.kinds)
        )
        return found is not self.negated


@dataclass(frozen=True, slots=True)
class _Edge:
    """Between a word and what is none (`at`), or anywhere else."""

    at: bool


@dataclass(frozen=True, slots=True)
class _Row:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    ways: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Times:
    part: _Node
    least: int
    most: int | None


_Node = _One | _Edge | _Row | _Choice | _Times
_ANYTHING: Final = _One(frozenset("\n"), negated=True)


def _is(character: str, kind: str) -> bool:
    match kind.lower():
        case "d":
            found = character.isdecimal()
        case "s":
            found = character.isspace()
        case _:
            found = _in_a_word(character)
    return found is kind.islower()


def _in_a_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _may_be_empty(node: _Node) -> bool:
    match node:
        case _One():
            return False
        case _Edge():
            return True
        case _Row(parts):
            return all(map(_may_be_empty, parts))
        case _Choice(ways):
            return any(map(_may_be_empty, ways))
        case _Times(part, least):
            return least == 0 or _may_be_empty(part)


def _mirrored(node: _Node) -> _Node:
    """The same, read from its end."""
    match node:
        case _Row(parts):
            return _Row(tuple(_mirrored(part) for part in reversed(parts)))
        case _Choice(ways):
            return _Choice(tuple(map(_mirrored, ways)))
        case _Times(part, least, most):
            return _Times(_mirrored(part), least, most)
    return node


class _Parser:
    """Reads a pattern from left to right."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._depth = 0

    def whole(self) -> _Node:
        node = self._choice()
        if self._at < len(self._source):
            raise self._refused("this bracket closes nothing", r"Write \) for the sign itself.")
        return node

    def _choice(self) -> _Node:
        ways = [self._row()]
        while self._next("|"):
            ways.append(self._row())
        return ways[0] if len(ways) == 1 else _Choice(tuple(ways))

    def _row(self) -> _Node:
        parts: list[_Node] = []
        while (sign := self._peek()) and sign not in "|)":
            parts.append(self._repeated(self._part()))
        return parts[0] if len(parts) == 1 else _Row(tuple(parts))

    def _part(self) -> _Node:
        sign = self._take()
        match sign:
            case "(":
                return self._group()
            case "[":
                return self._class()
            case ".":
                return _ANYTHING
            case "\\":
                return self._escaped()
            case "^" | "$":
                raise self._refused(
                    "a pattern is looked for anywhere, it has no beginning and end of the text",
                    rf"Leave it out; write \{sign} for the sign itself.",
                    back=1,
                )
        if sign in _SIGNS:
            raise self._refused(
                f"`{sign}` has nothing before it to repeat, or opens nothing",
                rf"Write \{sign} for the sign itself.",
                back=1,
            )
        return _One(frozenset(sign))

    def _group(self) -> _Node:
        opened = self._at - 1
        if self._next("?") and not self._next(":"):
            raise self._refused(
                "looking ahead or behind, names and flags are not known", "Use a plain group: (one|two)."
            )
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._refused(f"groups lie in one another more than {MAX_DEPTH} deep", "Make two patterns of it.")
        node = self._choice()
        self._depth -= 1
        if not self._next(")"):
            self._at = opened
            raise self._refused("this bracket is never closed", r"Close it, or write \( for the sign itself.")
        return node

    def _repeated(self, part: _Node) -> _Node:
        sign = self._peek()
        if sign in _TIMES and sign:
            self._take()
            least, most = _TIMES[sign]
        elif sign == "{":
            least, most = self._counted()
        else:
            return part
        if (again := self._peek()) and again in "?*+{":
            raise self._refused(
                "it is repeated twice: lazy and possessive forms are not known", "Leave the second sign out."
            )
        return _Times(part, least, most)

    def _counted(self) -> tuple[int, int | None]:
        begun = self._at
        self._take()
        end = self._source.find("}", self._at)
        inside = self._source[self._at : end] if end >= 0 else ""
        first, comma, last = inside.partition(",")
        digits = all(one.isascii() and one.isdigit() for one in (first, last or "0")) and len(inside) <= 9
        if not digits or (digits and int(first) > int(last or first)):
            self._at = begun
            raise self._refused("this says no number of times", r"Write {3}, {2,5} or {2,}; \{ for the sign itself.")
        least, most = int(first), (int(last) if last else None) if comma else int(first)
        if max(least, most or 0) > MAX_TIMES or most == 0:
            self._at = begun
            raise self._refused(f"a number of times lies between 1 and {MAX_TIMES}", "Use a smaller one, or +.")
        self._at = end + 1
        return least, most

    def _class(self) -> _Node:
        opened = self._at - 1
        negated, singles, ranges, kinds = self._next("^"), set[str](), list[tuple[str, str]](), ""
        while (sign := self._take()) != "]":
            if not sign:
                self._at = opened
                raise self._refused("this bracket is never closed", r"Close it, or write \[ for the sign itself.")
            one = self._escaped() if sign == "\\" else _One(frozenset(sign))
            if not isinstance(one, _One):
                raise self._refused("an edge of a word is no character", "Take it out of the brackets.", back=1)
            kinds += one.kinds
            if self._peek() != "-" or self._source[self._at + 1 : self._at + 2] in {"]", ""} or one.kinds:
                singles |= one.singles
                continue
            self._take()
            last = self._take()
            (first,) = one.singles
            if last in "\\[" or last < first:
                raise self._refused("this is no range", r"Write [a-z]; \- for the sign itself.", back=1)
            ranges.append((first, last))
        if not (singles or ranges or kinds):
            raise self._refused("these brackets hold nothing", r"Name what may stand there; \[ for the sign itself.")
        return _One(frozenset(singles), tuple(ranges), kinds, negated)

    def _escaped(self) -> _One | _Edge:
        sign = self._take()
        if not sign:
            raise self._refused("a backslash stands at the end", r"Write \\ for the sign itself.", back=1)
        if sign in "bB":
            return _Edge(sign == "b")
        if sign.lower() in _KINDS:
            return _One(kinds=sign)
        if sign in "nt":
            return _One(frozenset({"n": "\n", "t": "\t"}[sign]))
        if sign.isalnum():
            raise self._refused(rf"\{sign} is not known", r"There are \d \w \s \b, their capitals, \n and \t.", back=1)
        return _One(frozenset(sign))

    def _peek(self) -> str:
        return self._source[self._at : self._at + 1]

    def _take(self) -> str:
        sign = self._peek()
        self._at += len(sign)
        return sign

    def _next(self, sign: str) -> bool:
        found = self._peek() == sign
        self._at += found
        return found

    def _refused(self, detail: str, mend: str, *, back: int = 0) -> PatternRefused:
        return PatternRefused(max(1, self._at + 1 - back), detail, mend)


# --- what runs -------------------------------------------------------------------------------------------------------

_Place = tuple[_One | bool | None, tuple[int, ...]]
"""What must be there to go on (a character, an edge of a word or none, or nothing), and where to. Place 0 is the end."""


def _program(node: _Node) -> list[_Place]:
    """The automaton's places; the last is where it begins."""
    places: list[_Place] = [(None, ())]

    def put(what: _One | bool | None, *to: int) -> int:
        if len(places) >= MAX_SIZE:
            raise PatternRefused(1, "it is too large", "Ask for fewer repetitions, or make two patterns of it.")
        places.append((what, to))
        return len(places) - 1

    def begun(node: _Node, then: int) -> int:
        """Where a part begins that goes on at `then`."""
        match node:
            case _One():
                return put(node, then)
            case _Edge(at):
                return put(at, then)
            case _Row(parts):
                for part in reversed(parts):
                    then = begun(part, then)
                return then
            case _Choice(ways):
                return put(None, *[begun(way, then) for way in ways])
            case _Times(part, least, most):
                if most is None:
                    again = put(None)
                    places[again] = (None, (begun(part, again), then))
                    then = again
                for _ in range(0 if most is None else most - least):
                    then = put(None, begun(part, then), then)
                for _ in range(least):
                    then = begun(part, then)
                return then

    put(None, begun(node, 0))
    return places


@dataclass(slots=True, eq=False)
class _State:
    """A set of places it may stand in, and whether the character before was a word's. on: what each character leads to."""

    places: frozenset[int]
    after_word: bool
    on: dict[str, tuple[_State, bool]] = field(default_factory=dict)


class _Automaton:
    """Runs a program over a text, once. What it kept is only a shortcut: threads that share it may work a step out twice."""

    def __init__(self, program: list[_Place], *, anchored: bool = False) -> None:
        self._program = program
        self._anchored = anchored
        self._states: dict[tuple[frozenset[int], bool], _State] = {}
        self._kept = 0
        self.steps = 0

    def last(self, characters: Iterable[str], before: str) -> int | None:
        """After how many characters it was last at its end; None where it never was. before: what stands before them."""
        state = self._state(frozenset({len(self._program) - 1}), bool(before) and _in_a_word(before))
        found, number = None, 0
        for character in characters:
            self.steps += 1
            known = state.on.get(character)
            if known is None:
                known = self._worked_out(state, character)
            state, at_end = known
            if at_end:
                found = number
            number += 1
            if not state.places:
                return found
        return number if self._reached(state, within_word=False)[1] else found

    def _worked_out(self, state: _State, character: str) -> tuple[_State, bool]:
        within_word = _in_a_word(character)
        reached, at_end = self._reached(state, within_word=within_word)
        places = {self._program[place][1][0] for place, one in reached if one.has(character)}
        if not self._anchored:
            places.add(len(self._program) - 1)
        if self._kept >= MAX_KEPT:
            self._states, self._kept = {}, 0
        leads_to = self._state(frozenset(places), within_word), at_end
        self._kept += 1
        state.on[character] = leads_to
        return leads_to

    def _state(self, places: frozenset[int], after_word: bool) -> _State:
        return self._states.setdefault((places, after_word), _State(places, after_word))

    def _reached(self, state: _State, *, within_word: bool) -> tuple[list[tuple[int, _One]], bool]:
        """The places that wait for a character, and whether the end is among what is reached without one."""
        edge = state.after_word is not within_word
        waiting: list[tuple[int, _One]] = []
        open_places, seen = list(state.places), set(state.places)
        while open_places:
            place = open_places.pop()
            what, to = self._program[place]
            self.steps += 1
            if isinstance(what, _One):
                waiting.append((place, what))
                continue
            if what is None or what is edge:
                fresh = [one for one in to if one not in seen]
                seen.update(fresh)
                open_places.extend(fresh)
        return waiting, 0 in seen
