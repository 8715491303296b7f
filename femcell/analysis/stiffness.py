"""Effective elastic stiffness of an image: div sigma = 0 on its voxels, for six mean strains or stresses.

Voxels are trilinear finite elements, so what is found under displacements or periodicity is an upper bound for the
image as its voxels have it, whatever their size; laminates along the grid are exact. Displacements on all faces bound
periodicity from above, tractions from below (C. Huet, J. Mech. Phys. Solids 38 (1990) 813).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from femcell.analysis.conduction import shared_threads
from femcell.errors import InputError
from femcell.images import Image
from femcell.images.memory import require_memory
from femcell.materials.mechanical import Anisotropic, Isotropic
from femcell.parallel import together
from femcell.physics.elasticity import PAIRS, turned

Floats = npt.NDArray[np.float64]

BYTES_PER_VOXEL = 110.0
"""At the peak of a solve, the image included."""
TOLERANCE = 1e-5

_INDEX = {pair: row for row, (a, b) in enumerate(PAIRS) for pair in ((a, b), (b, a))}


class Loading(Enum):
    """What is held at the faces of the box: see the top of this module; tractions only where no voxel is empty."""

    DISPLACEMENT = "displacement"
    PERIODIC = "periodic"
    TRACTION = "traction"


@dataclass(frozen=True, eq=False)
class Stiffness:
    """Effective stiffness of an image.

    Attributes:
        voigt: mean stress = voigt @ mean strain, Pa, shape (6, 6); order 11, 22, 33, 23, 13, 12, shear strains doubled.
        error: largest share of a load that is left unbalanced.
        iterations: of conjugate gradients, all loads together.
    """

    voigt: Floats
    error: float
    iterations: int

    @property
    def tensor(self) -> Floats:
        """C_ijkl, Pa, shape (3, 3, 3, 3)."""
        place = np.array([[_INDEX[i, j] for j in range(3)] for i in range(3)])
        return self.voigt[place[:, :, None, None], place]

    @property
    def bulk(self) -> float:
        """K of the nearest isotropic stiffness (Voigt's average over all orientations), Pa: C_iijj / 9."""
        return float(self.voigt[:3, :3].sum() / 9)

    @property
    def shear(self) -> float:
        """G of the nearest isotropic stiffness, Pa: (C_ijij - 3 K) / 10."""
        return float((np.einsum("ijij", self.tensor) - 3 * self.bulk) / 10)


def effective_stiffness(
    image: Image,
    solids: Mapping[str, Isotropic | Anisotropic],
    loading: Loading = Loading.PERIODIC,
    tolerance: float = TOLERANCE,
    threads: int | None = None,
    comm: MPI.Comm = MPI.COMM_WORLD,
) -> Stiffness:
    """Solve for the effective stiffness; collective.

    Args:
        image: on every rank; each solves on a slab of it.
        solids: stiffness of each phase, by numbers; phases that are not named have none.
        loading: what is held at the faces of the box.
        tolerance: largest error.
        threads: of each rank; by default its share of the cores.
        comm: ranks that share the work.

    Raises:
        InputError: an unknown phase, a stiffness that depends on the concentration, no solid at all, tractions on an
            image that has a phase without stiffness, no threads, or an image too large for the memory.
        SolveError: the forces could not be balanced.
    """
    from femcell.analysis.voxels.elastic import Body

    with shared_threads(threads, comm) as (ranks, pool, count):
        with together(comm):
            for name in solids:
                image.label(name)
            names = [name for name in solids if image.fractions[name] > 0]
            if not names:
                raise InputError("Effective stiffness: the image has no voxel of a phase with a stiffness.")
            stiffnesses = np.array([stiffness_matrix(name, solids[name]) for name in names])
            empty = [name for name, share in image.fractions.items() if share > 0 and name not in names]
            if loading is Loading.TRACTION and empty:
                raise InputError(
                    f"Effective stiffness: phase '{empty[0]}' has no stiffness, and no traction can act on it; take "
                    "displacements or periodicity."
                )
            need = BYTES_PER_VOXEL + (ranks - 1) * image.labels.dtype.itemsize
            require_memory(image.shape, need, "elasticity on the image")
        unit = float(stiffnesses.max())
        order = [names.index(name) if name in names else len(names) for name in image.phases]
        numbers = np.array(order, dtype=np.min_scalar_type(len(names)))
        periodic, held = loading is Loading.PERIODIC, loading is Loading.DISPLACEMENT
        body = Body.of(image, numbers, stiffnesses / unit, periodic, held, comm, pool, count)
        shares = np.array([image.fractions[name] for name in names])
        upper = np.einsum("m,mij->ij", shares, stiffnesses / unit)
        lower = np.einsum("m,mij->ij", shares, np.linalg.inv(stiffnesses / unit))
        scales = np.diag(lower if loading is Loading.TRACTION else upper)
        found = [body.under(mean, float(scale), tolerance) for mean, scale in enumerate(scales)]
    if loading is Loading.TRACTION:
        matrix = np.linalg.inv(np.column_stack([f.strain for f in found]))
    else:
        matrix = np.column_stack([f.stress for f in found])
    return Stiffness(unit * matrix, max(f.error for f in found), sum(f.iterations for f in found))


def stiffness_matrix(name: str, solid: Isotropic | Anisotropic) -> Floats:
    """Stiffness in the axes of the image, Pa, shape (6, 6).

    Raises:
        InputError: it depends on the concentration.
    """
    try:
        C = [[float(entry) for entry in row] for row in solid.voigt(np.nan)]
    except (TypeError, ValueError):
        C = [[np.nan]]
    if not np.isfinite(C).all():
        raise InputError(f"Effective stiffness: that of '{name}' depends on the concentration; give numbers.")
    return np.array(turned(C, np.asarray(solid.orientation).T))
