"""Reddit's media: a lease, the file handed to a store beside Reddit, and posts that show it. It must never say which post
an image became: the real answer names a socket and no id, and the post comes when the file is worked on.

Sources: the recorded sequence of an image submission, recorded gallery submission (corpus reddit/), praw 8.0.3 for what clients
send and read. Limits: the policy of the recorded lease, 20 MB. Nobody speaks at the socket.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NoReturn
from xml.sax.saxutils import escape

from werkzeug.wrappers import Request, Response

from local.sandbox.model import Account, LateWrite, Platform, Upload
from local.sandbox.network import SandboxNetwork
from local.sandbox.pictures import EXTENSIONS
from local.sandbox.wire import Refusal, json_response

STORE = "/uploaded-media"
"""Where the store beside Reddit lies, below the façade's mount."""
BUCKET = "reddit-uploaded-media"
LARGEST = 20_971_520
LEASE_LIFE = timedelta(minutes=15)
MOST_IN_GALLERY = 20
LONGEST_CAPTION = 180
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_KEPT_HEADERS = ("Authorization", "Content-Type")


def _xml(status: int, name: str, **parts: Any) -> Response:
    inner = "".join(f"<{tag}>{escape(str(value))}</{tag}>" for tag, value in parts.items())
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}>{inner}</{name}>'
    return Response(text, status, content_type="application/xml")


def _refuse_file(status: int, code: str, message: str, **more: Any) -> NoReturn:
    raise Refusal(_xml(status, "Error", Code=code, Message=message, **more))


class RedditMedia:
    """The files of all accounts; `caller` names who asks."""

    def __init__(self, network: SandboxNetwork, caller: Callable[[Request], Account]) -> None:
        self._network = network
        self._caller = caller

    def lease(self, request: Request) -> Response:
        """POST /api/media/asset.json: where the file may be handed over, for a quarter of an hour."""
        owner = self._caller(request)
        path, mime = request.form.get("filepath", ""), request.form.get("mimetype", "")
        if mime not in EXTENSIONS:
            raise Refusal(json_response({"message": "Bad Request", "error": 400}, 400))
        key = "".join(secrets.choice(_DIGITS) for _ in range(13))
        until = self._network.now() + LEASE_LIFE
        conditions = [["eq", "$key", key], ["eq", "$Content-Type", mime], ["content-length-range", 1, LARGEST]]
        document = json.dumps({"expiration": until.isoformat(), "conditions": conditions})
        policy = base64.b64encode(document.encode()).decode()
        fields = {
            "acl": "private",
            "key": key,
            "bucket": BUCKET,
            "success_action_status": "201",
            "Content-Type": mime,
            "x-amz-algorithm": "AWS4-HMAC-SHA256",
            "x-amz-storage-class": "STANDARD",
            "x-amz-meta-ext": EXTENSIONS[mime],
            "policy": policy,
            "x-amz-signature": _signature(owner, policy),
        }
        asset = {
            "asset_id": key,
            "processing_state": "incomplete",
            "payload": {"filepath": path},
            "websocket_url": self.socket(key),
        }
        action = f"//{request.host}/{Platform.REDDIT.value}{STORE}"
        args = {"action": action, "fields": [{"name": name, "value": value} for name, value in fields.items()]}
        return json_response({"args": args, "asset": asset})

    def receive(self, request: Request) -> Response:
        """POST to the store: the lease's fields and the file; nobody signs in, the signature is the right."""
        policy, signature = request.form.get("policy", ""), request.form.get("x-amz-signature", "")
        owner = next((one for one in self._accounts() if hmac.compare_digest(_signature(one, policy), signature)), None)
        if owner is None:
            _refuse_file(
                403, "SignatureDoesNotMatch", "The request signature does not match the signature you provided."
            )
        document = json.loads(base64.b64decode(policy))
        if datetime.fromisoformat(document["expiration"]) <= self._network.now():
            _refuse_file(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
        for _, name, value in document["conditions"][:2]:
            if request.form.get(name.removeprefix("$")) != value:
                _refuse_file(403, "AccessDenied", f"Invalid according to Policy: Policy Condition failed: {name}")
        file = request.files.get("file")
        data = b"" if file is None else file.stream.read()
        if len(data) > LARGEST:
            said = "Your proposed upload exceeds the maximum allowed size"
            _refuse_file(400, "EntityTooLarge", said, ProposedSize=len(data), MaxSizeAllowed=LARGEST)
        if not data:
            said = "Your proposed upload is smaller than the minimum allowed size"
            _refuse_file(400, "EntityTooSmall", said, ProposedSize=0, MinSizeAllowed=1)
        key = request.form["key"]
        self._network.keep_upload(owner, key, data)
        where = f"{request.host_url}{Platform.REDDIT.value}{STORE}/{key}"
        etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        return _xml(201, "PostResponse", Location=where, Bucket=BUCKET, Key=key, ETag=etag)

    def of(self, author: Account, address: str) -> Upload | None:
        """The upload of this account that an address of the store names, or None; also one that is worked on."""
        return self._network.upload(Platform.REDDIT, address.rpartition("/")[2], author.id)

    def working_until(self, upload: Upload) -> datetime | None:
        """Until when Reddit works on it; None: it is done."""
        later = upload.ready_at is not None and upload.ready_at > self._network.now()
        return upload.ready_at if later else None

    def shows_later(self, request: Request, path: str, due: datetime) -> None:
        """Let a submission take effect once its file is worked on."""
        self._network.postpone(
            LateWrite(
                id=self._network.next_late_id(),
                due=due,
                platform=Platform.REDDIT,
                method=request.method,
                path=path,
                query=request.query_string.decode(),
                headers={name: request.headers[name] for name in _KEPT_HEADERS if name in request.headers},
                **LateWrite.written(request.get_data()),
            )
        )

    @staticmethod
    def socket(key: str) -> str:
        """Where the real Reddit would tell what became of a file."""
        return f"wss://ws.reddit.sandbox.example/{key}"

    def gallery(self, author: Account, items: Any) -> tuple[dict[str, Any], ...] | None:
        """The pictures of a gallery, each with its caption as its description; None where one of them is not there."""
        if not isinstance(items, list) or not 2 <= len(items) <= MOST_IN_GALLERY:
            return None
        shown = []
        for item in items:
            upload = self.of(author, str(item.get("media_id"))) if isinstance(item, dict) else None
            if upload is None or not upload.is_ready(self._network.now()):
                return None
            shown.append(upload.shown(str(item.get("caption") or "")[:LONGEST_CAPTION]))
        return tuple(shown)

    def _accounts(self) -> list[Account]:
        return self._network.accounts(Platform.REDDIT)


def _signature(owner: Account, policy: str) -> str:
    """Of a lease: it is made of a secret that is kept, so that it is good after a restart too."""
    return hmac.new(owner.password.encode(), policy.encode(), hashlib.sha256).hexdigest()
