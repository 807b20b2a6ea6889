"""Which language a text is in: told where it is plain, none where it is short, mixed or unreadable; and what is decided by it."""

from __future__ import annotations

import gzip
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.guideline import READABLE, Guideline
from chalicelib.domain.guideline_document import InvalidGuideline
from chalicelib.domain.labels import TriageAction
from chalicelib.services import guidelines_yaml
from chalicelib.signals import table
from chalicelib.signals.language import SURE
from chalicelib.signals.reading import read
from tests.signals.deciding import decided

PLAIN = {
    "ar": "متى تفتحون المتجر يوم الأحد؟",
    "bg": "Кога отваряте магазина в неделя?",
    "bn": "রবিবার দোকান কখন খুলবে?",
    "ca": "A quina hora obriu la botiga els diumenges?",
    "cs": "V kolik hodin v neděli otevíráte obchod?",
    "da": "Hvornår åbner I butikken på søndag? Jeg vil gerne hente min cykel.",
    "de": "Wann macht ihr den Laden am Sonntag auf?",
    "el": "Τι ώρα ανοίγει το κατάστημα την Κυριακή;",
    "en": "When do you open the shop on Sunday?",
    "es": "¿A qué hora abrís la tienda los domingos?",
    "et": "Mis kell te pühapäeval poe avate?",
    "eu": "Zein ordutan irekitzen duzue denda igandeetan?",
    "fa": "یکشنبه‌ها مغازه را چه ساعتی باز می‌کنید؟",
    "fi": "Mihin aikaan avaatte kaupan sunnuntaina?",
    "fr": "À quelle heure ouvrez-vous le magasin le dimanche ?",
    "ga": "Cén t-am a osclaíonn sibh an siopa Dé Domhnaigh?",
    "he": "מתי אתם פותחים את החנות ביום ראשון?",
    "hi": "आप रविवार को दुकान कब खोलते हैं?",
    "hu": "Hány órakor nyit a bolt vasárnap?",
    "id": "Jam berapa tokonya buka pada hari Minggu?",
    "is": "Hvenær opnið þið búðina á sunnudögum?",
    "it": "A che ora aprite il negozio la domenica?",
    "ja": "日曜日は何時にお店を開けますか？",
    "ko": "일요일에는 가게를 몇 시에 여나요?",
    "lt": "Kelintą valandą sekmadienį atidarote parduotuvę?",
    "nl": "Hoe laat gaat de winkel op zondag open?",
    "pl": "O której godzinie otwieracie sklep w niedzielę?",
    "pt": "A que horas vocês abrem a loja no domingo?",
    "ro": "La ce oră deschideți magazinul duminica?",
    "ru": "Во сколько вы открываете магазин в воскресенье?",
    "sv": "Vilken tid öppnar ni affären på söndag?",
    "ta": "ஞாயிற்றுக்கிழமை கடையை எத்தனை மணிக்குத் திறப்பீர்கள்?",
    "th": "วันอาทิตย์ร้านเปิดกี่โมงคะ",
    "tl": "Anong oras kayo magbubukas ng tindahan sa Linggo?",
    "tr": "Pazar günü dükkânı saat kaçta açıyorsunuz?",
    "uk": "О котрій годині ви відчиняєте крамницю в неділю?",
    "vi": "Chủ nhật cửa hàng mở cửa lúc mấy giờ?",
    "zh": "你们星期天几点开门？",
}
"""The same question, by hand."""

NEAR = {
    "eo": "Je kioma horo vi malfermas la vendejon dimanĉe?",
    "gl": "A que hora abrides a tenda os domingos?",
    "hr": "U koliko sati otvarate trgovinu nedjeljom?",
    "nb": "Når åpner dere butikken på søndag?",
    "sk": "O koľkej otvárate obchod v nedeľu?",
    "sr": "У колико сати отварате продавницу недељом?",
}
"""Some have near relatives: told right or not at all, never as another one that a workspace speaks."""

NEAREST = {"gl": "pt", "nb": "da", "sr": "hr"}
"""Which relative one of these is taken for, if any; Serbian is written in two scripts."""

UNKNOWN = {
    "Swahili": "Mnafungua duka saa ngapi siku ya Jumapili?",
    "Latvian": "Cikos jūs svētdien atverat veikalu?",
    "Welsh": "Faint o'r gloch ydych chi'n agor y siop ddydd Sul?",
    "Afrikaans": "Hoe laat maak julle die winkel op Sondag oop?",
    "Zulu": "Nivula nini isitolo ngeSonto?",
    "Albanian": "Në çfarë ore e hapni dyqanin të dielën?",
    "Romanised Hindi": "aap log ravivar ko dukaan kab kholte ho?",
    "Telugu": "ఆదివారం దుకాణం ఎప్పుడు తెరుస్తారు?",
    "Georgian": "როდის ხსნით მაღაზიას კვირას?",
    "Amharic": "እሁድ ሱቁን መቼ ትከፍታላችሁ?",
}
SHORT = [
    "ok",
    "ja",
    "gracias",
    "no",
    "si",
    "super",
    "👍",
    "👍🏽🎉🎉",
    "12:30",
    "@cafe",
    "?!",
    "https://example.org/danke",
]
SHORT += ["", " \n", "\u200b\u200d\u2060\ufeff"]
PRAISE = ["Love this!", "Thank you so much, the show was wonderful!", "Great work everyone, what a lovely evening"]


def test_forty_languages_are_told() -> None:
    assert len(table.shipped_languages().codes) >= 40
    assert set(PLAIN) | set(NEAR) == set(table.shipped_languages().codes)


@pytest.mark.parametrize("code", PLAIN)
def test_a_plain_question_is_told_to_be_in_its_language(code: str, starter: Guideline) -> None:
    signals = read(PLAIN[code])
    assert (signals.language, signals.likeliest) == (code, code)
    assert signals.likely is not None
    assert SURE * 1000 <= signals.likely <= 1000
    if code != "en":
        assert decided(PLAIN[code], starter).action is TriageAction.REVIEW


@pytest.mark.parametrize("code", NEAR)
def test_one_with_near_relatives_is_told_or_none_is(code: str, starter: Guideline) -> None:
    assert read(NEAR[code]).language in {code, None}
    assert decided(NEAR[code], starter).action is TriageAction.REVIEW


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_language_that_it_never_learnt_is_not_taken_for_one_that_can_be_answered(
    name: str, starter: Guideline
) -> None:
    assert read(UNKNOWN[name]).language not in READABLE
    assert decided(UNKNOWN[name], starter).action is TriageAction.REVIEW


@pytest.mark.parametrize("text", SHORT)
def test_of_a_word_or_of_none_it_is_unsure(text: str, starter: Guideline) -> None:
    assert read(text).language is None
    assert decided(text, starter).action is not TriageAction.ANSWER


@pytest.mark.parametrize("code", [code for code in PLAIN if code != "en"])
def test_praise_beside_another_language_is_in_none_and_is_not_answered(code: str, starter: Guideline) -> None:
    for praise in PRAISE[1:]:
        for text in (f"{praise} {PLAIN[code]}", f"{PLAIN[code]} {praise}", f"{praise}\n\n{PLAIN[code]}\n\n{praise}"):
            assert read(text).language not in READABLE
            assert decided(text, starter).action is not TriageAction.ANSWER


@given(
    st.sampled_from(sorted((PLAIN | NEAR).keys() - {"en"})), st.sampled_from(PRAISE), st.integers(4, 14), st.booleans()
)
def test_a_foreign_text_is_never_answered_whatever_stands_around_it(
    code: str, praise: str, size: int, first: bool
) -> None:
    guideline = guidelines_yaml.parse(guidelines_yaml.starter(), version="starter")
    foreign = " ".join((PLAIN | NEAR)[code].split()[:size])
    text = f"{praise} {foreign}" if first else f"{foreign} {praise}"
    assert decided(text, guideline).action is not TriageAction.ANSWER


def test_the_decision_says_the_language_how_likely_it_is_and_what_follows(starter: Guideline) -> None:
    foreign = decided(PLAIN["de"], starter)
    assert (
        f"the guideline does not speak its language (de: {read(PLAIN['de']).likely} permille)" in foreign.rationale.why
    )
    assert foreign.figures is not None
    assert (foreign.figures.language, foreign.figures.likeliest) == ("de", None)
    unsure = decided("gracias", starter)
    guess = read("gracias")
    assert f"its language could not be told ({guess.likeliest}: {guess.likely} permille)" in unsure.rationale.why
    assert unsure.figures is not None
    assert (unsure.figures.language, unsure.figures.likeliest) == (None, guess.likeliest)
    answered = decided("Love this!", starter)
    assert f"in its language (en: {read('Love this!').likely} permille)" in answered.rationale.refused[0].why


def test_a_clause_can_ask_for_a_language_and_only_for_one_that_is_told() -> None:
    clause = "name: N\nlanguages: [en]\nclauses:\n- {id: german, wording: w, when: {languages: [%s]}, action: review,"
    clause += " severity: 0, reason: somebody who reads German looks}\n"
    guideline = guidelines_yaml.parse(clause % "de", version="v")
    assert "german" in decided(PLAIN["de"], guideline).rationale.clauses
    assert "german" not in decided(PLAIN["en"], guideline).rationale.clauses
    with pytest.raises(InvalidGuideline) as refused:
        guidelines_yaml.parse(clause % "xx", version="v")
    (problem,) = refused.value.problems
    assert problem.pointer == "/clauses/0/when/languages/0"
    assert "de" in problem.mend.split("Use one of: ")[1].rstrip(".").split(", ")


# --- on sentences that were held out ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def held_out() -> dict[str, list[str]]:
    """Sentences of each language on which nothing was learnt."""
    place = Path(os.environ.get("PARLEY_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
    path = place / "tier_a" / "tatoeba_langs.tsv.gz"
    if not path.is_file():
        pytest.skip(f"no labelled public text in {place} (PARLEY_DATA)")
    found: dict[str, list[str]] = defaultdict(list)
    for text, code in _rows(path, "dev"):
        found[code].append(text)
    return found


def _rows(path: Path, split: str) -> Iterator[tuple[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        next(lines)
        for line in lines:
            text, code, _, part, _ = line.rstrip("\n").split("\t")
            if part == split:
                yield text, code


def test_real_sentences_are_told_and_hardly_any_foreign_one_is_taken_for_english(
    held_out: dict[str, list[str]],
) -> None:
    told = {code: Counter(read(text).language for text in texts[:60]) for code, texts in held_out.items()}
    assert len(told) >= 40
    wrong = {
        code: one
        for code, one in told.items()
        if one.total() - one[code] - one[None] - one[NEAREST.get(code, "no relative")] > 0.1 * one.total()
    }
    assert not wrong
    right = sum(one[code] for code, one in told.items()) / sum(one.total() for one in told.values())
    assert right >= 0.85
    english = sum(one["en"] for code, one in told.items() if code != "en")
    assert english <= 0.005 * sum(one.total() for one in told.values())


def test_no_real_foreign_sentence_is_answered(held_out: dict[str, list[str]], starter: Guideline) -> None:
    for code, texts in held_out.items():
        for text in texts[:40]:
            if code != "en":
                assert decided(text, starter).action is not TriageAction.ANSWER
