"""Words that leave by themselves: mails in which a value stays a value."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import jinja2
import pytest

from chalicelib.ports import Mail
from chalicelib.services import wording
from chalicelib.services.wording import (
    CampaignLine,
    DigestFacts,
    EscalationFacts,
    EscalationLine,
    PublishedLine,
    SilentLine,
    TargetLine,
    WaitingLine,
)

AT = datetime(2026, 11, 16, 8, tzinfo=UTC)
EMPTY = DigestFacts("North Harbour", "Europe/Berlin", AT, AT)
FULL = replace(
    EMPTY,
    campaigns=(
        CampaignLine("Spring", "More members", (TargetLine("sign-ups", 200, 120), TargetLine("visits", 9)), 3, 1),
    ),
    published=(PublishedLine(AT, "mastodon", "@north", "Hello", "https://social.example/1"),),
    waiting=(WaitingLine("v1", "a post on x", "The answer was lost.", AT, in_doubt=True),),
    actions={"answer": 3, "review": 2},
    escalations=(EscalationLine("e1", "threat", 3, AT),),
    silent=(SilentLine("reddit", "u/north", AT, "It was signed out."), SilentLine("x", "@north", None)),
    heard=2,
)
ESCALATION = EscalationFacts(
    "North Harbour", "UTC", "e1", "i1", "x", "mention", "somebody may be in danger", 3, ("threat",), ("threat",), AT, AT, AT,
    "https://desk.example/e1",
)  # fmt: skip
APPROVAL = wording.ApprovalFacts(
    "North Harbour",
    "UTC",
    (wording.ApprovalLine("v1", "x", AT, AT, 1), wording.ApprovalLine("v2", "bluesky", AT, AT, 2)),
)
REFUSED = wording.RefusedFacts("North Harbour", "UTC", "s1", (wording.RefusedLine("2026-12-06T09:00", "signed out"),))
NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\r\nBcc: evil@example.org\u202e{{ 7*7 }}"


class Page(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("name", ["nothing", "../email/digest/body", "", "praise.txt"])
def test_an_unknown_template_is_refused(name: str) -> None:
    with pytest.raises(KeyError):
        wording.mail(name)


def test_a_missing_fact_is_an_error_not_a_hole() -> None:
    with pytest.raises(jinja2.UndefinedError):
        wording.mail("escalation", severity=3)


def test_the_digest_tells_all_in_text_and_html() -> None:
    mail = wording.digest_mail(FULL)
    assert mail.subject == "North Harbour: 1 published, 1 waiting for a person, 1 escalated, 2 not heard"
    for body in (mail.text, mail.html):
        for fact in ("More members", "sign-ups", "120", "not measured yet", "https://social.example/1", "The answer was lost.",
                     "threat", "u/north", "It was signed out.", "Mon 16 Nov 2026, 09:00 (Europe/Berlin)",
                     "Answered automatically",
                     ):  # fmt: skip
            assert fact in body
        assert re.search("in doubt", body, re.IGNORECASE)


def test_silence_is_never_called_quiet() -> None:
    for facts in (FULL, EMPTY):
        mail = wording.digest_mail(facts)
        assert "no mentions" not in (mail.text + mail.html).lower()
    assert "no successful poll since Mon 16 Nov 2026, 09:00" in wording.digest_mail(FULL).text
    assert "no successful poll since it was connected" in wording.digest_mail(FULL).text


def test_an_empty_period_is_told_as_one() -> None:
    text = wording.digest_mail(EMPTY).text
    assert "Nothing was published." in text
    assert "No campaign was running." in text


@pytest.mark.parametrize(
    "mail",
    [
        wording.digest_mail(FULL),
        wording.escalation_mail(ESCALATION),
        wording.approval_mail(APPROVAL),
        wording.refused_mail(REFUSED),
    ],
    ids=["digest", "escalation", "approval", "refused"],
)
def test_html_is_self_contained_and_its_tables_have_headers(mail: wording.RenderedMail) -> None:
    tags = Page(mail.html).tags
    names = [tag for tag, _ in tags]
    assert not {"img", "script", "link", "iframe", "style"} & set(names)
    assert names.count("table") == names.count("caption") > 0
    assert all("scope" in attributes for tag, attributes in tags if tag == "th")
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in tags
    styles = " ".join(attributes.get("style") or "" for _, attributes in tags)
    assert "url(" not in styles
    assert "background" not in styles, "the reader's own light or dark ground shows through"


def test_a_value_stays_a_value() -> None:
    nasty = DigestFacts(
        NASTY, "UTC", AT, AT,
        (CampaignLine(NASTY, NASTY, (TargetLine(NASTY, 1, 1),)),),
        (PublishedLine(AT, NASTY, NASTY, NASTY, "javascript:alert(1)"), PublishedLine(AT, "x", "y", "z", 'https://a.example/"><b>')),
        (WaitingLine(NASTY, NASTY, NASTY, AT),), {}, (EscalationLine(NASTY, NASTY, 1, AT),),
        (SilentLine(NASTY, NASTY, AT, NASTY),),
    )  # fmt: skip
    mail = wording.digest_mail(nasty)
    page = Page(mail.html)
    assert not {"script", "img", "b"} & {tag for tag, _ in page.tags}
    assert not [value for _, attributes in page.tags for name, value in attributes.items() if name.startswith("on")]
    assert [attributes["href"] for tag, attributes in page.tags if tag == "a"] == ['https://a.example/"><b>']
    assert "javascript:" not in mail.html + mail.text
    assert "49" not in mail.text
    assert not re.search("^Bcc", mail.text, re.MULTILINE)
    assert "\u202e" not in mail.subject + mail.text + mail.html
    assert "[U+202E]" in mail.text
    Mail("id", ("a@example.org",), mail.subject, mail.text, mail.html)
    assert len(mail.subject) <= 150


def test_a_monstrous_name_stays_a_line_and_can_be_encoded() -> None:
    mail = wording.digest_mail(replace(EMPTY, workspace="a" + "\u0301" * 65_536 + "\ud800"))
    assert len(mail.html) < 10_000
    mail.html.encode()
    mail.subject.encode()


def test_the_escalation_says_why_how_urgent_and_where_to_look() -> None:
    mail = wording.escalation_mail(ESCALATION)
    assert mail.subject == "Please look now: escalation e1 in North Harbour"
    for fact in ("somebody may be in danger", "3 of 3", "mention on x", "https://desk.example/e1", "i1"):
        assert fact in mail.text
    assert "https://desk.example/e1" in [attributes.get("href") for _, attributes in Page(mail.html).tags]
    assert wording.escalation_mail(replace(ESCALATION, url=None, deadline=None, severity=0)).subject.startswith(
        "For your"
    )


def test_a_reminder_says_what_waits_and_until_when_and_a_miss_that_it_is_too_late() -> None:
    for missed, subject in [(False, "2 posts want your approval"), (True, "Not said for want of approval: v1")]:
        mail = wording.approval_mail(replace(APPROVAL, missed=missed, url="https://desk.example/approvals"))
        assert mail.subject.startswith(subject)
        for body in (mail.text, mail.html):
            assert all(fact in body for fact in ("v1", "v2", "bluesky", "Mon 16 Nov 2026, 08:00 (UTC)"))
            assert ("it will not be" in body) is missed
            assert "https://desk.example/approvals" in body
