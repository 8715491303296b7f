"""`femcell mesh image`: from a segmented image to a mesh that every other command takes."""

import argparse
from collections.abc import Callable, Mapping

import numpy as np
from mpi4py import MPI

from femcell.analysis.morphology import specific_areas
from femcell.commands.image_file import add_image, image_of, lengths, pairs
from femcell.commands.values import number
from femcell.errors import InputError
from femcell.files import expand
from femcell.geometry.box import FACES
from femcell.geometry.hexahedra import BYTES_PER_VOXEL, mesh_voxels
from femcell.geometry.tetrahedra import ImageMeshReport, ImageMeshSettings, mesh_image
from femcell.geometry.tetrahedra.remesh import load_mmg
from femcell.geometry.write import checked_target, write_msh
from femcell.images import Image, Layer, with_layers, without_islands
from femcell.images.image import AXES
from femcell.parallel import on_root
from femcell.pictures import require_pictures

SIZES = ("size", "largest", "growth", "distance", "smoothing")
"""Options of tetrahedra."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    default = ImageMeshSettings()
    add_image(parser)
    parser.add_argument(
        "--islands", action="append", default=[], metavar="PHASE=INTO", help="all but the largest piece become INTO"
    )
    parser.add_argument("--before", action="append", default=[], metavar="NAME=LENGTH", help="layer below the image")
    parser.add_argument("--after", action="append", default=[], metavar="NAME=LENGTH", help="layer above the image")
    parser.add_argument("--axis", choices=AXES, help="of the layers (default: z)")
    parser.add_argument(
        "--face", action="append", default=[], metavar="FACE=NAME", help=f"name of an outer face: {', '.join(FACES)}"
    )
    parser.add_argument(
        "--hexahedra", action="store_true", help="one for each voxel, at once; interfaces keep their steps"
    )
    parser.add_argument("--size", type=number, default=default.size, help="edges at interfaces, voxels (default: 2)")
    parser.add_argument("--largest", type=number, help="edges away from interfaces, voxels (default: 3 times --size)")
    parser.add_argument("--growth", type=number, default=default.growth, help="of edges per length (default: 0.4)")
    parser.add_argument(
        "--distance", type=number, default=default.distance, help="that surfaces may move by, voxels (default: 0.25)"
    )
    parser.add_argument(
        "--smoothing", type=number, default=default.smoothing, help="of surfaces, voxels (default: 0.7)"
    )
    parser.add_argument("-o", "--output", type=expand, required=True, help=".msh file to write")
    parser.add_argument("--no-picture", action="store_true", help="no PNG file beside the mesh")


def run(options: argparse.Namespace, say: Callable[[str], None]) -> None:
    """Read, clean, mesh, write and draw, on rank 0; collective."""
    for line in on_root(MPI.COMM_WORLD, lambda: _made(options)):
        say(line)


def _made(options: argparse.Namespace) -> list[str]:
    target = checked_target(options.output)
    if not options.no_picture:
        require_pictures()
    given = {name: getattr(options, name) for name in SIZES}
    if options.hexahedra:
        for name, value in given.items():
            if value != getattr(ImageMeshSettings, name):
                raise InputError(f"--{name} {value}: hexahedra are voxels, without sizes; leave it or --hexahedra out.")
    else:
        load_mmg()
    settings = ImageMeshSettings(**given)
    image, lines = _image(options, BYTES_PER_VOXEL if options.hexahedra else settings.bytes_per_voxel)
    faces = pairs(options.face, "--face")
    if options.hexahedra:
        raw = mesh_voxels(image, faces)
        told = [f"{len(raw.points)} points, {len(raw.cells)} hexahedra, one for each voxel: interfaces are staircases"]
        told += _areas(raw.interface_areas, image)
    else:
        raw, report = mesh_image(image, settings, faces)
        told = describe(report, image)
    write_msh(raw, target)
    lines += [f"Wrote {target}", *told]
    if not options.no_picture:
        from femcell.io.slices import draw_slice

        lines.append(f"Wrote {draw_slice(target.with_suffix('.png'), raw, image)}")
    return lines


def _image(options: argparse.Namespace, later: float) -> tuple[Image, list[str]]:
    """The image with its islands filled and its layers added, and what was done."""
    image = image_of(options, later, MPI.COMM_SELF)
    lines = []
    for phase, into in pairs(options.islands, "--islands").items():
        image, said = without_islands(image, phase, into)
        lines.append(said)
    layers = [
        [Layer(name, _thickness(text, f"{where} {name}")) for name, text in pairs(given, where).items()]
        for given, where in ((options.before, "--before"), (options.after, "--after"))
    ]
    if any(layers):
        image, said = with_layers(image, AXES.index(options.axis or "z"), *layers)
        lines.append(said)
    elif options.axis:
        raise InputError(
            f"--axis {options.axis}: there are no layers; add some with --before or --after, or leave it out."
        )
    return image, lines


def _thickness(text: str, where: str) -> float:
    found = lengths(text, where)
    if len(found) != 1:
        raise InputError(f"{where}={text}: a layer has one thickness.")
    return found[0]


def describe(report: ImageMeshReport, image: Image) -> list[str]:
    """What became of the image, in words."""
    return [
        f"{report.points} points, {report.cells} tetrahedra; dihedral angles {report.least_angle:.1f} to "
        f"{report.largest_angle:.1f} degrees, {report.below_ten} cells below 10",
        *[
            f"  {phase:<20} {100 * voxels:7.3f} % of the image, {100 * mesh:7.3f} % of the mesh"
            for phase, (voxels, mesh) in report.fractions.items()
        ],
        *_areas(report.interfaces, image),
    ]


def _areas(mesh: Mapping[tuple[str, str], float], image: Image) -> list[str]:
    """Both areas of each interface."""
    volume = float(np.prod(image.extent))
    crofton = {tuple(sorted(pair)): area * volume for pair, area in specific_areas(image).items()}
    return [
        f"  {' | '.join(pair):<26} {crofton.get(pair, 0.0) * 1e12:10.5g} um2 by Crofton's formula, "
        f"{area * 1e12:10.5g} um2 in the mesh"
        for pair, area in mesh.items()
    ]
