"""How the AWS adapters read what goes wrong, against a server of our own that answers what AWS would."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.adapters.aws.dynamodb import DynamoTable
from chalicelib.adapters.aws.kms import KmsVault
from chalicelib.adapters.aws.ses import SesMailer
from chalicelib.adapters.aws.sqs import SqsQueue
from chalicelib.adapters.embedded.clock import SystemClock
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.ports import (
    ABSENT,
    Change,
    Check,
    ConditionFailed,
    Delete,
    EngineBusy,
    EngineUnusable,
    Equals,
    Key,
    Mail,
    MailInDoubt,
    MailRefused,
    Put,
    QueueName,
    SealBroken,
    Update,
)
from chalicelib.store import keys

HERE = Key("W", "P")
ITEM = {"pk": "W", "sk": "P", "owner": "me"}
WIRE = {"pk": {"S": "W"}, "sk": {"S": "P"}, "owner": {"S": "me"}}
MAIL = Mail("digest-1", ("jo@parley.example",), "Subject", "secret text", "<p>secret text")

LOST = None
"""The server takes the request and hangs up without an answer."""


@dataclass
class Endpoint:
    """AWS at a port of this machine: it gives the answers one by one, the last one for ever."""

    answers: list[tuple[int, Any] | None] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)

    def next_answer(self, request: bytes) -> tuple[int, Any] | None:
        self.requests.append(json.loads(request) if request.startswith(b"{") else request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def fails(self, code: str, status: int = 400, **more: Any) -> None:
        self.answers = [refusal(code, status, **more)]


def refusal(code: str, status: int = 400, message: str = "about secret text", **more: Any) -> tuple[int, Any]:
    return status, {"__type": f"com.amazonaws#{code}", "message": message, **more}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    endpoint = Endpoint()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer = endpoint.next_answer(self.rfile.read(int(self.headers["Content-Length"])))
            if answer is None:
                return
            status, body = answer
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("DEFAULT_REGION", "eu-central-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    # botocore pauses between its tries; boto3's default session remembers the environment.
    with patch("botocore.endpoint.time.sleep"), patch("boto3.DEFAULT_SESSION", None):
        yield endpoint
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def nobody_listens(aws: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")


# --- table -----------------------------------------------------------------------------------------------------------

ASKS: dict[str, Callable[[DynamoTable], Any]] = {
    "get": lambda table: table.get(HERE),
    "get_many": lambda table: table.get_many([HERE]),
    "put": lambda table: table.put(ITEM, ABSENT),
    "update": lambda table: table.update(HERE, Change(set={"a": 1})),
    "delete": lambda table: table.delete(HERE),
    "transact": lambda table: table.transact([Put(ITEM)]),
    "query": lambda table: table.query("W"),
}
BUSY = [
    ("ProvisionedThroughputExceededException", 400),
    ("ThrottlingException", 400),
    ("RequestLimitExceeded", 400),
    ("TransactionConflictException", 400),
    ("TransactionInProgressException", 400),
    ("InternalServerError", 500),
    ("Unheard", 503),
]
UNUSABLE = ["ResourceNotFoundException", "AccessDeniedException", "ExpiredTokenException", "ValidationException"]


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
@pytest.mark.parametrize(("code", "status"), BUSY)
def test_what_may_pass_by_itself_is_busy(
    aws: Endpoint, ask: Callable[[DynamoTable], Any], code: str, status: int
) -> None:
    aws.fails(code, status)
    with pytest.raises(EngineBusy) as busy:
        ask(DynamoTable("parley"))
    assert "secret" not in str(busy.value)


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
@pytest.mark.parametrize("code", UNUSABLE)
def test_what_somebody_has_to_put_right_is_unusable(
    aws: Endpoint, ask: Callable[[DynamoTable], Any], code: str
) -> None:
    aws.fails(code)
    with pytest.raises(EngineUnusable, match=f"table parley .{code}.; check its name") as unusable:
        ask(DynamoTable("parley"))
    assert "secret" not in str(unusable.value)
    assert len(aws.requests) == 1


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_a_lost_answer_is_asked_for_three_times(aws: Endpoint, ask: Callable[[DynamoTable], Any]) -> None:
    aws.answers = [LOST]
    with pytest.raises(EngineBusy, match="did not answer"):
        ask(DynamoTable("parley"))
    assert len(aws.requests) == 3


@pytest.mark.parametrize("change", [Change(add={"n": 1}), Change(append={"log": [1]})], ids=["add", "append"])
def test_an_unconditional_sum_is_sent_once_only(aws: Endpoint, change: Change) -> None:
    aws.answers = [LOST]
    with pytest.raises(EngineBusy):
        DynamoTable("parley").update(HERE, change)
    assert len(aws.requests) == 1
    with pytest.raises(EngineBusy):
        DynamoTable("parley").update(HERE, change, Equals("n", 1))
    assert len(aws.requests) == 4


def test_a_second_try_after_a_success_shows_the_owner(aws: Endpoint) -> None:
    aws.answers = [LOST, refusal("ConditionalCheckFailedException", Item=WIRE)]
    with pytest.raises(ConditionFailed) as failure:
        DynamoTable("parley").put(ITEM, ABSENT)
    assert failure.value.current == ITEM


def test_the_second_try_of_a_transaction_is_known_by_its_token(aws: Endpoint) -> None:
    aws.answers = [LOST, (200, {})]
    DynamoTable("parley").transact([Put(ITEM)])
    first, second = (request["ClientRequestToken"] for request in aws.requests)
    assert first == second


def test_nobody_there_is_busy(nobody_listens: None) -> None:
    with pytest.raises(EngineBusy, match="did not answer"):
        DynamoTable("parley").get(HERE)


NONE, CONFLICT = {"Code": "None"}, {"Code": "TransactionConflict"}
FAILED = {"Code": "ConditionalCheckFailed", "Item": WIRE}


@pytest.mark.parametrize(
    ("reasons", "error"),
    [
        ([NONE, CONFLICT, NONE], EngineBusy),
        ([{"Code": "ThrottlingError"}, NONE, NONE], EngineBusy),
        ([{"Code": "ProvisionedThroughputExceeded"}, NONE, NONE], EngineBusy),
        (
            [
                NONE,
                {
                    "Code": "ValidationError",
                    "Message": "An operand in the update expression has an incorrect data type",
                },
            ],
            TypeError,
        ),
        (
            [NONE, {"Code": "ValidationError", "Message": "Item size to update has exceeded the maximum allowed size"}],
            ValueError,
        ),
        ([NONE, {"Code": "ValidationError", "Message": "Number overflow. Attempting to store"}], ValueError),
        ([NONE, {"Code": "ValidationError", "Message": "Unheard of"}], EngineUnusable),
    ],
    ids=str,
)
def test_a_cancelled_transaction_says_why(aws: Endpoint, reasons: list[Any], error: type[Exception]) -> None:
    aws.fails("TransactionCanceledException", CancellationReasons=reasons)
    with pytest.raises(error):
        DynamoTable("parley").transact([Put(ITEM), Update(Key("W", "Q"), Change(add={"n": 1})), Delete(Key("W", "R"))])


def test_a_failed_condition_comes_before_any_other_reason(aws: Endpoint) -> None:
    reasons = [CONFLICT, {"Code": "ValidationError", "Message": "operand"}, FAILED, {"Code": "ConditionalCheckFailed"}]
    aws.fails("TransactionCanceledException", CancellationReasons=reasons)
    with pytest.raises(ConditionFailed) as failure:
        DynamoTable("parley").transact([Check(Key("W", str(number)), ABSENT) for number in range(4)])
    assert (failure.value.index, failure.value.current) == (2, ITEM)


def test_keys_left_out_of_a_batch_are_asked_for_again(aws: Endpoint) -> None:
    keys = [Key("W", str(number)) for number in range(3)]
    wires = [{"pk": {"S": key.pk}, "sk": {"S": key.sk}} for key in keys]
    aws.answers = [
        (200, {"Responses": {"parley": [wires[1]]}, "UnprocessedKeys": {"parley": {"Keys": [wires[0], wires[2]]}}}),
        (200, {"Responses": {"parley": [wires[2]]}, "UnprocessedKeys": {"parley": {"Keys": [wires[0]]}}}),
        (200, {"Responses": {"parley": []}, "UnprocessedKeys": {}}),
    ]
    found = DynamoTable("parley").get_many(keys)
    assert found == [None, {"pk": "W", "sk": "1"}, {"pk": "W", "sk": "2"}]
    assert [len(request["RequestItems"]["parley"]["Keys"]) for request in aws.requests] == [3, 2, 1]


def test_keys_left_out_for_ever_are_busy(aws: Endpoint) -> None:
    left = {"parley": {"Keys": [{"pk": {"S": "W"}, "sk": {"S": "P"}}]}}
    aws.answers = [(200, {"Responses": {}, "UnprocessedKeys": left})]
    with pytest.raises(EngineBusy, match="unprocessed"):
        DynamoTable("parley").get_many([HERE])
    assert len(aws.requests) == 5


def test_a_type_that_nobody_here_writes_is_unusable(aws: Endpoint) -> None:
    aws.answers = [(200, {"Item": {**WIRE, "raw": {"B": "AAAA"}}})]
    with pytest.raises(EngineUnusable, match="type B"):
        DynamoTable("parley").get(HERE)


def test_without_a_region_only_the_first_call_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    table, mailer = DynamoTable("parley"), SesMailer("desk@parley.example")
    with patch("boto3.DEFAULT_SESSION", None):
        with pytest.raises(EngineUnusable, match="check the region"):
            table.get(HERE)
        with pytest.raises(MailRefused, match="check the region"):
            mailer.send(MAIL)


def test_the_adapters_import_no_client_before_they_need_one() -> None:
    code = """
import sys
from chalicelib.adapters.aws import dynamodb, kms, ses, sqs
from chalicelib.adapters.embedded.clock import SystemClock
from chalicelib.store import keys
table = dynamodb.DynamoTable("t")
kms.KmsVault("k", table, keys.data_key, SystemClock()), ses.SesMailer("s"), sqs.SqsQueue({})
assert "boto3" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


# --- mail ------------------------------------------------------------------------------------------------------------


def xml(code: str, status: int) -> tuple[int, str]:
    return status, f"<ErrorResponse><Error><Code>{code}</Code><Message>secret text</Message></Error></ErrorResponse>"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (xml("MessageRejected", 400), MailRefused),
        (xml("MailFromDomainNotVerifiedException", 400), MailRefused),
        (xml("AccountSendingPausedException", 400), MailRefused),
        (xml("Throttling", 400), MailRefused),
        (xml("AccessDenied", 403), MailRefused),
        (xml("RequestTimeout", 408), MailInDoubt),
        (xml("InternalFailure", 500), MailInDoubt),
        (xml("ServiceUnavailable", 503), MailInDoubt),
        ((502, "<html>Bad Gateway</html>"), MailInDoubt),
        ((200, "this is not XML"), MailInDoubt),
        (LOST, MailInDoubt),
    ],
    ids=str,
)
def test_a_mail_is_handed_over_once_and_its_fate_is_said(aws: Endpoint, answer: Any, error: type[Exception]) -> None:
    aws.answers = [answer]
    with pytest.raises(error) as failure:
        SesMailer("desk@parley.example").send(MAIL)
    assert type(failure.value) is error
    assert len(aws.requests) == 1
    assert "secret" not in str(failure.value)


def test_a_mail_that_found_no_connection_was_not_sent(nobody_listens: None) -> None:
    with pytest.raises(MailRefused):
        SesMailer("desk@parley.example").send(MAIL)


# --- queues ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal("RequestThrottled"), EngineBusy),
        (refusal("InternalFailure", 500), EngineBusy),
        (LOST, EngineBusy),
        (refusal("QueueDoesNotExist"), EngineUnusable),
        (refusal("AccessDenied", 403), EngineUnusable),
    ],
    ids=str,
)
def test_a_queue_says_whether_it_is_busy_or_unusable(aws: Endpoint, answer: Any, error: type[Exception]) -> None:
    aws.answers = [answer]
    queue = SqsQueue({QueueName.PUBLISH: "http://127.0.0.1/1/publish"}, {QueueName.PUBLISH: "http://127.0.0.1/1/dead"})
    for ask in (
        lambda: queue.send(QueueName.PUBLISH, "hint"),
        lambda: queue.send_many(QueueName.PUBLISH, [("hint", timedelta(0))]),
        lambda: queue.receive(QueueName.PUBLISH),
        lambda: queue.delete(QueueName.PUBLISH, "receipt"),
        lambda: queue.dead(QueueName.PUBLISH),
    ):
        with pytest.raises(error, match="queue publish"):
            ask()


def batch_answer(*failed: str) -> tuple[int, Any]:
    return 200, {
        "Successful": [],
        "Failed": [{"Id": one, "SenderFault": False, "Code": "InternalError"} for one in failed],
    }


def sent_bodies(request: Any) -> list[str]:
    return [entry["MessageBody"] for entry in request["Entries"]]


def test_what_a_batch_left_out_is_sent_once_more(aws: Endpoint) -> None:
    aws.answers = [batch_answer("1", "3"), batch_answer()]
    queue = SqsQueue({QueueName.PUBLISH: "http://127.0.0.1/1/publish"})
    queue.send_many(QueueName.PUBLISH, [(letter, timedelta(0)) for letter in "abcd"])
    assert [sent_bodies(request) for request in aws.requests] == [["a", "b", "c", "d"], ["b", "d"]]


def test_what_is_left_out_twice_is_busy(aws: Endpoint) -> None:
    aws.answers = [batch_answer("1", "3"), batch_answer("0")]
    queue = SqsQueue({QueueName.PUBLISH: "http://127.0.0.1/1/publish"})
    with pytest.raises(EngineBusy, match="1 of 4 messages for the queue publish"):
        queue.send_many(QueueName.PUBLISH, [(letter, timedelta(0)) for letter in "abcd"])
    assert len(aws.requests) == 2


def test_a_queue_without_an_address_is_named() -> None:
    with pytest.raises(EngineUnusable, match="queue review"):
        SqsQueue({}).send(QueueName.REVIEW, "hint")
    with pytest.raises(EngineUnusable, match="queue review"):
        SqsQueue({QueueName.REVIEW: "http://127.0.0.1/1/review"}).dead(QueueName.REVIEW)


# --- vault -----------------------------------------------------------------------------------------------------------

SEALED = "kms1:AAAA:AAAA"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal("InvalidCiphertextException"), SealBroken),
        (refusal("IncorrectKeyException"), SealBroken),
        (refusal("ThrottlingException"), EngineBusy),
        (refusal("KMSInternalException", 500), EngineBusy),
        (LOST, EngineBusy),
        (refusal("DisabledException"), EngineUnusable),
        (refusal("AccessDeniedException"), EngineUnusable),
    ],
    ids=str,
)
def test_a_vault_says_whether_the_seal_or_the_service_is_at_fault(
    aws: Endpoint, answer: Any, error: type[Exception]
) -> None:
    aws.answers = [answer]
    vault = KmsVault("key", SqliteTable(":memory:"), keys.data_key, SystemClock())
    with pytest.raises(error):
        vault.open(SEALED, {"account": "A"})
    if error is not SealBroken:
        with pytest.raises(error, match="KMS key"):
            vault.seal(b"secret", {"account": "A"})
