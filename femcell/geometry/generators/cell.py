"""Resolved cells from given particles, cut and glued by gmsh's OpenCASCADE kernel.

The layers lie along the last axis, from 0: lithium | separator | electrode | foil for a half cell, foil |
negative | separator | positive | foil for a full one. Particles are fused, cut off at the faces of their
electrode (side walls and foil) and everything is fragmented into one conforming geometry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from femcell.geometry.generators.shapes import (
    Electrode,
    PackingError,
    Regions,
    build,
    refuse_islands,
    refuse_short_edges,
)
from femcell.geometry.generators.sizes import MeshSize, set_sizes
from femcell.kinds import arguments_of_their_kind

ELECTROLYTE = "electrolyte"
SEPARATOR = "separator"
MIN_QUALITY = 0.05  # signed inverse condition number under which a mesh is refused


@arguments_of_their_kind()
def particle_cell(
    path: str | Path,
    *,
    positive: Electrode,
    negative: Electrode | None = None,
    separator: float,
    size: MeshSize,
    ends: tuple[str, str] | None = None,
    allow_islands: bool = False,
    min_quality: float = MIN_QUALITY,
) -> MeshReport:
    """Mesh a half or full cell around given particles.

    Regions are "separator", "electrolyte" (the pores), the active regions and the foils; surfaces are the two
    ends and "sides".

    Args:
        path: `.msh` file to write (coordinates in micrometres).
        positive: the electrode behind the separator.
        negative: the electrode before it; None makes a half cell.
        separator: separator thickness [m].
        size: edge lengths.
        ends: names of the first and the last face; by default ("lithium", "foil_top") for a half cell and
            ("negative_terminal", "positive_terminal") for a full one.
        allow_islands: accept particles without a way to the foil and pores without a way to the separator.
        min_quality: least signed inverse condition number of a cell.

    Returns:
        Sizes, volumes, porosity measured in the mesh, quality.

    Raises:
        InputError: on lengths out of range, islands or sealed pores (unless allowed), a section that differs
            between the electrodes, or when gmsh cannot mesh the cell well enough.
    """
    target = checked_path(path)
    electrodes = [positive] if negative is None else [negative, positive]
    check(separator > 0, f"separator thickness is {separator} m; give a positive length")
    box = positive.particles.box
    for electrode in electrodes:
        name = electrode.region
        check(
            electrode.foil_thickness > 0,
            f"foil of '{name}' is {electrode.foil_thickness} m thick; give more than 0",
        )
        check(len(electrode.particles) > 0, f"electrode '{name}' has no particles; give at least one")
        same = np.array_equal(electrode.particles.box[:-1], box[:-1])
        check(same, f"electrode '{name}' has another cross-section than the positive one; give both the same")
    check_names([name for item in electrodes for name in (item.region, item.foil)])
    if ends is None:
        ends = ("lithium", "foil_top") if negative is None else ("negative_terminal", "positive_terminal")
    dim = len(box)
    section = (box[:-1] / MICRO).tolist()
    with session("particle_cell") as gmsh:
        try:
            regions, height = build(gmsh, dim, section, separator, electrodes, negative is not None)
            if not allow_islands:
                refuse_islands(gmsh, dim, regions, electrodes)
            refuse_short_edges(gmsh, size.at_interface / MICRO)
            _name_regions(gmsh, dim, regions, electrodes)
            name_surfaces(gmsh, dim, [*section, height], ends, "sides")
            set_sizes(gmsh, dim, regions, size)
            gmsh.model.mesh.generate(dim)
            if dim == 3:
                gmsh.model.mesh.optimize("Netgen")
                gmsh.model.mesh.optimize("")
        except InputError:
            raise
        except Exception as error:  # gmsh raises bare Exception
            raise PackingError(f"gmsh could not mesh the packing ({error}); use another seed or mesh size") from error
        report = measure(gmsh, dim, target)
        if report.min_quality < min_quality:
            raise PackingError(
                f"the worst cell of the packing's mesh has quality {report.min_quality:.3f} < {min_quality};"
                " use another seed or a finer mesh at the interface"
            )
        write(gmsh, target)
    layers = {item.region: float(np.prod(item.particles.box)) for item in electrodes}
    return replace(
        report,
        porosity={name: 1.0 - report.volumes[name] / layer for name, layer in layers.items()},
        particles={item.region: len(item.particles) for item in electrodes},
    )


def check_names(names: Sequence[str]) -> None:
    """Raise InputError where electrodes and foils share a name, or take one of the electrolyte's."""
    every = [*names, ELECTROLYTE, SEPARATOR]
    twice = sorted({name for name in every if every.count(name) > 1})
    check(not twice, f"two regions of the cell share the name '{', '.join(twice)}'; give each its own")


def _name_regions(gmsh: Any, dim: int, regions: Regions, electrodes: Sequence[Electrode]) -> None:
    """Make the physical groups of the regions."""
    name_group(gmsh, dim, regions.separator, SEPARATOR)
    name_group(gmsh, dim, [tag for tags in regions.pores for tag in tags], ELECTROLYTE)
    for electrode, solid, foil in zip(electrodes, regions.active, regions.foils, strict=True):
        name_group(gmsh, dim, solid, electrode.region)
        name_group(gmsh, dim, foil, electrode.foil)
