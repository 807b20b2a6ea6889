"""Tells a text's language from its most common words, or says that it cannot. It never guesses: unsure is None.

Few languages, no table to load: a message in a language that is not told goes to a person, which is the safe side. Words are
compared in folded form (no accents), letters of other scripts count against every language here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chalicelib.signals.rule import words

_COMMON: Final[dict[str, frozenset[str]]] = {
    "en": words(
        "the be to of and a in that have i it for not on with he as you do at this but his by from they we "
        "say her she or an will my one all would there their what so up out if about who get which go me "
        "when make can like time no just him know take people into year your good some could them see other "
        "than then now look only come its over think also back after use two how our work first well way "
        "even new want because any these give day most us is are was were been has had did does i'm it's "
        "don't i've can't you're that's im dont cant thats didn't isn't doesn't won't i'd we're let's "
        "please thanks thank hello hi hey love great awesome amazing nice cool wow yes best every here "
        "still really very much too should where why again more ever never today hope need help am pls thx "
        "excellent perfect brilliant fantastic wonderful beautiful congrats congratulations happy favorite "
        "favourite appreciate glad got keep team job guys morning worth definitely absolutely always right "
        "i'll we've you've looks works made makes loved loving enjoy enjoyed"
    ),
    "de": words(
        "der die das und ist nicht ich du sie wir ihr ein eine einen dem den zu mit auf fur von sich es "
        "auch wie noch nur aber wenn kann habe hat haben sind war was so bei nach aus uber danke bitte mein "
        "dein euer super sehr gut schon mir mich dich gibt warum wann wo immer mal"
    ),
    "fr": words(
        "le la les un une des et est pas je tu il elle nous vous ils de du en que qui dans pour sur avec ce "
        "cette mon ma votre vos plus mais merci tres bien tout j'ai c'est j'adore au aux ne se sont etes "
        "suis quand comment pourquoi ou bonjour"
    ),
    "es": words(
        "el la los las un una y es no que de en por para con se su mi tu lo me te muy mas pero como gracias "
        "esta este esto hola cuando donde quiero tengo hay si ya porque al del nos son fue yo"
    ),
    "it": words(
        "il lo la gli le un una e non che di in per con si mi ti ci sono sei questo questa molto grazie "
        "come quando dove ma piu ho hai ha del della anche tutto bello ciao perche io"
    ),
    "pt": words(
        "o os as um uma e nao que de em por para com se meu minha seu sua muito mais mas como obrigado "
        "obrigada quando onde eu voce esta isso este tem do da no na ao foi bom ola porque"
    ),
    "nl": words(
        "de het een en is niet ik jij je hij zij wij van in op met voor dat die dit maar ook als kan heb "
        "heeft hebben zijn was wat zo bij naar uit bedankt mijn jullie heel goed waarom wanneer waar nog al "
        "geen er"
    ),
}
_MOST_FOREIGN: Final = 100  # permille of letters outside Latin from which no language here is told
_SHARE_TOLD: Final = 250  # permille of words that must be common ones of the language
_WORDS_LOOKED_AT: Final = 200


def language(text: str, spoken: Sequence[str]) -> str | None:
    """The language of a folded text of these words: a code such as `en`, or None where it cannot be told."""
    if not spoken or _foreign(text) > _MOST_FOREIGN:
        return None
    looked_at = spoken[:_WORDS_LOOKED_AT]
    hits = {code: sum(map(common.__contains__, looked_at)) for code, common in _COMMON.items()}
    best = max(hits, key=lambda code: hits[code])
    others = max(count for code, count in hits.items() if code != best)
    told = hits[best] * 1000 >= _SHARE_TOLD * len(looked_at)
    return best if told and hits[best] > others else None


def _foreign(text: str) -> int:
    """Permille of the letters that are not a to z. Folding has taken the accents off Latin ones."""
    if text.isascii():
        return 0
    letters = [character for character in text if character.isalpha()]
    return 1000 * sum(not letter.isascii() for letter in letters) // len(letters) if letters else 0
