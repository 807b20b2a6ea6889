"""The audit event's canonical bytes never change: what a later chain is computed over."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.rationale import Actor

EVENT = AuditEvent(
    workspace="w1",
    subject="variant:p1.0",
    act="claim",
    at=datetime(2026, 11, 21, 9, 0, 0, 120, tzinfo=UTC),
    actor=Actor.worker("publish"),
    why='due at 09:00 "sharp" – \u00e9',
    before="scheduled",
    after="sending",
)

GOLDEN = (
    b"parley-audit-1\n"
    b'{"act":"claim","actor":"worker:publish","after":"sending","at":"2026-11-21T09:00:00.000120Z","before":"scheduled",'
    b'"subject":"variant:p1.0","why":"due at 09:00 \\"sharp\\" \xe2\x80\x93 \xc3\xa9","workspace":"w1"}'
)


def test_golden_bytes() -> None:
    assert EVENT.canonical() == GOLDEN


def test_golden_digest() -> None:
    assert EVENT.digest() == "5b39c9f412dc93f49ebefeed6dbe3166881cad6cc27071e8267864a2f8a0a276"


def test_the_same_words_in_another_normal_form_give_the_same_bytes() -> None:
    decomposed = AuditEvent(**{**_fields(), "why": EVENT.why.replace("\u00e9", "e\u0301")})
    assert decomposed.canonical() == GOLDEN


def test_an_event_reads_back_from_its_fields() -> None:
    assert AuditEvent.read(EVENT.fields()) == EVENT


def test_absent_states_are_left_out() -> None:
    fields = AuditEvent("w", "post:p", "create", EVENT.at, EVENT.actor, "why").fields()
    assert set(fields) == {"workspace", "subject", "act", "at", "actor", "why"}


def _fields() -> dict[str, object]:
    return {name: getattr(EVENT, name) for name in AuditEvent.__slots__}
