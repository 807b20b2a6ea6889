"""THE table: what is asked of it first, then how each item is named. Nothing else in the house builds a key.

Access patterns
---------------
 1  who is behind this API token                      get    (W#ws, TOKEN#id); the token itself names its workspace
 2  workspace, member, account, campaign, guideline,
    series, event, blackout, an account's slots
                                               get    (W#ws, <NOUN>#id); a list is one query by prefix
 2a what a community asks of a post, as an account
    learnt it                                          get    (W#ws, PLACE#account#community)
 3  a post with its variants                          query  (W#ws#P#post)
 3a what is said about a variant, its review links     query  (W#ws#P#post, COMMENT#n#time), (W#ws#P#post, LINK#n#name)
 4  what a variant says: its first words, if short     get    (W#ws#P#post, POST), immutable there
    its first words, if long; what an edit made them  get    (W#ws#P#post, BODY#n#version), immutable
 4' which of its pictures the platform holds           get    (W#ws#P#post, HANDOVERS#n#version)
 4" whom its handles mean there                        get    (W#ws#P#post, NAMED#n#version)
 4a which brakes are on                               get    (W#ws, BRAKE#scope.target); a list is one query by prefix
 4b what an account may still say, and whose turn it is
                                                      upd    (W#ws, BUDGET#account); app-wide (W#installation, BUDGET#client)
 4c what was spent in a month, or on a campaign        upd    (W#ws, SPEND#month), (W#ws, SPEND#campaign)
 5  an interaction by the platform's own id           get    (W#ws#I#id); id is keyed from (platform, native id)
 6  its text and sealed reference                     get    (W#ws#C#conversation, SAID#time#id#revision), immutable;
    as older releases kept it                         get    (W#ws#I#id, CONTENT#revision)
 6" what stood above it when a person looked, sealed   get    (W#ws#I#id, CONTEXT), purged with 6
 6' what a person ruled about it, and on what words    query  (W#ws#I#id, RULING#n); get (W#ws#I#id, EVIDENCE#n), immutable
 6a what was said in a conversation, in order, and    query  (W#ws#C#conversation, SAID#time...); the nouns by their ids.
    whether anything was since                               The rows are those of 6: the order costs no write
 7  what happened in a conversation, to a member      get    (W#ws#C#id, TOUCH), (W#ws#A#pseudonym, TOUCH)
 7a how many automatic answers an account gave today  upd    (W#ws, ANSWERS#account#day)
7d who took a queue slot of an account                 get    (W#ws, TAKEN#account#instant)
 7b whose post it is that a look-up found             get    (W#ws, BOUND#account#mark)
 7e what a hook took of late                           get    (W#ws, DELIVERIES#hook.n), three in turn
 8  who a pseudonym is                                get    (W#ws#A#pseudonym, IDENTITY), sealed, own retention
 9  what needs attention by now, whoever's it is      index DUE: g = D#00..15, gs = time#noun, time#variant#account;
                                                      sparse
 9a what an account has to say by now, in order       the same; an account's variants lie on one shard
10  posts, inbox, review queue, escalations, digests,
    drafts, what awaits approval, what is held, what
    was never said                                    index SHELF: l = W#ws#<LIST>, ls in the order people read
11  which accounts are polled together                index SHELF: l = SLOT#platform-n | SLOT#platform-tn-n
12  the slots' last runs                              query  (W#installation, SLOT#...)
12a a picture or a film, whether a post shows it,     get    (W#ws#M#id, MEDIA), (.., USED), (.., FIT#limits);
    how it was fitted for a platform's limits         the bytes lie in the blobs
12b an import, its rows, how far it has come          get    (W#ws#B#import, IMPORT | PART#n | PROGRESS)
12e a replay, how far it has come, what would change   get    (W#ws#Y#replay, REPLAY | PROGRESS); query (.., CHANGE#n)
12g what people taught the reader, and which           get    (W#ws, CORRECTION#id), immutable;
    decisions it was learnt from                       query  (W#ws#L#correction, LESSON#n)
12f how often a shadow disagreed on a day              query  (W#ws#S#shadow, DAY#day#n)
12d a sign-in that waits for its person, what was      get    (W#ws, HANDSHAKE#id | HANDSHAKESECRET#id)
    sealed for it; our app at an instance             get    (W#installation, APP#digest), sealed
12c when an account's credential is tried next         upd    (W#ws, PROBE#account)
12b a feed that is followed, how far it was read      get    (W#ws, FEED#id), (W#ws, FEEDREADING#id)
12c how far the counting of a workspace has come      get    (W#ws, TALLY)
12d what was counted of a post; of an account and its  query  (W#ws#P#post, SAMPLE#n#time); (W#ws#N#account, SAMPLE#time)
    communities, by time
13  the data key of 90 days, sealed by KMS; only on AWS
                                                      get    (W#installation, VAULT#first day), immutable, never deleted

Rules
-----
Every key begins with the workspace, so that one tenant's code cannot name another's item; `W#installation` holds what
belongs to no tenant. Both indexes hold keys only, may lag, and only suggest. Items that need nothing leave DUE. An item
that is often written stays under 1 KB (one write unit): what is long and never changes (BODY, SAID) lies apart, and a
noun leaves out what its key tells. A change carries its AuditEvent in the same write, in the list `events`; `rev` counts
writes and is every change's fence.

A workspace's due items lie on 2 of the 16 DUE shards, chosen by its id, so that one tenant's flood delays few others;
which of the two, the item's id decides, for a variant its account's. A variant stays on DUE at its own time from its
schedule to its end: the claim leaves it where it is, so that the query that finds what is due finds what was left behind.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache, lru_cache
from zlib import crc32

from chalicelib.domain.timing import stamp, unstamp
from chalicelib.ports import Key

SCHEMA_VERSION = 4
"""Raised whenever older code could not read, or would harm, what newer code writes.

2: a noun leaves out what its key tells, and packs what is read whole (`codec.shortened`).
3: older code would say a thread that has begun from its beginning, knows neither drafts nor what awaits approval, and misses
what is left out because it is the default.
4: what an interaction says lies with its conversation; an account may be unpaid; what is packed may be so with further words.
"""

SHARDS = 16
SLOTS = 4
"""Polling slots of each platform and tier."""

INSTALLATION_PK = "W#installation"
SCHEMA = Key(INSTALLATION_PK, "SCHEMA")


def workspace(ws: str) -> Key:
    """The workspace itself."""
    return Key(f"W#{ws}", "WORKSPACE")


def within(ws: str, noun: str, item_id: str) -> Key:
    """Something that lies in the workspace's own partition: `noun` is MEMBER, TOKEN, ACCOUNT, ..."""
    return Key(f"W#{ws}", f"{noun}#{item_id}")


def deliveries(ws: str, hook_id: str, number: int) -> Key:
    """What a hook took in one stretch of time; the stretches write over one another in turn."""
    return within(ws, "DELIVERIES", f"{hook_id}.{number}")


def place(ws: str, account_id: str, community: str) -> Key:
    """What a community asks of a post, as one account learnt it; names of communities have no case."""
    return Key(f"W#{ws}", f"PLACE#{account_id}#{community.strip().casefold()}")


def post(ws: str, post_id: str) -> Key:
    """A post."""
    return Key(f"W#{ws}#P#{post_id}", "POST")


def variant(ws: str, variant_id: str) -> Key:
    """A variant; its id is `<post>.<n>`, so that the post can be found from it."""
    post_id, _, number = variant_id.rpartition(".")
    return Key(f"W#{ws}#P#{post_id}", f"VARIANT#{number}")


def body(ws: str, variant_id: str, version: int) -> Key:
    """What one version of a variant says."""
    post_id, _, number = variant_id.rpartition(".")
    return Key(f"W#{ws}#P#{post_id}", f"BODY#{number}#{version:06}")


def handovers(ws: str, variant_id: str, version: int) -> Key:
    """Which pictures of one version of a variant its platform holds."""
    post_id, _, number = variant_id.rpartition(".")
    return Key(f"W#{ws}#P#{post_id}", f"HANDOVERS#{number}#{version:06}")


def named(ws: str, variant_id: str, version: int) -> Key:
    """Whom the handles in one version of a variant mean on its platform."""
    post_id, _, number = variant_id.rpartition(".")
    return Key(f"W#{ws}#P#{post_id}", f"NAMED#{number}#{version:06}")


def comment(ws: str, comment_id: str) -> Key:
    """A comment; its id is `<post>.<n>.<what sorts by time>`, so that its variant can be found from it."""
    variant_id, _, name = comment_id.rpartition(".")
    post_id, _, number = variant_id.rpartition(".")
    return Key(f"W#{ws}#P#{post_id}", f"COMMENT#{number}#{name}")


def review_link(ws: str, link_id: str) -> Key:
    """A review link; its id is `<post>.<n>.<name>`, so that its variant can be found from it."""
    variant_id, _, name = link_id.rpartition(".")
    post_id, _, number = variant_id.rpartition(".")
    return Key(f"W#{ws}#P#{post_id}", f"LINK#{number}#{name}")


def interaction(ws: str, interaction_id: str) -> Key:
    """An interaction."""
    return Key(f"W#{ws}#I#{interaction_id}", "INTERACTION")


SAID = "SAID#"
"""How everything that was said begins, in its conversation's partition."""


def said(ws: str, conversation: str, at: datetime, interaction_id: str, revision: int) -> Key:
    """The text and sealed reference of one revision of an interaction, by when it was first said."""
    return Key(f"W#{ws}#C#{conversation}", f"{SAID}{stamp(at)}#{interaction_id}#{revision:06}")


def context(ws: str, interaction_id: str) -> Key:
    """What stood above it when a person looked, sealed."""
    return Key(f"W#{ws}#I#{interaction_id}", "CONTEXT")


def content(ws: str, interaction_id: str, revision: int) -> Key:
    """The same, where an older release kept it."""
    return Key(f"W#{ws}#I#{interaction_id}", f"CONTENT#{revision:06}")


def ruling(ws: str, ruling_id: str) -> Key:
    """A ruling; its id is `<interaction>.<n>`, so that the interaction can be found from it."""
    interaction_id, _, number = ruling_id.rpartition(".")
    return Key(f"W#{ws}#I#{interaction_id}", f"RULING#{number}")


def evidence(ws: str, ruling_id: str) -> Key:
    """What a ruling rests on, sealed."""
    interaction_id, _, number = ruling_id.rpartition(".")
    return Key(f"W#{ws}#I#{interaction_id}", f"EVIDENCE#{number}")


def identity(ws: str, pseudonym: str) -> Key:
    """Who a pseudonym is, sealed."""
    return Key(f"W#{ws}#A#{pseudonym}", "IDENTITY")


def member_touch(ws: str, pseudonym: str) -> Key:
    """When this remote person was last answered automatically."""
    return Key(f"W#{ws}#A#{pseudonym}", "TOUCH")


def thread_touch(ws: str, conversation: str) -> Key:
    """When this conversation was last answered automatically, and whether a person of ours acted in it."""
    return Key(f"W#{ws}#C#{conversation}", "TOUCH")


def bound(ws: str, account_id: str, mark: str) -> Key:
    """To which variant a post belongs that a look-up found; `mark` is made from the platform's id of the post."""
    return within(ws, "BOUND", f"{account_id}#{mark}")


def budget(ws: str, account_id: str) -> Key:
    """What an account may still say, and whose turn it is."""
    return within(ws, "BUDGET", account_id)


def app_budget(client: str) -> Key:
    """What all accounts that speak through one client may still say; `client` is a digest, never the id itself."""
    return Key(INSTALLATION_PK, f"BUDGET#{client}")


def answers_of_day(ws: str, account_id: str, at: datetime) -> Key:
    """How many automatic answers an account has given on this day (UTC)."""
    return within(ws, "ANSWERS", f"{account_id}#{stamp(at)[:10]}")


def second_opinions_of_day(ws: str, at: datetime) -> Key:
    """How often a second reader was asked on this day (UTC), and for how much."""
    return within(ws, "SECOND", stamp(at)[:10])


def review(ws: str, review_id: str) -> Key:
    """A review item."""
    return Key(f"W#{ws}#R#{review_id}", "REVIEW")


def escalation(ws: str, escalation_id: str) -> Key:
    """An escalation."""
    return Key(f"W#{ws}#E#{escalation_id}", "ESCALATION")


def media(ws: str, media_id: str) -> Key:
    """A picture or a film."""
    return Key(f"W#{ws}#M#{media_id}", "MEDIA")


def media_used(ws: str, media_id: str) -> Key:
    """That a picture was fitted for a post, and is kept from then on."""
    return Key(f"W#{ws}#M#{media_id}", "USED")


def rendition(ws: str, media_id: str, limits: str) -> Key:
    """How a picture was fitted for some limits; `limits` is a digest of them."""
    return Key(f"W#{ws}#M#{media_id}", f"FIT#{limits}")


def imported(ws: str, import_id: str) -> Key:
    """An import of a table of posts."""
    return Key(f"W#{ws}#B#{import_id}", "IMPORT")


def import_part(ws: str, import_id: str, number: int) -> Key:
    """Some rows of an import, and what came of them; counted from 0."""
    return Key(f"W#{ws}#B#{import_id}", f"PART#{number:06}")


def import_progress(ws: str, import_id: str) -> Key:
    """How far a worker has gone through an import."""
    return Key(f"W#{ws}#B#{import_id}", "PROGRESS")


def replay(ws: str, replay_id: str) -> Key:
    """A replay of a guideline version."""
    return Key(f"W#{ws}#Y#{replay_id}", "REPLAY")


def replay_progress(ws: str, replay_id: str) -> Key:
    """How far a replay has come."""
    return Key(f"W#{ws}#Y#{replay_id}", "PROGRESS")


CHANGE = "CHANGE#"
"""How every decision that a replay would change begins, in the replay's partition."""


def replay_change(ws: str, replay_id: str, number: int) -> Key:
    """One decision that would change; counted from 0."""
    return Key(f"W#{ws}#Y#{replay_id}", f"{CHANGE}{number:07}")


LESSON = "LESSON#"
"""How every decision that a correction was learnt from begins, in the correction's partition."""


def lesson(ws: str, correction_id: str, number: int) -> Key:
    """One decision that a correction was learnt from, or was tried on; counted from 0."""
    return Key(f"W#{ws}#L#{correction_id}", f"{LESSON}{number:07}")


def shadow_day(ws: str, shadow: str, at: datetime, interaction_id: str) -> Key:
    """How often a shadow disagreed on a day (UTC): one of eight counters, so that many messages at once do not wait."""
    return Key(
        f"W#{ws}#S#{shadow}", f"DAY#{stamp(at)[:10]}#{crc32(interaction_id.encode()) % 8 if interaction_id else ''}"
    )


def tally(ws: str) -> Key:
    """How far the counting of a workspace has come."""
    return Key(f"W#{ws}", "TALLY")


def samples(ws: str, variant_id: str) -> tuple[str, str]:
    """Where the samples of a variant lie: their partition, and how their places begin."""
    post_id, _, number = variant_id.rpartition(".")
    return f"W#{ws}#P#{post_id}", f"SAMPLE#{number}#"


def sample(ws: str, variant_id: str, at: datetime) -> Key:
    """What was counted of a variant at one moment."""
    pk, prefix = samples(ws, variant_id)
    return Key(pk, f"{prefix}{stamp(at)}")


def account_samples(ws: str, account_id: str) -> str:
    """The partition of what was counted of an account and its communities."""
    return f"W#{ws}#N#{account_id}"


def account_sample(ws: str, account_id: str, at: datetime, community: str | None) -> Key:
    """What was counted of an account, or of one of its communities, at one moment."""
    return Key(account_samples(ws, account_id), f"SAMPLE#{stamp(at)}#{community or ''}")


def feed_reading(ws: str, feed_id: str) -> Key:
    """How far a feed was read."""
    return within(ws, "FEEDREADING", feed_id)


def data_key(epoch: str) -> Key:
    """The sealed data key under which the secrets of one epoch of the vault are sealed."""
    return Key(INSTALLATION_PK, f"VAULT#{epoch}")


def slot(name: str) -> Key:
    """A polling slot's last run."""
    return Key(INSTALLATION_PK, f"SLOT#{name}")


def slot_of(platform: str, account_id: str, tier: int | None = None) -> str:
    """The name of an account's polling slot: `<platform>-t<tier>-<n>`, and `<platform>-<n>` where it has no tier yet."""
    number = crc32(account_id.encode()) % SLOTS
    return f"{platform}-{number}" if tier is None else f"{platform}-t{tier}-{number}"


@cache
def slots_of(platform: str) -> tuple[str, ...]:
    """The names of a platform's polling slots of accounts without a tier."""
    return tuple(f"{platform}-{number}" for number in range(SLOTS))


def account_in(name: str, ws: str, account_id: str) -> dict[str, str]:
    """Where an account lies while it is read in the slot of this name."""
    return {"l": slot_shelf(name), "ls": f"{ws}#{account_id}"}


def slot_shelf(name: str) -> str:
    """The shelf on which a slot's accounts lie."""
    return f"SLOT#{name}"


def shelf(ws: str, name: str) -> str:
    """A workspace's list: POSTS, DRAFTS, APPROVALS, INBOX, REVIEW, RULINGS, ESCALATIONS, INCIDENTS, DIGESTS, HELD, UNSAID,
    MEDIA, ANSWERS.

    By name: TEXTS, HANDLES, ACCOUNTSETS, REPLIES.
    """
    return f"W#{ws}#{name}"


def slot_taken(ws: str, account_id: str, at: datetime) -> Key:
    """Which variant took an account's queue slot at this instant."""
    return within(ws, "TAKEN", f"{account_id}#{stamp(at)}")


def due_shard(ws: str, chooses: str) -> str:
    """The DUE shard of one item: one of the workspace's two; `chooses` is its id, or its account's."""
    return _due_shards(ws)[crc32(chooses.encode()) % 2]


def due_shards_of(ws: str) -> tuple[str, ...]:
    """The DUE shards of a workspace, each once."""
    return tuple(dict.fromkeys(_due_shards(ws)))


@lru_cache(maxsize=1024)
def _due_shards(ws: str) -> tuple[str, str]:
    first = crc32(ws.encode())
    return f"D#{first % SHARDS:02}", f"D#{first // SHARDS % SHARDS:02}"


@cache
def all_due_shards() -> tuple[str, ...]:
    """Every DUE shard."""
    return tuple(f"D#{number:02}" for number in range(SHARDS))


def due_sort(at: datetime, noun: str, account: str | None = None) -> str:
    """Sorts by time; the noun says whose hands it belongs in, the account in whose line it stands."""
    return f"{stamp(at)}#{noun}" if account is None else f"{stamp(at)}#{noun}#{account}"


def due_upto(at: datetime) -> str:
    """Sorts after everything that needs attention by then."""
    return f"{stamp(at)}#~"


def due_at(sort: str) -> datetime:
    """The time that `due_sort` wrote."""
    return unstamp(sort.partition("#")[0])


def due_noun(sort: str) -> str:
    """The noun that `due_sort` wrote."""
    return sort.split("#")[1]


def due_account(sort: str) -> str | None:
    """The account that `due_sort` wrote; None where there is none."""
    parts = sort.split("#")
    return parts[2] if len(parts) > 2 else None


def workspace_of(key: Key) -> str:
    """The workspace in which an item lies."""
    return key.pk.split("#", 2)[1]


def told_by(key: Key) -> dict[str, str]:
    """What a noun's key tells of it, so that the item need not say it again: its workspace and its id."""
    return {"workspace": workspace_of(key), "id": id_of(key)}


def subject_of(key: Key) -> str:
    """How audit events name the noun under this key: `<noun>:<id>`."""
    return f"{key.sk.partition('#')[0].lower()}:{id_of(key)}"


def id_of(key: Key) -> str:
    """The id by which services know the item under this key (that of what lies with another holds the other's)."""
    if key.sk.startswith(("VARIANT#", "COMMENT#", "LINK#", "RULING#")):
        return f"{key.pk.rpartition('#')[2]}.{key.sk.partition('#')[2].replace('#', '.')}"
    if "#" in key.sk:
        return key.sk.partition("#")[2]
    return key.pk.rpartition("#")[2]
