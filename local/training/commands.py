"""`parley train`: builds the learnt table from the folder of public sets. Needs numpy; reading a text never does."""

from __future__ import annotations

import time
from pathlib import Path

import click

from local.options import plainly


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True, help="The data.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The table's file.")
@click.option("--rounds", type=click.IntRange(1, 20), default=None, help="Rounds over the train rows.")
@plainly
def train(data: Path, out: Path, rounds: int | None) -> None:
    """Train the classifier's table on the public sets of tier A, and write its card beside it."""
    # One core, before numpy is loaded: sums then come out in the same order every time.
    import os

    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    from chalicelib.signals.table import Table
    from local.training import building
    from local.training.card import card

    if not (data / "tier_a").is_dir():
        raise click.ClickException(f"{data} has no folder tier_a; name the folder that holds it.")
    begun = time.monotonic()

    def progress(said: str) -> None:
        click.echo(f"{time.monotonic() - begun:5.0f} s  {said}", err=True)

    built = building.build(data, progress, epochs=rounds or building.EPOCHS)
    table = Table(built.file)
    unfinished = out.with_suffix(".unfinished")
    unfinished.write_bytes(built.file)
    unfinished.replace(out)
    (out.parent / "CARD.md").write_text(card(built, table.id, data), encoding="utf-8")
    click.echo(
        f"{out}: table {table.id}, {len(built.file) / 1e6:.1f} MB; p_auto safe from {built.safe_at} permille on dev"
    )
