"""What queues call: publish, listen, triage. Each message is a hint; each step is safe to repeat."""

from __future__ import annotations

from typing import Any

from chalice import Blueprint

from chalicelib.services.desk import Desk
from chalicelib.workers.worker import each_message, short_of_time, until

blueprint = Blueprint(__name__)

AT_ONCE = 10
"""Accounts that one invocation speaks or listens for side by side: it waits for platforms, not for itself."""


@blueprint.on_sqs_message(queue="parley-publish", batch_size=10)
def publish(event: Any) -> dict[str, Any]:
    """Say what each account named has to say."""
    from chalicelib.services import lines

    def step(desk: Desk, body: dict[str, Any]) -> str:
        named = body["variants"] if "variants" in body else [body["variant"]]  # the latter by an older release
        states = lines.speak(
            desk,
            body["workspace"],
            body.get("account"),
            named,
            lambda: short_of_time(event.context),
            front="front" in body,
        )
        return ", ".join(states.values()) or "nothing to say"

    return each_message("publish", event.to_dict(), event.context, step, at_once=AT_ONCE)


@blueprint.on_sqs_message(queue="parley-listen", batch_size=1)
def listen(event: Any) -> dict[str, Any]:
    """Take the run of each slot named, or try the credential of the account named."""
    from chalicelib.services import polling

    def step(desk: Desk, body: dict[str, Any]) -> str:
        return polling.answer(desk, body, at_once=AT_ONCE)

    return each_message("listen", event.to_dict(), event.context, step)


@blueprint.on_sqs_message(queue="parley-triage", batch_size=10)
def triage(event: Any) -> dict[str, Any]:
    """Decide about each interaction named, have a ruling done, count, go on with an import or a replay, or read a feed."""
    from chalicelib.services import triaging

    def step(desk: Desk, body: dict[str, Any]) -> str:
        if "import" in body:
            from chalicelib.services import importing

            enough = until(importing.slice_of(desk.policy))
            return importing.work(desk, body["workspace"], body["import"], desk.clock.now(), enough).value
        if "replay" in body:
            from chalicelib.services import replaying

            enough = until(replaying.slice_of(desk.policy))
            return replaying.work(desk, body["workspace"], body["replay"], desk.clock.now(), enough).value
        if "ruling" in body:
            from chalicelib.services import enforcing

            state = enforcing.enforce(desk, body["workspace"], body["ruling"], desk.clock.now())
            return "unknown" if state is None else state.value
        if "tally" in body:
            from chalicelib.services import measuring

            return measuring.take_round(desk, body["workspace"], desk.clock.now(), lambda: short_of_time(event.context))
        if "feed" in body:
            from chalicelib.services import curating

            return curating.look(desk, body["workspace"], body["feed"], desk.clock.now())
        states = triaging.triage_all(
            desk, body["workspace"], body["interactions"], desk.clock.now(), lambda: short_of_time(event.context)
        )
        return ", ".join(sorted(states.values()))

    return each_message("triage", event.to_dict(), event.context, step)
