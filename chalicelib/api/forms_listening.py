"""What requests about listening must be."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from chalicelib.api.forms import Form
from chalicelib.domain.listening import LONGEST_WORD, MOST_COMMUNITIES, MOST_WORDS, Listening
from chalicelib.domain.typed import one_line

Word = Annotated[str, StringConstraints(min_length=2, max_length=LONGEST_WORD), AfterValidator(one_line)]
Community = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.@-]{1,100}$")]
Communities = Annotated[list[Community], Field(max_length=MOST_COMMUNITIES)]


class ListeningForm(Form):
    """What an account hears beside what is said to it, instead of what it heard. All of it is off unless it is named."""

    messages: bool = False
    moderated: Communities = []
    communities: Communities = []
    words: Annotated[list[Word], Field(max_length=MOST_WORDS)] = []
    word_places: Communities = []
    threads: bool = False

    def listening(self) -> Listening:
        """The same as the domain knows it."""
        moderated, communities, words, places = map(
            tuple, (self.moderated, self.communities, self.words, self.word_places)
        )
        return Listening(self.messages, moderated, communities, words, places, self.threads)


class AccountChangeForm(Form):
    """What is to be different about an account."""

    listening: ListeningForm
