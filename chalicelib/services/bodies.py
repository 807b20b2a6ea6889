"""What a variant says: the immutable body in the record, and the same as a connector's draft, byte for byte."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.domain.errors import NotFound
from chalicelib.domain.post import Body, Remote, Variant
from chalicelib.ports import Put
from chalicelib.services.desk import Desk
from chalicelib.services.signing_in import seal_context
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode
from connectors.contract import Draft, RemoteRef


def body_put(desk: Desk, workspace: str, variant_id: str, version: int, body: Body) -> Put:
    """The write that keeps what one version says. What it answers can tell who wrote it, so that lies sealed."""
    key = keys.body(workspace, variant_id, version)
    item = encode(body)
    answers = item.pop("answers", None)
    if answers is not None:
        item["sealed"] = desk.vault.seal(json.dumps(answers).encode(), seal_context(workspace, "body", variant_id))
    return Put({"pk": key.pk, "sk": key.sk, **item})


def body_of(desk: Desk, variant: Variant) -> Body:
    """What the variant's present version says. Raises NotFound where retention has purged it."""
    item = desk.store.table.get(keys.body(variant.workspace, variant.id, variant.version))
    if item is None:
        raise NotFound("what this variant says is no longer kept")
    fields: dict[str, Any] = {name: value for name, value in item.items() if name not in {"pk", "sk", "sealed"}}
    if "sealed" in item:
        opened = desk.vault.open(str(item["sealed"]), seal_context(variant.workspace, "body", variant.id))
        fields["answers"] = json.loads(opened)
    return decode(Body, fields)


def draft_of(body: Body) -> Draft:
    """The body as a connector takes it."""
    return Draft(body.text, body.title, body.community, body.language, ref_of(body.answers) if body.answers else None)


def remote_of(ref: RemoteRef) -> Remote:
    """A connector's reference in our own terms."""
    return Remote(ref.id, ref.url, ref.revision, remote_of(ref.root) if ref.root else None)


def ref_of(remote: Remote) -> RemoteRef:
    """Our own reference in a connector's terms."""
    return RemoteRef(remote.id, remote.url, remote.revision, ref_of(remote.root) if remote.root else None)
