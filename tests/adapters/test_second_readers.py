"""Second readers on AWS: what they ask is what AWS takes, a text is never more than data in it, and what comes is not believed.

botocore's own model of each service holds the requests and the written answers to their documented shapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import ANY, Stubber
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.aws.bedrock import TOOL, BedrockReader, fenced, priced, request
from chalicelib.adapters.aws.comprehend import ComprehendReader, segments
from chalicelib.domain.labels import RISKS
from chalicelib.domain.second_opinion import REASONS
from chalicelib.ports import EngineUnusable, NotHeard, Question
from tests.injections import ATTACKS

MODEL = "amazon.nova-lite-v1:0"
LABELS = tuple(sorted(label.value for label in RISKS))
FIGURES = dict.fromkeys(LABELS, 10) | {"insult": 640}


def question(
    text: str = "You are no help at all.", language: str | None = "en", labels: tuple[str, ...] = LABELS
) -> Question:
    return Question(text, language, labels, REASONS)


def client(service: str) -> Any:
    session = botocore.session.get_session()
    return session.create_client(service, "eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")


def converse(*blocks: dict[str, Any], stop: str = "tool_use") -> dict[str, Any]:
    """An answer of Converse in its documented shape."""
    return {
        "output": {"message": {"role": "assistant", "content": list(blocks)}},
        "stopReason": stop,
        "usage": {"inputTokens": 700, "outputTokens": 110, "totalTokens": 810},
        "metrics": {"latencyMs": 412},
    }


def use(**given: Any) -> dict[str, Any]:
    return {
        "toolUse": {"toolUseId": "tooluse_1", "name": TOOL, "input": {"figures": FIGURES, "reason": "risk"} | given}
    }


@pytest.fixture
def bedrock() -> Iterator[Stubber]:
    with Stubber(client("bedrock-runtime")) as stub:
        yield stub


@pytest.fixture
def comprehend() -> Iterator[Stubber]:
    with Stubber(client("comprehend")) as stub:
        yield stub


# --- Bedrock ---------------------------------------------------------------------------------------------------------


def test_a_model_is_asked_once_and_made_to_answer_with_our_tool(bedrock: Stubber) -> None:
    asked = request(MODEL, question())
    bedrock.add_response("converse", converse(use()), asked)
    answer = BedrockReader(MODEL, client=bedrock.client).ask(question())
    assert (answer.figures, answer.reason) == (FIGURES, "risk")
    # 700 tokens at $0.06 and 110 at $0.24 a million, rounded up.
    assert answer.micro_usd == 69
    assert asked["toolConfig"]["toolChoice"] == {"tool": {"name": TOOL}}
    schema = asked["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]
    assert schema["properties"]["figures"]["required"] == list(LABELS)
    assert schema["properties"]["reason"]["enum"] == list(REASONS)
    bedrock.assert_no_pending_responses()


def test_what_it_can_tell_is_every_risk_and_the_question_names_each() -> None:
    assert BedrockReader.labels == {label.value for label in RISKS}
    told = request(MODEL, question())["system"][0]["text"]
    assert all(f"{label}:" in told for label in LABELS)


@pytest.mark.parametrize(
    "said",
    [
        converse({"text": "I would rather not."}, stop="end_turn"),
        converse(stop="content_filtered"),
        converse(use(), use()),
        converse({"toolUse": {"toolUseId": "t", "name": "another", "input": {"figures": FIGURES, "reason": "risk"}}}),
        converse({"toolUse": {"toolUseId": "t", "name": TOOL, "input": ["figures"]}}),
        converse({"toolUse": {"toolUseId": "t", "name": TOOL, "input": {"figures": FIGURES}}}),
        converse(use(approved=1000)),
    ],
)
def test_whatever_is_not_one_call_of_our_tool_was_not_said(bedrock: Stubber, said: dict[str, Any]) -> None:
    bedrock.add_response(
        "converse",
        said,
        {"modelId": MODEL, **dict.fromkeys(("system", "messages", "inferenceConfig", "toolConfig"), ANY)},
    )
    with pytest.raises(NotHeard, match="not given as agreed"):
        BedrockReader(MODEL, client=bedrock.client).ask(question())


def test_an_answer_that_does_not_come_is_told_by_its_code_and_never_quotes(bedrock: Stubber) -> None:
    bedrock.add_client_error("converse", "ThrottlingException", "about secret text", 429)
    with pytest.raises(NotHeard, match=r"^it refused \(ThrottlingException\)$"):
        BedrockReader(MODEL, client=bedrock.client).ask(question())

    class Slow:
        def converse(self, **_: Any) -> Any:
            raise ReadTimeoutError(endpoint_url="https://secret.example")

    with pytest.raises(NotHeard, match=r"^it did not answer \(ReadTimeoutError\)$"):
        BedrockReader(MODEL, client=Slow()).ask(question())


def test_a_model_without_a_known_price_is_not_asked() -> None:
    assert priced("eu.amazon.nova-lite-v1:0") == priced(MODEL) is not None
    with pytest.raises(EngineUnusable, match=MODEL):
        BedrockReader("somebody.else-v9:0")


@pytest.mark.parametrize("text", ATTACKS)
def test_the_request_is_the_same_whatever_a_text_says(text: str) -> None:
    assert len(ATTACKS) >= 60
    text = text.encode("utf-8", "replace").decode()  # as it lies in the record
    plain, hostile = request(MODEL, question("Hello")), request(MODEL, question(text))
    (block,) = hostile["messages"][0]["content"]
    assert set(block) == {"text"}
    introduction, fence, line, end = block["text"].split("\n")
    assert fence == end
    assert re.fullmatch(r"MEMBER-TEXT-[0-9a-f]{16}", fence)
    assert introduction == f"The message, as one JSON string between two lines that say {fence}:"
    # Once, as data: nothing but what looked like a fence is lost, and no fence stands in it.
    assert json.loads(line) == re.sub(r"(?i)MEMBER-TEXT-[0-9a-f]+", "[fence]", text)
    assert fence not in line
    assert len(block["text"].splitlines()) == 4
    hostile["messages"] = plain["messages"]
    assert hostile == plain


@given(st.text())
def test_no_text_leaves_its_fence(text: str) -> None:
    shown = fenced(text)
    assert len(shown.splitlines()) == 4
    fence = shown.splitlines()[1]
    assert shown.count(fence) == 3
    assert shown == fenced(text)


@given(st.text(max_size=4_000))
def test_a_call_is_counted_with_no_less_than_it_can_cost(text: str) -> None:
    reader = BedrockReader(MODEL)
    tokens = len(json.dumps(request(MODEL, question(text)), ensure_ascii=False).encode("utf-8", "surrogatepass"))
    assert reader.price(question(text)) * 1_000_000 >= tokens * 60_000 + 300 * 240_000


# --- Comprehend ------------------------------------------------------------------------------------------------------


def toxic(**scores: float) -> dict[str, Any]:
    labels = [{"Name": name, "Score": score} for name, score in scores.items()]
    return {"Labels": labels, "Toxicity": max(scores.values(), default=0.0)}


OURS = ("hate", "insult", "privacy", "threat")


def test_comprehend_is_asked_for_both_and_the_gravest_segment_counts(comprehend: Stubber) -> None:
    text = "Nobody helps. " * 100
    parts = [{"Text": one} for one in segments(text)]
    assert [len(one["Text"]) for one in parts] == [1000, 400]
    results = [
        toxic(INSULT=0.1, PROFANITY=0.99, VIOLENCE_OR_THREAT=0.02),
        toxic(HARASSMENT_OR_ABUSE=0.8125, HATE_SPEECH=0.3, SEXUAL=0.9),
    ]
    comprehend.add_response(
        "detect_toxic_content", {"ResultList": results}, {"TextSegments": parts, "LanguageCode": "en"}
    )
    comprehend.add_response(
        "contains_pii_entities",
        {"Labels": [{"Name": "NAME", "Score": 0.99}, {"Name": "PHONE", "Score": 0.6}, {"Name": "SSN", "Score": 0.2}]},
        {"Text": text, "LanguageCode": "en"},
    )
    reader = ComprehendReader(client=comprehend.client)
    asked = question(text, labels=OURS)
    answer = reader.ask(asked)
    assert answer.figures == {"insult": 812, "hate": 300, "threat": 20, "privacy": 600}
    assert answer.reason in REASONS
    # 14 hundreds twice, at $0.0001.
    assert answer.micro_usd == reader.price(asked) == 2_800


def test_comprehend_says_nothing_where_it_cannot_read(comprehend: Stubber) -> None:
    reader = ComprehendReader(client=comprehend.client)
    assert reader.labels < {label.value for label in RISKS}
    for one, why in (
        (question(language="de"), "English only"),
        (question(language=None), "English only"),
        (question(" \n"), "nothing to read"),
        (question("\U0001f600" * 3_000), "too long"),
    ):
        with pytest.raises(NotHeard, match=why):
            reader.price(one)
    comprehend.add_response("detect_toxic_content", {"ResultList": []})
    comprehend.add_response("contains_pii_entities", {"Labels": []})
    with pytest.raises(NotHeard, match="not given as agreed"):
        reader.ask(question(labels=OURS))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_segments_are_the_text_and_fit(text: str) -> None:
    found = segments(text)
    assert all(len(one.encode()) <= 1_000 for one in found)
    assert "".join("".join(found).split()) == "".join(text.split())
