"""Planar cells for the validation tests: the built-in stack generator, read back as any mesh is."""

from collections.abc import Sequence
from pathlib import Path

from mpi4py import MPI

import femcell as fc
from femcell.geometry.generators import Layer, planar_stack
from femcell.parallel import on_root

SQUARE_METRE = 1.0
"""What every planar cell stands for, m2: its currents in A are densities in A/m2."""


def planar_geometry(
    folder: Path,
    layers: Sequence[Layer],
    dim: int,
    *,
    ends: tuple[str, str] = ("lithium", "foil_top"),
    lateral_cells: int = 1,
    width: float | None = None,
) -> fc.Geometry:
    """The stack, written by rank 0 into its own temporary folder and read on all ranks."""
    comm = MPI.COMM_WORLD
    path = folder / "stack.msh"

    def build() -> str:
        planar_stack(path, layers=layers, dim=dim, lateral_cells=lateral_cells, width=width, ends=ends)
        return str(path)

    return fc.read_msh(on_root(comm, build), unit="um")


def cross_section(geometry: fc.Geometry) -> float:
    """What makes a planar cell of any dimension one square metre, in the unit that `ResolvedCell` wants."""
    face = geometry.summary.areas["foil_top"]
    return SQUARE_METRE / face if geometry.summary.dim < 3 else 1.0


def amperes(geometry: fc.Geometry, density: float) -> float:
    """Current in A at a density in A/m2, for a cell with that cross section."""
    return density * (SQUARE_METRE if geometry.summary.dim < 3 else geometry.summary.areas["foil_top"])
