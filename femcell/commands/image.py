"""`femcell image ...`: numbers of a segmented image, its stiffness, and how large a sample of it must be."""

import argparse
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from mpi4py import MPI

from femcell.analysis.stiffness import BYTES_PER_VOXEL as STIFFNESS_BYTES
from femcell.analysis.stiffness import Loading, effective_stiffness
from femcell.commands.image_file import add_image, image_of, pairs
from femcell.commands.values import number, whole
from femcell.errors import InputError
from femcell.extras import optional
from femcell.files import expand
from femcell.images import pieces
from femcell.images.image import AXES
from femcell.materials.mechanical import Isotropic
from femcell.parallel import on_root
from femcell.pictures import require_pictures

Say = Callable[[str], None]

GPA = 1e9

SAMPLING_BYTES = 15.0
"""Per voxel that looking for what percolates takes, before sub-volumes are solved on."""


def add(commands: Any, say: Say) -> None:
    """Add the commands; `say` prints a line."""
    image = commands.add_parser("image", help="look at segmented images").add_subparsers(
        required=True, metavar="COMMAND"
    )

    inspect = image.add_parser("inspect", help="phases, interfaces, sizes and tortuosity of an image")
    add_image(inspect)
    inspect.add_argument(
        "--through", action="append", metavar="NAME", help="tortuosity of this phase only; may be given again"
    )
    inspect.add_argument("--axis", choices=AXES, action="append", help="of the tortuosity; all three by default")
    inspect.add_argument("--paths", action="store_true", help="also geometric tortuosity (slow)")
    inspect.set_defaults(act=lambda options: _inspect(options, say))

    rev = image.add_parser("rev", help="transport through sub-volumes against their size: a table and a picture")
    add_image(rev)
    rev.add_argument(
        "--through", action="append", metavar="NAME", required=True, help="phase that conducts; may be given again"
    )
    rev.add_argument("--axis", choices=AXES, default="x")
    rev.add_argument("--sizes", type=whole, nargs="+", required=True, metavar="VOXELS", help="sides of the sub-volumes")
    rev.add_argument("--count", type=whole, default=8, help="sub-volumes of each size (8)")
    rev.add_argument("--seed", type=whole, default=0, help="of their places (0)")
    rev.add_argument("-o", "--output", type=expand, help="PNG file")
    rev.set_defaults(act=lambda options: _rev(options, say))

    stiffness = image.add_parser("stiffness", help="effective elastic stiffness of an image, and its bounds")
    add_image(stiffness)
    stiffness.add_argument(
        "--solid",
        action="append",
        metavar="NAME=E:NU",
        required=True,
        help="phase with a stiffness: Young's modulus in GPa and Poisson's ratio, nmc=140:0.25; may be given again",
    )
    stiffness.add_argument(
        "--loading", choices=[each.value for each in Loading], default=Loading.PERIODIC.value, help="(periodic)"
    )
    stiffness.set_defaults(act=lambda options: _stiffness(options, say))


def _inspect(options: argparse.Namespace, say: Say) -> None:
    from femcell.analysis.conduction import BYTES_PER_VOXEL, reaching_through
    from femcell.analysis.morphology import PATHS_BYTES, geometric_tortuosity, specific_areas, two_point
    from femcell.analysis.percolation import periodically_percolating
    from femcell.analysis.transport import bounds, tortuosity

    optional("numba", "Solving on voxels")
    if options.paths:
        optional("skimage.graph", "Finding paths through an image")
    image = image_of(options, PATHS_BYTES if options.paths else BYTES_PER_VOXEL)
    for name in options.through or ():
        image.label(name)
    size = " x ".join(map(str, image.shape))
    say(f"{options.file}: {size} voxels of {_um(image.voxel)}, {_um(image.extent)}")
    areas = specific_areas(image)
    say("phase                fraction   pieces  area per volume  Sauter radius  correlation length x, y, z")
    for name, fraction in image.fractions.items():
        area = sum(value for pair, value in areas.items() if name in pair)
        radius = f"{3e6 * fraction / area:>11.4g} um" if area else "            --"
        lengths = ", ".join(f"{two_point(image, name, axis).length * 1e6:.3g}" for axis in range(3))
        say(
            f"{name:<18} {100 * fraction:>8.2f} % {pieces(image, name)[1]:>8d} {area / 1e6:>10.4g} 1/um "
            f"{radius}  {lengths} um"
        )
    say("interfaces, area per volume of the image:")
    for (one, other), area in areas.items():
        say(f"  {one + ' | ' + other:<32} {area / 1e6:>10.4g} 1/um")
    say("transport, ends at fixed values    percolating  tortuosity  MacMullin  Bruggeman  D_eff/D")
    for name in options.through or image.phases:
        for axis in sorted(AXES.index(letter) for letter in options.axis or AXES):
            head = f"  {name + ' along ' + AXES[axis]:<32}"
            if not options.through and not reaching_through(image, axis, name).any():
                repeated = periodically_percolating(image, axis, name).any()
                say(
                    f"{head} does not percolate ({100 * image.fractions[name]:.2f} % of the image)"
                    + (", but would if the image were repeated" if repeated else "")
                )
                continue
            t = tortuosity(image, name, axis)
            exponent = f"{t.bruggeman:>10.3f}" if t.fraction < 1 else "        --"
            line = f"{head} {100 * t.percolating:>10.2f} % {t.factor:>10.4f} {t.macmullin:>10.4f} {exponent}"
            line += f" {t.relative:>8.5f}"
            outside = bounds(image.fractions, {name: 1.0}).outside(t.relative)
            if outside:
                line += f"; outside of the bounds of {' and '.join(outside)}: anisotropic, or too small a sample"
            if options.paths:
                line += f"; geometric tortuosity {geometric_tortuosity(image, name, axis):.4f}"
            say(line)


def _rev(options: argparse.Namespace, say: Say) -> None:
    from femcell.analysis.rev import draw, rev_study

    if options.output:
        on_root(MPI.COMM_WORLD, lambda: require_pictures(options.output))
    optional("numba", "Solving on voxels")
    image = image_of(options, SAMPLING_BYTES)
    study = rev_study(
        image, options.through, options.sizes, AXES.index(options.axis), count=options.count, seed=options.seed
    )
    for line in study.table():
        say(line)
    if math.isfinite(study.exponent):
        say(f"Bruggeman exponent fitted to all sub-volumes, periodic: {study.exponent:.3f}")
    enough = study.big_enough()
    if enough is None and study.samples[-1].count < 2:
        say("No size is big enough: one sub-volume, as of the largest, has no spread; take smaller ones, or more.")
    elif enough is None:
        say("No size is big enough: spread or gap of the largest is above 5 %.")
    else:
        say(f"Big enough (spread and gap at most 5 %): {enough} voxels, {enough * study.side * 1e6:.4g} um")
    if options.output:
        draw(study, options.output)
        say(f"Wrote {options.output}")


def _stiffness(options: argparse.Namespace, say: Say) -> None:
    from femcell.analysis.stiffness_bounds import stiffness_bounds

    solids = {name: _solid(name, text) for name, text in pairs(options.solid, "--solid").items()}
    optional("numba", "Solving on voxels")
    image = image_of(options, STIFFNESS_BYTES)
    found = effective_stiffness(image, solids, Loading(options.loading))
    bounds = stiffness_bounds(image.fractions, solids)
    say(f"stiffness, GPa ({options.loading}; 11, 22, 33, 23, 13, 12, shear strains doubled):")
    for row in found.voigt / GPA:
        say("  " + "".join(f"{value:>10.4f}" for value in row))
    for name, value, least, most in (
        ("bulk", found.bulk, bounds.bulk, np.sum(bounds.voigt[:3, :3]) / 9),
        ("shear", found.shear, bounds.shear, np.trace(bounds.voigt[3:, 3:]) / 3),
    ):
        assert least is not None
        hs = " to ".join(f"{bound / GPA:.4f}" for bound in least)
        say(f"{name:<6} modulus {value / GPA:>10.4f} GPa; Hashin-Shtrikman {hs}, Voigt {most / GPA:.4f}")
    say(f"unbalanced share {found.error:.1e} after {found.iterations} iterations")


def _solid(name: str, text: str) -> Isotropic:
    """An isotropic solid of "140:0.25"."""
    parts = text.split(":")
    try:
        modulus, ratio = (number(part) for part in parts)
    except ValueError:
        raise InputError(
            f"--solid {name}={text}: give Young's modulus in GPa and Poisson's ratio: {name}=140:0.25."
        ) from None
    return Isotropic(youngs_modulus=GPA * modulus, poissons_ratio=ratio)


def _um(lengths: tuple[float, float, float]) -> str:
    return " x ".join(f"{length * 1e6:.4g}" for length in lengths) + " um"
