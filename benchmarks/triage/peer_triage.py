"""A peer's p_auto for each text, in the peers' own environment: a JSON list on standard output. It imports nothing of ours.

    python peer_triage.py vader_profanity|sklearn_tfidf <texts.json> <folder of the labelled text>

vader_profanity: VADER's compound figure, 0 where better-profanity knows a word of it. sklearn_tfidf: the chance of the class
`automatable` by a logistic regression over TF-IDF (words 1 to 2, characters 2 to 5), trained on tier A's train rows.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

PRAISE = {"admiration", "gratitude"}
KIND = PRAISE | {"joy", "love", "excitement", "approval", "pride", "relief", "optimism", "caring", "amusement"}


def vader(texts, _folder):
    from better_profanity import profanity
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    judge = SentimentIntensityAnalyzer()
    profanity.load_censor_words()
    swears = {str(word) for word in profanity.CENSOR_WORDSET}
    clean = (swears.isdisjoint(text.lower().split()) for text in texts)
    return [
        max(0.0, judge.polarity_scores(text)["compound"]) if ok else 0.0 for text, ok in zip(texts, clean, strict=True)
    ]


def tfidf(texts, folder):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline, make_union

    said, labels = zip(*training(Path(folder)), strict=True)
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, max_features=300_000, sublinear_tf=True)
    model = make_pipeline(make_union(words, letters), SGDClassifier(loss="log_loss", alpha=1e-6, random_state=1))
    model.fit(said, labels)
    at = list(model.classes_).index("automatable")
    return [float(chances[at]) for chances in model.predict_proba(texts)]


def training(folder):
    for name, label in MAPPING.items():
        with gzip.open(folder / "tier_a" / f"{name}.tsv.gz", "rt", encoding="utf-8", newline="\n") as lines:
            head = next(lines).rstrip("\n").split("\t")
            for line in lines:
                row = dict(zip(head, line.rstrip("\n").split("\t"), strict=False))
                if row["split"] == "train" and (found := label(row)):
                    yield row["text"], found


def goemotions(row):
    emotions = set(row["emotions"].replace("|", ",").split(","))
    if emotions & PRAISE and emotions <= KIND:
        return "automatable"
    return "automatable" if "curiosity" in emotions and "?" in row["text"] else "other"


def risky_if(column, *values):
    return lambda row: "risky" if row[column] in values else "other"


def always(label):
    return lambda _row: label


MAPPING = {
    "banking77": always("automatable"),
    "clinc150": lambda row: "other" if row["intent"] == "oos" or row["domain"] == "meta" else "automatable",
    "goemotions": goemotions,
    "snips2017": always("other"),
    "edos": risky_if("sexist", "1"),
    "hatemoji_build": risky_if("hateful", "1"),
    "convabuse": lambda row: "risky" if float(row["share_abusive"] or 0) >= 0.66 else "other",
    "davidson2017": risky_if("label", "hate", "offensive"),
    "toxigen_human": risky_if("label", "hate"),
    "openai_moderation": lambda row: (
        "risky" if "1" in (row[one] for one in ("S", "H", "V", "HR", "SH", "S3", "H2")) else "other"
    ),
    "presidio_synth": risky_if("privacy", "1"),
    "synth_privacy": risky_if("privacy", "1"),
    "synth_risk": lambda row: (
        "risky" if row["risky"] == "1" else "automatable" if row["kind"] == "support" else "other"
    ),
    "sms_spam": always("other"),
    "isarcasm_en": always("other"),
    "crisislex_t6": always("other"),
    "pros_cons": lambda row: "automatable" if row["label"] == "pros" else "other",
    "vader_tweets": lambda row: "automatable" if float(row["mean"]) > 1.6 else "other",
    "vader_amazon": lambda row: "automatable" if float(row["mean"]) > 1.6 else "other",
}

PEERS = {"vader_profanity": vader, "sklearn_tfidf": tfidf}


if __name__ == "__main__":
    print(json.dumps(PEERS[sys.argv[1]](json.loads(Path(sys.argv[2]).read_text()), sys.argv[3])))
