"""Arguments that say where a segmented image is and what is in it."""

import argparse
import re
from collections.abc import Sequence

from mpi4py import MPI

from femcell.constants import LENGTH_UNITS
from femcell.errors import InputError
from femcell.files import expand
from femcell.images import Image, RawLayout, read_image
from femcell.images.axes import SLICES
from femcell.images.image import AXES

_NUMBER = r"-?[0-9.]+(?:[eE][+-]?[0-9]+)?"


def add_image(parser: argparse.ArgumentParser) -> None:
    """Add the arguments; `image_of` reads the image that they name."""
    parser.add_argument("file", type=expand, help="segmented image: .tif, .tiff, .npy, or raw with --raw")
    parser.add_argument("--voxel", required=True, help="side of a voxel with its unit, 0.4um, or three: 0.4x0.4x1um")
    parser.add_argument("--phase", action="append", required=True, metavar="NAME=LABEL", help="once for every label")
    parser.add_argument("--order", default=AXES, help="directions of the file's axes: xyz (default), zyx, ...")
    parser.add_argument("--channel", type=int, metavar="N", help="of a TIFF with channels or colours, from 0")
    parser.add_argument("--time", type=int, metavar="N", help="of a TIFF with time points, from 0")
    parser.add_argument("--slices", choices=SLICES, help="axis of a TIFF that holds the slices of one volume")
    parser.add_argument("--raw", metavar="NXxNYxNZ[:TYPE]", help="shape and type of a raw file: 100x100x80:uint8")


def image_of(options: argparse.Namespace, later: float, comm: MPI.Comm = MPI.COMM_WORLD) -> Image:
    """Read the image; collective, and every rank of `comm` holds all of it.

    Args:
        options: of the command.
        later: bytes per voxel that the command takes at its peak.
        comm: ranks that will hold the image.

    Raises:
        InputError: an argument that cannot be understood, or see `read_image`.
    """
    phases: dict[str, int] = {}
    for name, label in pairs(options.phase, "--phase").items():
        if not (label.isascii() and label.isdecimal()):
            raise InputError(f"--phase {name}={label}: the label is a whole number, 0 or more: nmc=1.")
        phases[name] = int(label)
    return read_image(
        options.file,
        voxel=lengths(options.voxel, "--voxel"),
        unit="m",
        phases=phases,
        order=options.order,
        channel=options.channel,
        time=options.time,
        slices=options.slices,
        raw=_layout(options.raw),
        later=later,
        comm=comm,
    )


def pairs(given: Sequence[str], where: str) -> dict[str, str]:
    """NAME=VALUE arguments as a table.

    Raises:
        InputError: another form, or a name that is given twice.
    """
    table: dict[str, str] = {}
    for text in given:
        name, _, value = text.partition("=")
        if not (name and value):
            raise InputError(f"{where} {text}: it is not of the form NAME=VALUE.")
        if name in table:
            raise InputError(f"{where} {text}: '{name}' is given twice; give each name once.")
        table[name] = value
    return table


def lengths(text: str, where: str) -> list[float]:
    """One length or several with one unit, "0.4um" or "0.4x0.4x1um", in m.

    Raises:
        InputError: no such number or unit.
    """
    match = re.fullmatch(rf"({_NUMBER}(?:x{_NUMBER})*)\s*([a-zµ]+)", text.strip())
    try:
        if match is None:
            raise ValueError
        unit = LENGTH_UNITS[match[2]]
        return [float(length) * unit for length in match[1].split("x")]
    except (KeyError, ValueError):
        raise InputError(
            f"{where} {text}: give a length with its unit ({', '.join(LENGTH_UNITS)}), such as 0.4um."
        ) from None


def _layout(text: str | None) -> RawLayout | None:
    """Layout of "100x100x80:uint8"."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)x(\d+)x(\d+)(?::(\S+))?", text)
    if match is None:
        raise InputError(
            f"--raw {text}: give three counts of voxels, and their type if it is not uint8: 100x100x80:>u2."
        )
    return RawLayout((int(match[1]), int(match[2]), int(match[3])), match[4] or "uint8")
