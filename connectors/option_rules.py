"""What of a draft's options a platform does not have, told from data before anything is asked of it."""

from __future__ import annotations

from connectors.capabilities import Capabilities, Ground, Objection
from connectors.contract import Draft
from connectors.options import Option, Poll, PollLimits


def objection_to_options(can: Capabilities, draft: Draft) -> Objection | None:
    """Which of the draft's options the platform does not have, as data tells; None where it has them all."""
    options = draft.options
    for option in sorted(options.asked - can.options):
        words = option.value.replace("_", " ")
        return _no(option, f"{can.platform} has no {words}", f"Leave the {words} out for this account.")
    if options.audience is not None and options.audience not in can.audiences:
        return _kinds(Option.AUDIENCE, options.audience, [str(one) for one in can.audiences])
    for who in sorted(options.who_may_reply - can.who_may_reply):
        return _kinds(Option.WHO_MAY_REPLY, who, [str(one) for one in can.who_may_reply])
    if options.card is not None and options.card.picture is not None and can.card_picture is None:
        return _no(Option.CARD, f"a card on {can.platform} takes no picture of ours", "Leave the card's picture out.")
    return None if options.poll is None or can.polls is None else _against_poll(options.poll, can.polls)


def _no(option: Option, why: str, way_out: str) -> Objection:
    return Objection(Ground.UNSUPPORTED, why, way_out, f"options/{option}")


def _kinds(option: Option, asked: str, known: list[str]) -> Objection:
    what = "audience" if option is Option.AUDIENCE else "reply control"
    return _no(option, f"there is no {what} `{asked}` here", f"Use one of: {', '.join(sorted(known))}.")


def _against_poll(poll: Poll, limits: PollLimits) -> Objection | None:
    def no(why: str, way_out: str) -> Objection:
        return _no(Option.POLL, why, way_out)

    count = len(poll.choices)
    if not limits.min_choices <= count <= limits.max_choices:
        return no(f"the poll has {count} choices", f"Give {limits.min_choices} to {limits.max_choices} choices.")
    for place, choice in enumerate(poll.choices, 1):
        if not choice.strip() or len(choice) > limits.max_choice:
            return no(f"choice {place} of the poll has {len(choice)} characters", f"Use 1 to {limits.max_choice}.")
    if len(set(poll.choices)) < count:
        return no("two choices of the poll are the same", "Make every choice another.")
    if not limits.shortest <= poll.lasts <= limits.longest:
        return no(f"the poll would last {poll.lasts}", f"Let it last from {limits.shortest} to {limits.longest}.")
    if poll.many and not limits.many:
        return no("members may choose only one here", "Let the poll take one choice.")
    return None
