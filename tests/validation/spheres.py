"""A sphere on a line of radii, and what a body made of it shows at its nodes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mpi4py import MPI

import femcell as fc
from femcell.geometry import Geometry
from femcell.geometry.raw import RawMesh
from femcell.materials.mechanical import Isotropic, Mechanical, PartialMolarVolume

ZHANG = "Zhang, Shyy and Sastry, J. Electrochem. Soc. 154 (2007) A910"
R = 5e-6
E, NU, OMEGA, D, T = 10e9, 0.3, 3.497e-6, 7.08e-15, 300.0


def shells(layers: Mapping[str, tuple[float, int]]) -> Geometry:
    """Layers from the centre out, name -> (outer radius in m, cells); the outermost surface is `surface`."""
    ends = [0.0, *[end for end, _ in layers.values()]]
    counts = [n for _, n in layers.values()]
    pieces = [np.linspace(a, b, n + 1)[1:] for a, b, n in zip(ends, ends[1:], counts, strict=False)]
    x = np.concatenate([[0.0], *pieces])
    cells = np.column_stack([np.arange(len(x) - 1), np.arange(1, len(x))])
    tags = np.repeat(np.arange(1, len(layers) + 1), counts)
    regions = {name: i for i, name in enumerate(layers, 1)}
    facet = np.array([[len(x) - 1]])
    raw = RawMesh(x[:, None], cells, tags, facet, np.array([1]), regions, {"surface": 1})
    return Geometry.from_root(MPI.COMM_WORLD, raw if MPI.COMM_WORLD.rank == 0 else None, "sphere")


def host(diffusivity: Any = D, youngs_modulus: float = E) -> fc.Host:
    """The particle of Zhang 2007."""
    elastic = Isotropic(youngs_modulus=youngs_modulus, poissons_ratio=NU)
    solid = Mechanical(stiffness=elastic, expansion=PartialMolarVolume(omega=OMEGA), source=ZHANG)
    return fc.Host(mechanical=solid, diffusivity=diffusivity)


def values(body: fc.StressedBody, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Sorted coordinates (first axis) and values of an export on all ranks."""
    export = next(e for e in body.system.exports if e.name == name)
    export.refresh()
    V = export.function.function_space
    owned = V.dofmap.index_map.size_local
    comm = V.mesh.comm
    x = np.concatenate(comm.allgather(V.tabulate_dof_coordinates()[:owned, 0]))
    y = np.concatenate(comm.allgather(export.function.x.array[:owned]))
    order = np.argsort(x)
    return x[order], y[order]


def rest(body: fc.StressedBody, seconds: Sequence[float], tolerance: float = 1e-5) -> fc.Result:
    """Left to itself for one time after the other."""
    steps = [f"Rest for {s!r} seconds" for s in seconds]
    return fc.simulate(body, steps, time=fc.TimeSettings(tolerance=tolerance, max_order=5), progress=False)
