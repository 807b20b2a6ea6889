"""Writes the model card of a built table: what it learnt from, under which licences, what was measured, what it cannot do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from chalicelib.signals.language import Languages
from local.training.building import Built
from local.training.heads import INTENT_HEADS, RISK_HEADS
from local.training.languages import Heads

_OWED: Final[Mapping[str, tuple[str, str]]] = {
    "banking77": ("CC BY 4.0", "Casanueva and others 2020, PolyAI; PolyAI-LDN/task-specific-datasets"),
    "bias_madlibs": ("Apache-2.0", "Conversation AI; conversationai/unintended-ml-bias-analysis"),
    "clinc150": ("CC BY 3.0", "Larson and others 2019, Clinc; clinc/oos-eval"),
    "convabuse": ("CC BY 4.0", "Cercas Curry, Abercrombie and Rieser 2021; amandacurry/convabuse"),
    "crisislex_t6": ("MIT", "Olteanu and Castillo 2014; sajao/CrisisLex"),
    "davidson2017": ("MIT", "Davidson and others 2017; t-davidson/hate-speech-and-offensive-language"),
    "edos": ("CC0 1.0", "Kirk and others 2023, Rewire; rewire-online/edos"),
    "goemotions": ("CC BY 4.0", "Demszky and others 2020, Google; mirror monologg/GoEmotions-pytorch"),
    "hatemoji_build": ("CC BY 4.0", "Kirk and others 2022; HannahKirk/Hatemoji"),
    "isarcasm_en": ("MIT", "Abu Farha and others 2022; iabufarha/iSarcasmEval"),
    "openai_moderation": ("MIT", "OpenAI 2022; openai/moderation-api-release"),
    "own_cases": ("CC0 1.0", "written for Parley; local/training/cases.py"),
    "own_talk": ("CC0 1.0", "written for Parley; local/training/talk.py"),
    "presidio_synth": ("MIT", "Microsoft; microsoft/presidio-research"),
    "pros_cons": ("CC BY 4.0", "Ganapathibhotla and Liu 2008; nltk/nltk_data"),
    "sentence_polarity": ("CC BY 4.0", "Pang and Lee 2005; nltk/nltk_data"),
    "sms_spam": ("free for all purposes, by its authors", "Almeida, Gómez Hidalgo and Yamakami 2011"),
    "snips2017": ("CC0 1.0", "Coucke and others 2018, Snips; sonos/nlu-benchmark"),
    "synth_privacy": ("CC0 1.0", "made up for Parley"),
    "synth_risk": ("CC0 1.0", "made up for Parley"),
    "tatoeba_langs": ("CC BY 2.0 FR", "contributors of Tatoeba (tatoeba.org); facebookresearch/LASER"),
    "toxigen_human": ("MIT, CDLA-Permissive-2.0", "Hartvigsen and others 2022, Microsoft; microsoft/SafeNLP"),
    "vader_amazon": ("MIT", "Hutto and Gilbert 2014; cjhutto/vaderSentiment"),
    "vader_lexicon": ("MIT, Copyright (c) 2016 C.J. Hutto", "Hutto and Gilbert 2014; cjhutto/vaderSentiment"),
    "vader_tweets": ("MIT", "Hutto and Gilbert 2014; cjhutto/vaderSentiment"),
    "wikipedia_detox_250": ("CC0", "Wikimedia; dotnet/machinelearning-samples"),
}


def card(built: Built, identity: str, data: Path) -> str:
    """The card in Markdown. data: the folder whose counts.json holds the commit of each source."""
    commits = _commits(data)
    rows = built.rows if built.tongues is None else {**built.tongues.rows, **built.rows}
    used = sorted({*rows, "vader_lexicon"})
    lines = [
        "# The learnt table",
        "",
        f"Table `{identity}`, made by `parley train`; the same data gives the same file. Changed from every source named:",
        "texts became hashed n-gram weights, and no text is in the file except VADER's word list.",
        "",
        "## What it learnt from",
        "",
        "Train rows only; dev rows calibrate. Rows include copies in disguised spelling.",
        "",
        "| Source | Rows | Licence | Authors and origin | Commit |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {name} | {rows.get(name, '')} | {_OWED[name][0]} | {_OWED[name][1]} | {commits.get(name, '')} |"
            for name in used
        ),
        "",
        "Licence texts: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/),",
        "[CC BY 3.0](https://creativecommons.org/licenses/by/3.0/),",
        "[CC BY 2.0 FR](https://creativecommons.org/licenses/by/2.0/fr/).",
        "",
        "## What it says",
        "",
        f"Risks: {', '.join(RISK_HEADS)}. Intents: {', '.join(INTENT_HEADS)}. And `p_auto`: how safe an automatic answer is.",
        "On dev rows, from even chances on (a label is only told from higher ones):",
        "",
        "| Head | Rows | True of | Precision | Recall |",
        "| --- | --: | --: | --: | --: |",
        *(
            f"| {head} | {one.rows} | {one.true} | {one.precision:.3f} | {one.recall:.3f} |"
            for head, one in built.scores.items()
        ),
        "",
        f"On the pooled dev rows, {built.safe_at} permille of `p_auto` is where 0.3 % of the risky ones (each source counting",
        "by the root of its size) would be answered. What the product decides with it, on test rows and on sources that were",
        "left out of training, stands in docs/benchmarks.md.",
        "",
        *([] if built.tongues is None else _languages(built.tongues)),
        "## What it cannot do",
        "",
        "- Beside telling the language: English only. It reads words and letters, not meaning: irony, allusion and the thread's",
        "  context pass it by.",
        "- Legal, crisis and self-harm talk is learnt from few, mostly made-up texts; the rules beside it carry those.",
        "- Tweets of 2017 marked in-group words of African American English as offensive; some of that bias is learnt.",
        "- Sarcasm in kind words alone, slang that it never met, and rare sexual talk are taken for praise at times.",
        "- Politely worded hate without a known word is often missed. Nothing it says replaces a person's look.",
        "- Its figures hold for texts like those above. Of a text with many unknown words it says `familiar: false`, and a",
        "  person answers; a known word in a new meaning it does not notice.",
        "- Which language: it knows sentences for learners, no slang. One that is not listed is told as none, or as a near",
        "  relative; near relatives are taken for one another (Bokmål and Danish, Serbian and Croatian).",
        "",
    ]
    return "\n".join(lines)


def _languages(tongues: Heads) -> list[str]:
    known = Languages(tongues.section, 0)
    return [
        "## Which language",
        "",
        f"Heads for {len(known.codes)} languages (`{known.id}`), a part of their own behind the others: softmax over hashed",
        "n-grams of 1 to 4 characters, learnt from `tatoeba_langs`, for English also from what people write in the other sets,",
        "and from pieces of one to four words. On dev rows, where English is spoken; the rest is told to be in no language:",
        "",
        "| Language | Rows | Told | Told another |",
        "| --- | --: | --: | --: |",
        *(
            f"| {code} | {one.rows} | {one.right / one.rows:.3f} | {one.wrong / one.rows:.3f} |"
            for code, one in tongues.scores.items()
        ),
        "",
    ]


def _commits(data: Path) -> dict[str, str]:
    about = json.loads((data / "counts.json").read_text(encoding="utf-8"))
    return {name: str(one.get("commit") or "")[:10] for name, one in about.items() if isinstance(one, dict)}
