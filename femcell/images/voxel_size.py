"""The size of a voxel that a TIFF states itself, and whether it agrees with the one that is given."""

import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

from femcell.constants import LENGTH_UNITS
from femcell.images.image import AXES

UNITS: Mapping[str, float] = {**LENGTH_UNITS, "μm": 1e-6, "micron": 1e-6, "microns": 1e-6, "cm": 1e-2, "Å": 1e-10}
"""m; inches are left out, which TIFF has as the resolution of a print."""

CENTIMETRE = 3
"""Value of the tag ResolutionUnit."""

AGREE = 0.01
"""Relative difference of two sides that are still the same one, rounded."""


def stated_sides(file: Any) -> dict[str, float]:
    """Sides of a voxel along "X", "Y" and "Z", m, as far as a file open in tifffile states them with a unit.

    OME-XML has them as PhysicalSize, ImageJ as a spacing and the resolution of a page in a unit of its own, any other
    TIFF as pixels per centimetre.
    """
    try:
        if file.is_ome:
            return _of_ome(file.ome_metadata)
        page = file.pages[0]
        if file.is_imagej:
            said = file.imagej_metadata or {}
            unit = UNITS.get(_unescaped(str(said.get("unit", ""))))
            depth = {"Z": float(said["spacing"])} if "spacing" in said else {}
        else:
            unit = UNITS["cm"] if int(page.resolutionunit) == CENTIMETRE else None
            depth = {}
        if unit is None or "XResolution" not in page.tags:
            return {}
        wide, high = page.resolution
        found = {"X": 1 / wide, "Y": 1 / high, **depth}
    except (KeyError, TypeError, ValueError, ZeroDivisionError, ElementTree.ParseError):
        return {}  # what a writer garbled states nothing
    return {axis: side * unit for axis, side in found.items() if math.isfinite(side) and side > 0}


def _of_ome(text: str) -> dict[str, float]:
    pixels = next(e for e in ElementTree.fromstring(text).iter() if e.tag.endswith("Pixels"))
    found = {}
    for axis in "XYZ":
        unit = UNITS.get(pixels.get(f"PhysicalSize{axis}Unit", "um"))
        side = float(pixels.get(f"PhysicalSize{axis}", "nan"))
        if unit and math.isfinite(side) and side > 0:
            found[axis] = side * unit
    return found


def _unescaped(unit: str) -> str:
    """ImageJ writes letters beyond ASCII by their numbers."""
    return unit.replace("\\u00B5", "µ").strip()


def contradiction(given: Sequence[float], stated: Sequence[float], order: str) -> str | None:
    """How the given sides of a voxel differ from those in the file; None where they agree.

    Args:
        given: along x, y, z, m.
        stated: along the axes of the file, m, nan where nothing is stated.
        order: direction of each axis of the file.
    """

    def agree(order: str) -> bool:
        along = [given[AXES.index(direction)] for direction in order]
        return not any(abs(a - b) > AGREE * b for a, b in zip(along, stated, strict=True))

    if agree(order):
        return None
    mine = _um(given[AXES.index(direction)] for direction in order)
    said = f"it states voxels of {_um(stated)} um along its axes, and {mine} um are given, which are taken"
    other = next(("".join(p) for p in permutations(AXES) if agree("".join(p))), None)
    hint = f"they agree if its axes are {other} (order) and not {order}" if other else "check which are right"
    return f"{said}; {hint}."


def _um(sides: Any) -> str:
    return " x ".join("?" if math.isnan(side) else f"{side * 1e6:.4g}" for side in sides)
