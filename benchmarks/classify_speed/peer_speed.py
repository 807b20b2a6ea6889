"""A peer's side of a round, in the peers' own environment: `python peer_speed.py <peer> <texts.json>`."""

from __future__ import annotations

import time

BEGAN = time.process_time()

import json  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402


def peak():
    """Megabytes of memory at most since this program began; getrusage would count what the parent had."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def vader():
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer().polarity_scores


def alt_profanity_check():
    from profanity_check import predict_prob

    return lambda text: predict_prob([text])


def better_profanity():
    from better_profanity import profanity

    profanity.load_censor_words()
    return profanity.contains_profanity


def sklearn():
    """Fitted on a handful of made-up messages: its time to judge one is what counts; a real one is larger and slower."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline, make_union

    words = TfidfVectorizer(ngram_range=(1, 2))
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5))
    model = make_pipeline(make_union(words, letters), SGDClassifier(loss="log_loss"))
    model.fit(["thank you", "you idiot", "when do you open", "what a moron"] * 5, [0, 1, 0, 1] * 5)
    return lambda text: model.predict_proba([text])


def main() -> None:
    judge = {one.__name__: one for one in (vader, alt_profanity_check, better_profanity, sklearn)}[sys.argv[1]]()
    judge("The new version looks great, thank you! When does it come to Android?")
    cold = time.process_time() - BEGAN
    most = peak()
    texts = json.loads(Path(sys.argv[2]).read_text())
    began = time.process_time()
    for text in texts:
        judge(text)
    spent = (time.process_time() - began) * 1000 / len(texts)
    print(json.dumps({"cold_ms": cold * 1000, "rss_mb": most, "ms_per_message": spent}))


if __name__ == "__main__":
    main()
