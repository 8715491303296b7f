"""Arguments that say where a segmented image is and what is in it."""

import argparse
import re
from pathlib import Path

from femcell.constants import LENGTH_UNITS
from femcell.errors import InputError
from femcell.images import Image, RawLayout, read_image
from femcell.images.image import AXES


def add_image(parser: argparse.ArgumentParser) -> None:
    """Add the arguments; `image_of` reads the image that they name."""
    parser.add_argument("file", type=Path, help="segmented image: .tif, .tiff, .npy, or raw with --raw")
    parser.add_argument("--voxel", required=True, help="side of a voxel with its unit, 0.4um, or three: 0.4x0.4x1um")
    parser.add_argument("--phase", action="append", required=True, metavar="NAME=LABEL", help="once for every label")
    parser.add_argument("--order", default=AXES, help="directions of the file's axes: xyz (default), zyx, ...")
    parser.add_argument("--raw", metavar="NXxNYxNZ[:TYPE]", help="shape and type of a raw file: 100x100x80:uint8")


def image_of(options: argparse.Namespace) -> Image:
    """Read the image; collective, and every rank holds all of it.

    Raises:
        InputError: an argument that cannot be understood, or see `read_image`.
    """
    phases: dict[str, int] = {}
    for text in options.phase:
        name, _, label = text.partition("=")
        if not name or not label.isdigit():
            raise InputError(f"--phase {text}: give a name and a label, such as nmc=1.")
        if name in phases:
            raise InputError(f"--phase {text}: '{name}' is given twice; give each phase once.")
        phases[name] = int(label)
    sides, unit = _sides(options.voxel)
    return read_image(
        options.file, voxel=sides, unit=unit, phases=phases, order=options.order, raw=_layout(options.raw)
    )


def _sides(text: str) -> tuple[list[float], str]:
    """Numbers and unit of "0.4um" or "0.4x0.4x1um"."""
    match = re.fullmatch(r"(?P<numbers>[0-9.eE+-]+(x[0-9.eE+-]+){0,2})\s*(?P<unit>[a-zµ]+)", text)
    try:
        if match is None or match["unit"] not in LENGTH_UNITS:
            raise ValueError
        return [float(number) for number in match["numbers"].split("x")], match["unit"]
    except ValueError:
        raise InputError(f"--voxel {text}: give a length with its unit, such as 0.4um or 0.4x0.4x1um.") from None


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
