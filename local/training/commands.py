"""`parley train`: builds the learnt table, or learns a correction from people's decisions. Needs numpy; reading never does."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from local import door
from local.options import home, plainly

if TYPE_CHECKING:
    from chalicelib.domain.correction import Measured, Report

WHY = "learnt from the decisions of {days} days"


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The data.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The table's file; or the correction's.")
@click.option("--rounds", type=click.IntRange(1, 20), default=None, help="Rounds over the train rows.")
@click.option(
    "--benchmark-build",
    is_flag=True,
    help="Learn TweetEval's tasks too, from tier B: to measure the shape. Such a file is never shipped, and never read.",
)
@click.option(
    "--with-decisions",
    is_flag=True,
    help="Learn a correction from what people of a workspace decided; it is kept as a draft.",
)
@click.option("--days", type=click.IntRange(1, 365), default=90, show_default=True, help="How many days of decisions.")
@home
@click.option("--token", envvar="PARLEY_TOKEN", help="With decisions: your API token, which names the workspace.")
@plainly
def train(
    data: Path | None,
    out: Path | None,
    rounds: int | None,
    benchmark_build: bool,
    with_decisions: bool,
    days: int,
    home: Path,
    token: str | None,
) -> None:
    """Train the classifier's table on the public sets of tier A, and write its card beside it; or learn from decisions."""
    # One core, before numpy is loaded: sums then come out in the same order every time.
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    if with_decisions:
        if data is not None or rounds is not None or benchmark_build:
            raise click.UsageError(
                "--data, --rounds and --benchmark-build are for the table; decisions need none of them: leave them out."
            )
        if token is None:
            raise click.UsageError("--with-decisions needs --token: it names the workspace.")
        _correction(home, token, days, out)
        return
    if data is None or out is None:
        raise click.UsageError("a table needs --data and --out; decisions are learnt from with --with-decisions.")
    _table(data, out, rounds, benchmark_build)


def _table(data: Path, out: Path, rounds: int | None, benchmark_build: bool) -> None:
    from chalicelib.signals.table import Table
    from local.training import benchmark_plans, building
    from local.training.card import card

    plan = benchmark_plans.TWEETS if benchmark_build else building.SHIPPED
    for tier in sorted({source.tier for source in plan.sources.values()}):
        if not (data / f"tier_{tier}").is_dir():
            raise click.ClickException(f"{data} has no folder tier_{tier}; name the folder that holds it.")
    begun = time.monotonic()

    def progress(said: str) -> None:
        click.echo(f"{time.monotonic() - begun:5.0f} s  {said}", err=True)

    built = building.build(building.prepare(data, progress, plan), progress, epochs=rounds)
    table = Table(built.file)
    unfinished = out.with_suffix(".unfinished")
    unfinished.write_bytes(built.file)
    unfinished.replace(out)
    if not benchmark_build:
        (out.parent / "CARD.md").write_text(card(built, table.id, data), encoding="utf-8")
    click.echo(
        f"{out}: table {table.id}, {len(built.file) / 1e6:.1f} MB; p_auto safe from {built.safe_at} permille on dev"
    )


# --- from decisions --------------------------------------------------------------------------------------------------


def _correction(home: Path, token: str, days: int, out: Path | None) -> None:
    from chalicelib.domain.access import Action
    from chalicelib.services import corrections, lessons
    from local.training import decisions

    desk, caller, now = door.opened(home, token, Action.GUIDELINE_WRITE)
    guideline = desk.guideline(desk.workspace(caller.workspace))
    try:
        learnt = decisions.learn(lessons.gather(desk, caller.workspace, days, now), guideline)
    except decisions.TooFew as few:
        missing = "\n".join(f"  {one}" for one in few.missing)
        raise click.ClickException(
            f"There are too few decisions to learn from in the last {days} days:\n{missing}\nNothing was kept."
        ) from None
    click.echo("\n".join(told(learnt.report)))
    kept = corrections.add(
        desk, caller, learnt.correction, learnt.report, learnt.lessons, WHY.format(days=days), now
    ).correction
    if out is not None:
        out.write_text(json.dumps(kept.to_record(), sort_keys=True, indent=1) + "\n", encoding="utf-8")
    click.echo(
        f"Correction {kept.id} is kept as a draft. Nothing is decided by it before it was replayed and activated."
    )


def told(report: Report) -> list[str]:
    """A report in words, a line each."""
    span = f"{report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}"
    lines = [
        f"{report.lessons} decisions of {report.reviewers} people about {report.authors} authors, {span}",
        f"  {report.overturned} of them overturned an automatic one",
        "  " + ", ".join(f"{number} {name}" for name, number in report.taught.items()),
    ]
    for head, (more, less) in report.learnt.items():
        why = report.left_alone.get(head)
        lines.append(f"  {head:<10} {more:>5} for more care, {less:>5} for less{f'; left alone: {why}' if why else ''}")
    lines.append(f"On {report.held_out} decisions held out:    without it    with it")
    lines += (
        f"  {name:<36} {_share(before):>10} {_share(after):>10}"
        for name, before, after in zip(_ROWS, _figures(report.before), _figures(report.after), strict=True)
    )
    return lines


_ROWS = (
    "agrees with people",
    "would answer what no machine should",
    "would miss a risk",
    "would need no person",
)


def _figures(one: Measured) -> tuple[tuple[int, int], ...]:
    return (
        (one.agreed, one.statements),
        (one.answered, one.unsafe),
        (one.missed, one.risky),
        (one.automated, one.messages),
    )


def _share(figures: tuple[int, int]) -> str:
    return f"{figures[0]} of {figures[1]}"
