"""`femcell mesh image`: from a segmented image to a mesh that every other command takes."""

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from mpi4py import MPI

from femcell.analysis.morphology import specific_areas
from femcell.constants import LENGTH_UNITS
from femcell.errors import InputError
from femcell.geometry.box import FACES
from femcell.geometry.tetrahedra import ImageMeshReport, ImageMeshSettings, mesh_image
from femcell.geometry.write import checked_target, write_msh
from femcell.images import Image, Layer, RawLayout, read_image, with_layers, without_islands
from femcell.images.image import AXES
from femcell.parallel import on_root

_LENGTH = re.compile(r"([0-9.eE+-]+)\s*([a-zµ]+)")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    default = ImageMeshSettings()
    parser.add_argument("file", type=Path, help="segmented image: .tif, .npy, or raw with --raw")
    parser.add_argument("--voxel", required=True, help="side of a voxel with its unit, 0.4um, or three: 0.4x0.4x1um")
    parser.add_argument("--phase", action="append", required=True, metavar="NAME=LABEL", help="once for every label")
    parser.add_argument("--order", default=AXES, help="directions of the file's axes: xyz (default), zyx, ...")
    parser.add_argument("--raw", metavar="NXxNYxNZ[:TYPE]", help="shape and type of a raw file: 100x100x80:uint8")
    parser.add_argument(
        "--islands", action="append", default=[], metavar="PHASE=INTO", help="all but the largest piece become INTO"
    )
    parser.add_argument("--before", action="append", default=[], metavar="NAME=LENGTH", help="layer below the image")
    parser.add_argument("--after", action="append", default=[], metavar="NAME=LENGTH", help="layer above the image")
    parser.add_argument("--axis", default="z", choices=list(AXES), help="of the layers (default: z)")
    parser.add_argument(
        "--face", action="append", default=[], metavar="FACE=NAME", help=f"name of an outer face: {', '.join(FACES)}"
    )
    parser.add_argument("--size", type=float, default=default.size, help="edges at interfaces, voxels (default: 2)")
    parser.add_argument("--largest", type=float, help="edges away from interfaces, voxels (default: 3 times --size)")
    parser.add_argument("--growth", type=float, default=default.growth, help="of edges per length (default: 0.4)")
    parser.add_argument(
        "--distance", type=float, default=default.distance, help="that surfaces may move by, voxels (default: 0.25)"
    )
    parser.add_argument("--smoothing", type=float, default=default.smoothing, help="of surfaces, voxels (default: 0.7)")
    parser.add_argument("-o", "--output", type=Path, required=True, help=".msh file to write")
    parser.add_argument("--no-picture", action="store_true", help="no PNG file beside the mesh")


def run(options: argparse.Namespace, say: Callable[[str], None]) -> None:
    """Read, clean, mesh, write and draw, on rank 0; collective."""
    for line in on_root(MPI.COMM_WORLD, lambda: _made(options)):
        say(line)


def _made(options: argparse.Namespace) -> list[str]:
    target = checked_target(options.output)
    settings = ImageMeshSettings(
        size=options.size,
        largest=options.largest,
        growth=options.growth,
        distance=options.distance,
        smoothing=options.smoothing,
    )
    image, lines = _image(options)
    raw, report = mesh_image(image, settings, _pairs(options.face, "--face"))
    write_msh(raw, target)
    total = float(np.prod(image.extent))
    crofton = {_sorted(pair): area * total for pair, area in specific_areas(image).items()}
    lines += [f"Wrote {target}", *describe(report, crofton)]
    if not options.no_picture:
        from femcell.io.slices import draw_slice

        lines.append(f"Wrote {draw_slice(target.with_suffix('.png'), raw, image)}")
    return lines


def _image(options: argparse.Namespace) -> tuple[Image, list[str]]:
    """The image with its islands filled and its layers added, and what was done."""
    phases = {}
    for name, label in _pairs(options.phase, "--phase").items():
        if not label.isdigit():
            raise InputError(f"--phase {name}={label}: the label is a whole number, 0 or more.")
        phases[name] = int(label)
    image = read_image(
        options.file,
        voxel=lengths(options.voxel, "--voxel"),
        unit="m",
        phases=phases,
        raw=_raw(options.raw),
        order=options.order,
        comm=MPI.COMM_SELF,
    )
    lines = []
    for phase, into in _pairs(options.islands, "--islands").items():
        image, said = without_islands(image, phase, into)
        lines.append(said)
    layers = [
        [Layer(name, lengths(text, where)[0]) for name, text in _pairs(given, where).items()]
        for given, where in ((options.before, "--before"), (options.after, "--after"))
    ]
    if any(layers):
        image, said = with_layers(image, AXES.index(options.axis), *layers)
        lines.append(said)
    return image, lines


def describe(report: ImageMeshReport, crofton: Mapping[tuple[str, str], float]) -> list[str]:
    """What became of the image, in words; `crofton` are areas estimated from the voxels, m2."""
    return [
        f"{report.points} points, {report.cells} tetrahedra; dihedral angles {report.least_angle:.1f} to "
        f"{report.largest_angle:.1f} degrees, {report.below_ten} cells below 10",
        *[
            f"  {phase:<20} {100 * image:7.3f} % of the image, {100 * mesh:7.3f} % of the mesh"
            for phase, (image, mesh) in report.fractions.items()
        ],
        *[
            f"  {' | '.join(pair):<26} {crofton.get(pair, 0.0) * 1e12:10.5g} um2 by Crofton's formula, "
            f"{area * 1e12:10.5g} um2 in the mesh"
            for pair, area in report.interfaces.items()
        ],
    ]


def lengths(text: str, where: str) -> list[float]:
    """One length or several with one unit, "0.4um" or "0.4x0.4x1um", in m.

    Raises:
        InputError: no such number or unit.
    """
    *numbers, last = text.strip().split("x")
    found = _LENGTH.fullmatch(last.strip())
    try:
        if found is None or found[2] not in LENGTH_UNITS:
            raise ValueError
        return [float(number) * LENGTH_UNITS[found[2]] for number in (*numbers, found[1])]
    except ValueError:
        raise InputError(f"{where}: '{text}' is not a length with its unit ({', '.join(LENGTH_UNITS)}).") from None


def _sorted(pair: tuple[str, str]) -> tuple[str, str]:
    first, second = sorted(pair)
    return first, second


def _pairs(given: Sequence[str], where: str) -> dict[str, str]:
    """NAME=VALUE options as a table."""
    table = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise InputError(f"{where}: '{text}' is not of the form NAME=VALUE.")
        if name in table:
            raise InputError(f"{where}: '{name}' is given twice.")
        table[name] = value
    return table


def _raw(text: str | None) -> RawLayout | None:
    if text is None:
        return None
    size, _, kind = text.partition(":")
    counts = size.split("x")
    if len(counts) != 3 or not all(count.isdigit() for count in counts):
        raise InputError(f"--raw: '{text}' is not of the form 100x100x80:uint8.")
    nx, ny, nz = map(int, counts)
    return RawLayout((nx, ny, nz), kind or "uint8")
