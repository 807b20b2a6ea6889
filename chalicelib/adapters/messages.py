"""What may be put on a queue, checked once for every engine.

The limits are SQS's: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
The body limit is the older and smaller one of 256 KB, which every queue accepts. It must never repair a body.
"""

from __future__ import annotations

import re
from datetime import timedelta

MAX_BODY_BYTES = 256 * 1024
MAX_DELAY = timedelta(minutes=15)
MAX_RECEIVED = 10

# SQS takes the characters of XML 1.0 only: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def checked_body(body: str) -> str:
    """The same body; ValueError if it is empty, larger than 256 KB or holds a character that XML 1.0 does not have."""
    if not body:
        raise ValueError("a queue message may not be empty")
    if _NOT_XML.search(body):
        raise ValueError("a queue message holds a control character or a lone surrogate")
    if len(body.encode()) > MAX_BODY_BYTES:
        raise ValueError(f"a queue message is larger than {MAX_BODY_BYTES // 1024} KB")
    return body


def checked_delay(delay: timedelta) -> timedelta:
    """The same delay; ValueError outside 0 to 900 seconds."""
    if not timedelta(0) <= delay <= MAX_DELAY:
        raise ValueError(f"a queue message may wait 0 to {MAX_DELAY.total_seconds():.0f} seconds")
    return delay


def checked_count(limit: int) -> int:
    """The same number of messages; ValueError outside 1 to 10."""
    if not 1 <= limit <= MAX_RECEIVED:
        raise ValueError(f"1 to {MAX_RECEIVED} messages can be received at once")
    return limit
