"""`femcell bridge`: a resolved cell beside the DFN of its microstructure."""

import argparse
import csv
import io
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path

from mpi4py import MPI

from femcell.bridge import Bridge, Numerics, Textbook, bridge, smaller
from femcell.bridge.report import content, lines, scale_lines, table
from femcell.commands.image_file import lengths
from femcell.commands.values import number, whole
from femcell.errors import InputError
from femcell.experiments import Experiment
from femcell.files import expand
from femcell.io.atomic import write_atomically, writing
from femcell.models import DFN, ResolvedCell
from femcell.parallel import on_root
from femcell.pictures import require_pictures

Say = Callable[[str], None]
RUN = "resolved"
"""Folder of the resolved run within the output folder."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("study", type=expand, help="TOML file of a resolved cell in three dimensions")
    parser.add_argument("-o", "--output", help="output folder, in place of the study's")
    parser.add_argument("--porosity", type=number, help="textbook porosity (default: the measured one)")
    parser.add_argument("--radius", help="textbook radius of the particles: 5um (default: from the measured area)")
    parser.add_argument("--bruggeman", type=number, default=1.5, help="textbook exponent of transport (default: 1.5)")
    parser.add_argument(
        "--scales", type=whole, nargs="+", default=[], metavar="N", help="also with particles N times smaller: 1 3 5"
    )
    parser.add_argument("--no-picture", action="store_true", help="no PNG file")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar")


def textbook_of(options: argparse.Namespace) -> Textbook:
    """The guesses among the options; InputError where one is out of its range."""
    radius = None
    if options.radius is not None:
        (radius, *more) = lengths(options.radius, "--radius")
        if more:
            raise InputError(f"--radius {options.radius}: particles have one radius, such as 5um.")
    return Textbook(options.porosity, options.bruggeman, radius)


def run(
    options: argparse.Namespace,
    model: ResolvedCell | DFN,
    experiment: Experiment,
    folder: Path,
    numerics: Numerics,
    keep: Mapping[str, str],
    say: Say,
) -> None:
    """Run both models, print what differs, write tables and the picture; collective."""
    if not options.no_picture:
        on_root(MPI.COMM_WORLD, require_pictures)
    textbook = textbook_of(options)
    if not isinstance(model, ResolvedCell):
        raise InputError("The study has [dfn] and no mesh; a bridge starts from a resolved cell and makes the DFN.")
    cells = {times: smaller(model, experiment, times) for times in sorted(set(options.scales) - {1})}
    found = {1: bridge(model, experiment, folder / RUN, textbook=textbook, numerics=numerics, keep=keep)}
    for line in lines(found[1]):
        say(line)
    for times, cell in cells.items():
        say(f"Particles {times} times smaller")
        found[times] = bridge(cell, experiment, textbook=textbook.smaller(times), numerics=numerics)
    for line in scale_lines(found) if cells else ():
        say(line)
    for path in write(folder, found, not options.no_picture):
        say(f"Wrote {path}")


def write(folder: Path, found: Mapping[int, Bridge], picture: bool, comm: MPI.Comm = MPI.COMM_WORLD) -> list[Path]:
    """Write `bridge.csv`, `bridge.json` and `bridge.png` on rank 0; the paths on every rank."""

    def work() -> list[Path]:
        columns, text = table(found[1]), io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            rows.writerow(["" if math.isnan(value) else f"{value:.12g}" for value in row])
        paths = [folder / "bridge.csv", folder / "bridge.json"]
        write_atomically(paths[0], text.getvalue())
        write_atomically(paths[1], json.dumps(content(found), indent=2) + "\n")
        if picture:
            from femcell.bridge.picture import draw

            paths.append(draw(folder / "bridge.png", found))
        return paths

    return writing(comm, folder, work)
