"""Planar stacks of named layers in one, two or three dimensions, conforming, graded to interfaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from femcell.errors import InputError
from femcell.geometry.generators.gmsh_tools import (
    MICRO,
    MeshReport,
    checked_path,
    measure,
    name_group,
    name_surfaces,
    session,
    write,
)
from femcell.geometry.generators.particles import check
from femcell.kinds import arguments_of_their_kind, require_fields

Towards = Literal["start", "end", "both"]


@dataclass(frozen=True)
class Layer:
    """One layer of a stack.

    Args:
        region: name of the region.
        thickness: [m].
        cells: number of cells through the thickness.
        grading: largest cell size over the smallest, in geometric progression; 1 is uniform.
        towards: where the small cells are: at the start, the end, or both faces of the layer.

    Raises:
        InputError: when a number is out of range, or `cells` is odd while the grading is towards both faces.
    """

    region: str
    thickness: float
    cells: int
    grading: float = 1.0
    towards: Towards = "both"

    def __post_init__(self) -> None:
        """Check the numbers."""
        require_fields(self, "region", "thickness", "cells", "grading")
        where = f"layer '{self.region}'"
        check(bool(self.region), "a layer of the stack has no name; give each a region name")
        check(self.thickness > 0, f"{where}: thickness is {self.thickness} m; give a positive length")
        check(self.cells >= 1, f"{where}: {self.cells} cells; give at least 1")
        check(
            self.grading >= 1,
            f"{where}: grading is {self.grading}; give the ratio of largest to smallest cell, >= 1",
        )
        check(
            self.towards in ("start", "end", "both"),
            f"{where}: towards is '{self.towards}'; give start, end or both",
        )
        check(
            self.grading == 1 or self.towards != "both" or self.cells % 2 == 0,
            f"{where}: {self.cells} cells cannot be graded towards both faces; give an even number",
        )

    def sizes(self) -> np.ndarray:
        """Cell sizes from start to end [m], shape (cells,)."""
        both = self.towards == "both" and self.grading > 1
        count = self.cells // 2 if both else self.cells
        steps = np.geomspace(1.0, self.grading, count) if count > 1 else np.ones(count)
        if both:
            steps = np.concatenate([steps, steps[::-1]])
        elif self.towards == "end":
            steps = steps[::-1]
        return np.asarray(self.thickness * steps / np.sum(steps))


@arguments_of_their_kind()
def planar_stack(
    path: str | Path,
    *,
    layers: Sequence[Layer | tuple[str, float, int]],
    dim: int = 1,
    width: float | None = None,
    depth: float | None = None,
    lateral_cells: int = 4,
    ends: tuple[str, str] = ("lithium", "foil_top"),
    sides: str = "sides",
    structured: bool = True,
) -> MeshReport:
    """A stack of named layers along the last axis.

    Args:
        path: `.msh` file to write (coordinates in micrometres).
        layers: from the first face to the last; a tuple is (region, thickness [m], cells). A region may come
            twice.
        dim: 1, 2 or 3.
        width: first lateral length [m]; by default `lateral_cells` times the mean cell size of the stack.
        depth: second lateral length in 3D [m]; by default the width.
        lateral_cells: cells along each lateral edge.
        ends: names of the first and the last face.
        sides: name of all lateral faces together.
        structured: split regular bricks (True), or let gmsh fill each layer with an unstructured mesh whose
            edges on the outline of the layer keep the given cells. The unstructured one wants lateral cells
            about as large as those along the axis.

    Returns:
        Sizes, volumes, quality.

    Raises:
        InputError: when a number is out of range or the file cannot be written.
    """
    target = checked_path(path)
    stack = [layer if isinstance(layer, Layer) else Layer(*layer) for layer in layers]
    check(len(stack) > 0, "the stack has no layers; give at least one (region, thickness, cells)")
    check(dim in (1, 2, 3), f"the stack has dim {dim}; give 1, 2 or 3")
    check(lateral_cells >= 1, f"the stack has {lateral_cells} lateral cells; give at least 1")
    check(
        len({*ends, sides}) == 3,
        "two surfaces of the stack have the same name; give the ends and sides their own",
    )
    height = sum(layer.thickness for layer in stack)
    if width is None:
        width = lateral_cells * height / sum(layer.cells for layer in stack)
    depth = width if depth is None else depth
    check(width > 0 and depth > 0, f"the stack's width is {width} m and depth {depth} m; give positive lengths")
    section = [width / MICRO, depth / MICRO][: dim - 1]
    with session("planar_stack") as gmsh:
        try:
            regions = _extrude(gmsh, stack, section, lateral_cells, structured)
            gmsh.model.geo.synchronize()
            if not structured and dim > 1:
                _fix_edges(gmsh, stack, section, lateral_cells)
            for name, tags in regions.items():
                name_group(gmsh, dim, tags, name)
            name_surfaces(gmsh, dim, [*section, height / MICRO], ends, sides)
            gmsh.option.setNumber("Mesh.MeshSizeExtendFromBoundary", 1)
            gmsh.model.mesh.generate(dim)
            if dim == 3 and not structured:
                gmsh.model.mesh.optimize("Netgen")
        except InputError:
            raise
        except Exception as error:  # gmsh raises bare Exception
            raise InputError(
                f"gmsh could not mesh the stack ({error}); use structured=True or other cell numbers"
            ) from error
        report = measure(gmsh, dim, target)
        write(gmsh, target)
    return report


def _extrude(
    gmsh: Any, stack: Sequence[Layer], section: Sequence[float], lateral_cells: int, structured: bool
) -> dict[str, list[int]]:
    """Sweep a point, line or rectangle through the layers; the volumes of each region."""
    geo = gmsh.model.geo
    axis = np.eye(3)[len(section)]
    base = [(0, geo.addPoint(0.0, 0.0, 0.0))]
    for direction, length in enumerate(section):
        step = length * np.eye(3)[direction]
        cells = [lateral_cells] if structured else []
        base = [pair for pair in geo.extrude(base, *step, numElements=cells) if pair[0] == direction + 1]
    regions: dict[str, list[int]] = {}
    for layer in stack:
        step = layer.thickness / MICRO * axis
        if structured or not section:
            heights = np.cumsum(layer.sizes()) / layer.thickness
            heights[-1] = 1.0
            swept = geo.extrude(base, *step, numElements=[1] * layer.cells, heights=heights.tolist())
        else:
            swept = geo.extrude(base, *step)
        base = [swept[0]]
        regions.setdefault(layer.region, []).append(swept[1][1])
    return regions


def _fix_edges(gmsh: Any, stack: Sequence[Layer], section: Sequence[float], lateral_cells: int) -> None:
    """Divide the outline of every layer into the cells asked for; the rest is left to gmsh.

    A curve takes one geometric progression; where the grading is towards both faces gmsh's "Bump" is fitted
    to it.
    """
    bottoms = np.cumsum([0.0, *(layer.thickness / MICRO for layer in stack)])
    last = len(section)
    for _, tag in gmsh.model.getEntities(1):
        bounds = np.array(gmsh.model.getBoundingBox(1, tag)).reshape(2, 3)
        low, high = bounds[:, last]
        middle = 0.5 * (low + high)
        if high - low < 0.5 * min(layer.thickness / MICRO for layer in stack):
            gmsh.model.mesh.setTransfiniteCurve(tag, lateral_cells + 1)
            continue
        layer = stack[int(np.searchsorted(bottoms, middle)) - 1]
        if layer.grading == 1 or layer.cells == 1:
            gmsh.model.mesh.setTransfiniteCurve(tag, layer.cells + 1)
        elif layer.towards == "both":
            gmsh.model.mesh.setTransfiniteCurve(tag, layer.cells + 1, "Bump", 1.0 / layer.grading)
        else:
            ratio = layer.grading ** (1.0 / (layer.cells - 1))
            gmsh.model.mesh.setTransfiniteCurve(
                tag, layer.cells + 1, "Progression", ratio if layer.towards == "start" else 1.0 / ratio
            )
