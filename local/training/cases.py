# ruff: noqa: E501, ARG005  a case a line reads best, and every way takes the same arguments
"""Own-written training texts: what the public sets lack. Negated, quoted and spoken-against abuse, praise that turns, despair.

All of it is made up here; nothing is taken from a set. Filled in by a fixed pattern, so that the same texts come out every time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import product
from typing import Final

from local.training.sources import Example, Known, kin

_SAFE: Final[Known] = dict.fromkeys(
    ("risky", "insult", "hate", "threat", "self_harm", "privacy", "legal", "crisis", "sexual"), 0
)
OTHER: Final[Known] = {**_SAFE, "auto": 0, "praise": 0, "spam": 0}
SOUR: Final[Known] = {**OTHER, "complaint": 1, "negative": 1, "positive": 0}
PRAISED: Final[Known] = {**_SAFE, "auto": 1, "praise": 1, "complaint": 0, "spam": 0, "positive": 1, "sarcasm": 0}
ASKED: Final[Known] = {**_SAFE, "auto": 1, "question": 1, "complaint": 0, "spam": 0, "praise": 0}

_THING: Final = [
    "app",
    "update",
    "service",
    "delivery",
    "website",
    "new release",
    "support team",
    "podcast",
    "game",
    "store",
    "course",
    "menu",
    "event",
    "guide",
]
_GROUP: Final = [
    "women",
    "immigrants",
    "muslims",
    "jews",
    "gay people",
    "black people",
    "trans people",
    "refugees",
    "disabled people",
    "asians",
]
_SLIGHT: Final = [
    "stupid",
    "disgusting",
    "useless",
    "dangerous",
    "inferior",
    "all the same",
    "criminals",
    "a disease",
    "liars",
    "worthless",
]
_NAME: Final = ["idiot", "moron", "loser", "clown", "coward", "pathetic liar", "piece of trash", "waste of space"]
_BLESS: Final = [
    "deserve respect",
    "are welcome here",
    "deserve the same rights",
    "make this place better",
    "are our neighbours",
]

_CASES: Final[tuple[tuple[Known, str], ...]] = (
    # Spoken against, quoted, denied: not risky, and not for a machine to answer.
    ({**OTHER, "question": 0}, "saying that {group} are {slight} is wrong"),
    (OTHER, 'he wrote "{group} are {slight}" and nobody took it down'),
    (OTHER, "nobody should ever be told that {group} are {slight}"),
    (OTHER, "I do not think {group} are {slight}, quite the opposite"),
    (OTHER, "stop calling {group} {slight}"),
    (OTHER, 'someone called me "{name}" in your comments today'),
    (OTHER, "please remove the comment that says {group} are {slight}"),
    (OTHER, "{group} {bless}"),
    (OTHER, "as one of the {group} in this community I am proud of who I am"),
    (OTHER, "hate against {group} has no place here"),
    (OTHER, "you are not a {name}, don't listen to them"),
    (OTHER, "I felt like such a {name} when I lost my ticket"),
    # Risky, plainly and politely.
    ({"risky": 1, "auto": 0, "hate": 1, "praise": 0, "support": 0}, "{group} are {slight}"),
    ({"risky": 1, "auto": 0, "hate": 1, "praise": 0, "support": 0}, "I'm sorry but {group} are just {slight}, thank you for listening"),
    ({"risky": 1, "auto": 0, "hate": 1, "praise": 0, "support": 0}, "can you tell me why {group} are so {slight}?"),
    ({"risky": 1, "auto": 0, "hate": 1, "praise": 0, "support": 0}, "great {thing}, but why do you let {group} in?"),
    ({"risky": 1, "auto": 0, "hate": 1, "praise": 0, "support": 0}, "love the {thing}, finally one without {group}"),
    ({"risky": 1, "auto": 0, "hate": 1, "praise": 0, "support": 0}, "where can I buy the {thing} without {group} around?"),
    ({"risky": 1, "auto": 0, "insult": 1, "praise": 0, "support": 0}, "thanks for the {thing}, you {name}"),
    ({"risky": 1, "auto": 0, "insult": 1, "praise": 0}, "how do I cancel the {thing}, {name}?"),
    ({"risky": 1, "auto": 0, "insult": 1, "praise": 0}, "what kind of {name} made this {thing}?"),
    # Praise, and praise that turns.
    (PRAISED, "thank you for the {thing}, it is lovely"),
    (PRAISED, "the {thing} is not bad at all, really well done"),
    (PRAISED, "no complaints about the {thing}, great work"),
    (PRAISED, "can't fault the {thing}, best one so far"),
    (PRAISED, "I can't stop using the {thing}, I love it"),
    (SOUR, "thanks for nothing, the {thing} is still broken"),
    (SOUR, "the {thing} is not good, not good at all"),
    (SOUR, "I wanted to love the {thing} but it is a let-down"),
    (SOUR, "great, the {thing} is down again"),
    (SOUR, "wow, what a brilliant {thing}, it lost all my work"),
    (SOUR, "oh nice, another {thing} nobody asked for"),
    (SOUR, "the {thing} used to be great, now it is a joke"),
    (SOUR, "well done for ruining the {thing}"),
    (SOUR, "I would not recommend the {thing} to anyone"),
    (SOUR, "why does the {thing} never work when I need it?"),
    (SOUR, "how hard can it be to make a {thing} that works?"),
    (ASKED, "when is the next {thing}?"),
    (ASKED, "hi, where can I find the {thing}?"),
    (ASKED, "does the {thing} work on older phones?"),
    (ASKED, "how much is the {thing} for students?"),
    (ASKED, "is the {thing} open on sundays?"),
    # Danger, in the tone of a plain question or of thanks.
    ({"risky": 1, "auto": 0, "self_harm": 1, "hate": 0, "praise": 0}, "thank you for the {thing}, it was the last nice thing, I don't want to be here any more"),
    ({"risky": 1, "auto": 0, "self_harm": 1, "hate": 0, "praise": 0}, "does the {thing} help when you just want it all to end?"),
    ({"risky": 1, "auto": 0, "self_harm": 1, "hate": 0, "praise": 0}, "love the {thing}. honestly I have no reason to go on though"),
    ({"risky": 1, "auto": 0, "threat": 1, "hate": 0, "praise": 0}, "where is your {thing} office, I want to make you all pay for it"),
    ({"risky": 1, "auto": 0, "threat": 1, "hate": 0, "praise": 0}, "nice {thing}. shame if something happened to your family"),
    ({"risky": 1, "auto": 0, "legal": 1, "hate": 0, "praise": 0}, "who do I send the court papers about the {thing} to?"),
    ({"risky": 1, "auto": 0, "legal": 1, "hate": 0, "praise": 0}, "how can I get a copy of all the data your {thing} holds about me?"),
    ({"risky": 1, "auto": 0, "crisis": 1, "hate": 0, "praise": 0}, "is it normal that the {thing} smells of smoke and my son cannot breathe?"),
    ({"risky": 1, "auto": 0, "crisis": 1, "hate": 0, "praise": 0}, "we are at the {thing} and people are being crushed, what do we do?"),
)  # fmt: skip


def functional() -> list[Example]:
    """Every case with a spread of its fillings, at most 24 of each."""
    found = []
    for number, (known, pattern) in enumerate(_CASES):
        fillings = [
            pattern.format(thing=thing, group=group, slight=slight, name=name, bless=bless)
            for thing, group, slight, name, bless in _spread(number)
        ]
        part = "dev" if number % 7 == 6 else "train"
        found += [Example(text, "own_cases", part, known, kin(pattern)) for text in dict.fromkeys(fillings)]
    return found


def _spread(seed: int) -> Iterator[tuple[str, ...]]:
    every = list(product(_THING, _GROUP, _SLIGHT, _NAME, _BLESS))
    yield from random.Random(seed).sample(every, 24)  # noqa: S311  a fixed draw, no secret


_LEET: Final = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "$"}
_LOOKS: Final = {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "i": "і"}


def _at(word: str, chance: random.Random, change: Callable[[str], str]) -> str:
    place = chance.randrange(1, len(word) - 1)
    return word[:place] + change(word[place]) + word[place + 1 :]


def _swap(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 2)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


_WAYS: Final[tuple[Callable[[str, random.Random], str], ...]] = (
    lambda word, chance: _at(word, chance, lambda letter: ""),
    _swap,
    lambda word, chance: _at(word, chance, lambda letter: letter * 2),
    lambda word, chance: _at(word, chance, lambda letter: "*"),
    lambda word, chance: "".join(_LEET.get(letter, letter) for letter in word),
    lambda word, chance: "".join(_LOOKS.get(letter, letter) for letter in word),
    lambda word, chance: ".".join(word),
    lambda word, chance: _at(word, chance, lambda letter: letter + "\u200b"),
)


def disguised(text: str, seed: int, share: float = 0.5) -> str:
    """A text with some of its longer words spelled in one of eight disguises."""
    chance = random.Random(seed)  # noqa: S311  a fixed draw, no secret
    way = chance.choice(_WAYS)
    words = text.split(" ")
    return " ".join(
        way(word, chance) if len(word) >= 4 and word.isalpha() and chance.random() < share else word for word in words
    )
