"""`python -m benchmarks.kill9 [--rounds 200] [--seed N]`: the embedded run killed at random moments under load, one JSON line.

`parley serve` is started, killed with `kill -9` at a seeded moment (often before it answers), started again on the same
home, and so on, while posts are scheduled on four platforms and members speak. The sandbox network is a process of its
own that is not killed: it knows what really stands. At the end the load stops, the record may come to rest, and the two
are compared.

posts: acknowledged, with a variant on each platform; variants and messages are compared one by one. lost: acknowledged
and not standing, while no person is asked; or a message that was never heard. twice: standing more than once. Both must be
0, else the exit code is 1 and each is told. to_person: waiting visibly in the review queue, because the platform can tell
nobody whether it stands. stuck: what was still on its way four minutes after the last start
(posts among it are lost too). worst_restart_s: the longest from a start to `GET /health` 200.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from benchmarks.crash_peers.__main__ import serving
from benchmarks.crash_peers.environments import ROOT
from benchmarks.crash_peers.ours import free_port, healthy, made, opened, sandboxed
from benchmarks.crash_peers.trial import end, launched
from benchmarks.kill9.load import MARK, PLATFORMS, Load
from benchmarks.kill9.verdict import TO_PERSON, Verdict, of_messages, of_posts
from local.story.stage import Api, Sandbox

LIVES = 2.0
"""Seconds: a run is killed within so long after it answered."""
EARLY = 0.15
"""The share of rounds in which it is killed before it answers."""
ACCOUNTS = 6
"""On each platform: X lets one account write a hundred times in a quarter of an hour."""
RESTS_WITHIN = 240.0

POST = re.compile(rf"\b{MARK}-\d{{5}}\b")
MESSAGE = re.compile(r"\bmessage-\d{5}\b")


@dataclass(slots=True)
class Served:
    """`parley serve` on one home, against a sandbox network in another process."""

    home: Path
    port: int
    sandbox: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the API answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Kill what runs, and start it again; it may not answer yet."""
        self.kill()
        command = [sys.executable, "-m", "local.cli", "serve", "--home", str(self.home), "--port", str(self.port)]
        self.process = launched(command, ROOT, sandboxed(self.sandbox), self.home / "served.log")

    def ready(self) -> float:
        """The same, and wait until it answers; the seconds that took."""
        self.kill()
        began = time.monotonic()
        self.start()
        if self.process is not None:
            healthy(self.url, self.process)
        return time.monotonic() - began

    def kill(self) -> None:
        """As `kill -9` does."""
        if self.process is not None:
            end(self.process)
            self.process = None


def measure(rounds: int, seed: int, ahead: float, home: Path) -> tuple[dict[str, Any], list[Verdict]]:
    """Kill it so many times: the line to print, and what became of posts and of messages."""
    began = time.monotonic()
    rng = random.Random(seed)
    with serving("local.sandbox", "--port", "0", "--state", str(home / "network")) as sandbox:
        operator = made(home / "home")
        served = Served(home / "home", free_port(), sandbox)
        starts = [served.ready()]
        try:
            owner = Api(served.url, opened(served.url, operator))
            load = Load(served.url, owner.token, sandbox, _connected(owner, sandbox), random.Random(seed + 1), ahead)
            load.start()
            for number in range(1, rounds + 1):
                starts += _round(served, rng)
                if number % 10 == 0:
                    told = f"{number} of {rounds} killed, {len(load.owed)} owed, worst start {max(starts):.2f} s"
                    print(f"{time.monotonic() - began:5.0f} s  {told}", file=sys.stderr, flush=True)
            starts.append(served.ready())
            load.stop()
            rested, stuck = _come_to_rest(owner)
            posts, messages, figures = _compared(owner, Sandbox(sandbox), load)
        finally:
            served.kill()
    line = {
        "rounds": rounds,
        "seed": seed,
        "posts": len(load.owed) // len(PLATFORMS),
        "lost": len(posts.lost) + len(messages.lost),
        "twice": len(posts.twice) + len(messages.twice),
        "to_person": posts.to_person + messages.to_person,
        **figures,
        "untrue": len(posts.untrue) + len(messages.untrue),
        "refused": len(load.refused),
        "stuck": stuck,
        "rested_s": rested,
        "worst_restart_s": round(max(starts), 2),
        "median_restart_s": round(statistics.median(starts), 2),
        "seconds": round(time.monotonic() - began),
    }
    for told in load.refused:
        print(f"refused: {told}", file=sys.stderr)
    return line, [posts, messages]


def _connected(owner: Api, sandbox: str) -> dict[str, list[tuple[str, str]]]:
    """Our accounts on every platform: id in the record, id on the sandbox network."""
    accounts: dict[str, list[tuple[str, str]]] = {}
    for platform in PLATFORMS:
        for number in range(ACCOUNTS):
            remote = Sandbox(sandbox).make_account(platform, f"workshop{number}")
            wanted = {"platform": platform, "base_url": remote["base_url"], "credential": remote["credential"]}
            ours = owner.call("POST", "/accounts", wanted, expect=201)
            accounts.setdefault(platform, []).append((ours["id"], remote["id"]))
    return accounts


def _round(served: Served, rng: random.Random) -> list[float]:
    """Kill what runs, start it again, let it live a while; the seconds that the start took, unless it is to be killed in it."""
    early, lives = rng.random() < EARLY, rng.random()
    if early:
        served.start()
        time.sleep(lives)
        return []
    took = served.ready()
    time.sleep(LIVES * lives)
    return [took]


def _come_to_rest(owner: Api) -> tuple[float, int]:
    """Wait until nothing is on its way any more; the seconds that took, and how much still is."""
    began = time.monotonic()
    while True:
        variants = [one for post in owner.all("/posts") for one in post["variants"]]
        busy = [one for one in variants if one["state"] in {"scheduled", "sending"}]
        busy += [one for one in owner.all("/interactions") if _state(one, _asked(variants)) in {"new", "answering"}]
        took = time.monotonic() - began
        if not busy or took > RESTS_WITHIN:
            return round(took, 1), len(busy)
        print(f"{len(busy)} still on their way", file=sys.stderr, flush=True)
        time.sleep(3)


def _asked(variants: list[dict[str, Any]]) -> set[str]:
    """The variants about which a person is asked."""
    return {one["id"] for one in variants if one["state"] == TO_PERSON}


def _state(interaction: dict[str, Any], asked: set[str]) -> str:
    """How an interaction stands; where nobody can know whether its answer stands, a person is asked about that."""
    return TO_PERSON if interaction["answer"] in asked else str(interaction["state"])


def _compared(owner: Api, sandbox: Sandbox, load: Load) -> tuple[Verdict, Verdict, dict[str, int]]:
    """The record beside what stands: of posts, of messages, and some figures."""
    answer = requests.get(f"{sandbox.url}/_sandbox/posts", params={"who": "all"}, timeout=60)
    everything = {(one["platform"], one["id"]): one for one in answer.json()["posts"]}
    ours = [one for one in everything.values() if not MESSAGE.search(one["text"])]
    standing = Counter(
        (one["platform"], found[0]) for one in ours if not one["reply_to"] and (found := POST.findall(one["text"]))
    )
    replies: Counter[str] = Counter()
    for one in ours:
        above = everything.get((one["platform"], one["reply_to"])) if one["reply_to"] else None
        replies.update(MESSAGE.findall(above["text"]) if above else [])

    on_record = owner.all("/posts")
    states = {
        (one["platform"], POST.findall(one["says"]["text"])[0]): one["state"]
        for post in on_record
        for one in post["variants"]
        if post["origin"] != "triage"
    }
    answers = [one for post in on_record for one in post["variants"] if post["origin"] == "triage"]
    heard: dict[str, list[str]] = {}
    waiting = _asked(answers)
    for one in owner.all("/interactions"):
        text = owner.call("GET", f"/interactions/{one['id']}")["text"]
        heard.setdefault(MESSAGE.findall(text)[0], []).append(_state(one, waiting))
    posts = of_posts(load.owed, states, standing)
    messages = of_messages(load.said, heard, replies, len(waiting))
    return posts, messages, {"variants": len(states), "messages": len(load.said), "answers": sum(replies.values())}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON line; 1 where something was lost or said twice, or did not come to rest."""
    parser = argparse.ArgumentParser(description="The embedded run, killed at random moments under load.")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--ahead", type=float, default=0.0, help="seconds before a post is due at the earliest")
    parser.add_argument(
        "--keep", type=Path, help="an empty folder for the record and the sandbox's journal, kept afterwards"
    )
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="kill9-", ignore_cleanup_errors=True) as thrown_away:
        line, verdicts = measure(asked.rounds, asked.seed, asked.ahead, asked.keep or Path(thrown_away))
    for verdict in verdicts:
        for told in (*verdict.lost, *verdict.twice, *verdict.untrue):
            print(told, file=sys.stderr)
    print(json.dumps(line))
    return 0 if all(one.kept for one in verdicts) and not line["stuck"] else 1


if __name__ == "__main__":
    sys.exit(main())
