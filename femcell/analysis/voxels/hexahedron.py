"""The voxel as a finite element: trilinear displacements on its eight corners, integrated exactly.

Displacements of a voxel are 24 numbers, component after component, of the corners in the order of their binary number:
corner 4 a + 2 b + c lies at the low (0) or high (1) end along x (a), y (b), z (c). Strains and stresses are in Voigt's
order, that of `physics.elasticity`, with shear strains doubled.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femcell.physics.elasticity import PAIRS

Floats = npt.NDArray[np.float64]

CORNERS = np.array(list(itertools.product((0, 1), repeat=3)))
_GAUSS = (0.5 - np.sqrt(1 / 12), 0.5 + np.sqrt(1 / 12))


@dataclass(frozen=True, eq=False)
class Hexahedron:
    """Tables of a voxel for some solids.

    Attributes:
        volume: of a voxel.
        matrices: int B^T C B dx of each solid, shape (solids, 24, 24).
        strain: int B dx, the strain integrated over the voxel, by its displacements, shape (6, 24).
        linear: displacements of the corners under each unit strain, without rotation, shape (6, 24).
    """

    volume: float
    matrices: Floats
    strain: Floats
    linear: Floats

    @classmethod
    def of(cls, stiffnesses: Floats, sides: Floats) -> "Hexahedron":
        """Integrate by two Gauss points along each side, which is exact.

        Args:
            stiffnesses: C of each solid, shape (solids, 6, 6).
            sides: of a voxel, shape (3,).
        """
        volume = float(np.prod(sides))
        weight = volume / 8
        points = [_strains(np.array(point), sides) for point in itertools.product(_GAUSS, repeat=3)]
        matrices = sum(weight * np.einsum("ka,mkl,lb->mab", B, stiffnesses, B) for B in points)
        linear = np.zeros((6, 3, 8))
        for row, (a, b) in enumerate(PAIRS):
            linear[row, a] += 0.5 * CORNERS[:, b] * sides[b]
            linear[row, b] += 0.5 * CORNERS[:, a] * sides[a]
        strain = sum(weight * B for B in points)
        return cls(volume, np.asarray(matrices), np.asarray(strain), linear.reshape(6, 24))


def _strains(at: Floats, sides: Floats) -> Floats:
    """B at a point of the unit cube: strains by the displacements of the corners, shape (6, 24)."""
    values = np.where(CORNERS == 1, at, 1 - at)
    signs = np.where(CORNERS == 1, 1.0, -1.0) / sides
    gradient = np.stack([np.delete(values, axis, axis=1).prod(axis=1) * signs[:, axis] for axis in range(3)])
    B = np.zeros((6, 3, 8))
    for row, (a, b) in enumerate(PAIRS):
        B[row, a] += gradient[b]
        if a != b:
            B[row, b] += gradient[a]
    return B.reshape(6, 24)
