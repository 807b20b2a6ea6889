"""Refusing: whoever answers for a series is told which of its times cannot be scheduled, once for each.

The mail holds no text: only when, and why not. It may be lost where a worker ends in that moment; the series shows the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.series import Refusal, Series
from chalicelib.ports import Mail
from chalicelib.services.desk import Desk
from chalicelib.services.wording import RefusedFacts, RefusedLine, refused_mail

MOST_LINES = 50


def tell(desk: Desk, series: Series, refused: Sequence[Refusal]) -> None:
    """Mail these to the owner of a series and to whoever wrote it last. Raises MailRefused, MailInDoubt."""
    workspace = desk.workspace(series.workspace)
    lines = tuple(RefusedLine(one.wall, one.why) for one in refused[:MOST_LINES])
    address = desk.policy.public_url
    url = f"{address}/series/{series.id}" if address else None
    rendered = refused_mail(RefusedFacts(workspace.name, series.zone, series.id, lines, url))
    for member_id in dict.fromkeys((series.owner, series.author)):
        member = desk.store.members.get(series.workspace, member_id)
        if member is not None:
            mail_id = f"refused-{member.id}-{series.id}-{series.rev}"
            desk.mailer.send(Mail(mail_id, (member.email,), rendered.subject, rendered.text, rendered.html))
