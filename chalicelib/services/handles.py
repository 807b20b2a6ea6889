"""The address book: who may be mentioned, and by which handle on each platform."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.mentions import Handle, bare, folded
from chalicelib.services import library
from chalicelib.services.desk import Desk
from chalicelib.store import keys


def make(desk: Desk, caller: Caller, name: str, handles: Mapping[str, str], now: datetime) -> Handle:
    """Enter somebody. Raises InvalidField for an unknown platform or no handle, Conflict where the name is entered."""
    handle = Handle(handle_id(desk, caller.workspace, name), caller.workspace, name, _kept(desk, handles))
    return library.make(desk.store.handles, caller, handle, now)


def edit(desk: Desk, caller: Caller, item_id: str, handles: Mapping[str, str], now: datetime) -> Handle:
    """Give somebody other handles. Raises NotFound, Conflict, and InvalidField as `make` does."""
    library.found(desk.store.handles, caller, item_id)
    return library.edit(desk.store.handles, caller, item_id, now, handles=_kept(desk, handles))


def retire(desk: Desk, caller: Caller, item_id: str, now: datetime) -> None:
    """Strike somebody out; neither name nor handle is kept. Raises NotFound."""
    library.retire(desk.store.handles, caller, item_id, now, name="", handles={})


def book(desk: Desk, workspace: str, names: Iterable[str]) -> dict[str, Handle]:
    """Who these folded names are; those that nobody entered are left out."""
    ids = [handle_id(desk, workspace, name) for name in names]
    known = desk.store.handles.get_many(keys.within(workspace, "HANDLE", one) for one in ids)
    return {folded(one.name): one for one in known if not one.retired}


def handle_id(desk: Desk, workspace: str, name: str) -> str:
    """The id under which a name is entered: one for all its spellings."""
    return desk.keyed(workspace, "handle", folded(name))


def _kept(desk: Desk, handles: Mapping[str, str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for platform, typed in handles.items():
        if platform not in desk.policy.hosts:
            raise InvalidField("/handles", f"there is no platform {platform}", fix="Leave it out.")
        kept[platform] = bare(typed, desk.platforms.capabilities(platform).mention)
        if not kept[platform]:
            raise InvalidField(f"/handles/{platform}", "this is no handle", fix="Give the handle, or leave it out.")
    return kept
