"""Displacements as three-dimensional deformation, whatever the dimension of the mesh."""

from enum import Enum
from typing import Any

import numpy as np
import ufl


class Symmetry(Enum):
    """What a mesh of fewer than three dimensions leaves out."""

    NONE = "none"
    """Nothing is strained across the mesh: the whole in 3D, plane strain in 2D, a laterally clamped slab in 1D."""

    PLANE_STRESS = "plane stress"
    """No stress acts across the plane: a thin sheet in 2D."""

    AXIAL = "axial"
    """Rotation about the second axis of a 2D mesh: coordinates (r, z), r >= 0."""

    SPHERICAL = "spherical"
    """Rotation about the origin of a 1D mesh: the coordinate is r >= 0."""

    @property
    def dim(self) -> int | None:
        """The dimension that the mesh must have; None for any."""
        return {Symmetry.NONE: None, Symmetry.SPHERICAL: 1}.get(self, 2)


def displacement_gradient(u: Any, x: Any, symmetry: Symmetry) -> Any:
    """H = du_i/dX_j in Cartesian, cylindrical (r, z, theta) or spherical axes, shape (3, 3).

    Args:
        u: displacement, m, shape (dim,).
        x: coordinates, m, shape (dim,).
        symmetry: what the mesh leaves out.
    """
    dim = len(u)
    G = ufl.grad(u)
    rows = [[G[i, j] if i < dim and j < dim else 0.0 for j in range(3)] for i in range(3)]
    if symmetry is Symmetry.AXIAL:
        rows[2][2] = u[0] / x[0]
    if symmetry is Symmetry.SPHERICAL:
        rows[1][1] = rows[2][2] = u[0] / x[0]
    return ufl.as_matrix(rows)


def weight(x: Any, symmetry: Symmetry) -> Any:
    """What integrals over the mesh are multiplied with: 2 pi r, 4 pi r^2, or 1."""
    if symmetry is Symmetry.AXIAL:
        return 2 * np.pi * x[0]
    if symmetry is Symmetry.SPHERICAL:
        return 4 * np.pi * x[0] ** 2
    return 1.0


def extents(size: float, dim: int, symmetry: Symmetry) -> tuple[float, float]:
    """Volume and cross-section that integrals over a mesh of that size amount to."""
    if symmetry is Symmetry.SPHERICAL:
        return 4 / 3 * np.pi * size**3, 4 * np.pi * size**2
    if symmetry is Symmetry.AXIAL:
        return np.pi * size**3, np.pi * size**2
    return size**dim, size ** (dim - 1)


def rigid_motions(x: np.ndarray, symmetry: Symmetry) -> list[np.ndarray]:
    """Displacements without strain at points x of shape (n, dim), each of shape (n, dim)."""
    n, dim = x.shape
    if symmetry is Symmetry.SPHERICAL:
        return []
    axes = (1,) if symmetry is Symmetry.AXIAL else range(dim)
    motions = [np.tile(np.eye(dim)[i], (n, 1)) for i in axes]
    if symmetry is Symmetry.AXIAL:
        return motions
    for i in range(dim):
        for j in range(i):
            turn = np.zeros((n, dim))
            turn[:, j], turn[:, i] = -x[:, i], x[:, j]
            motions.append(turn)
    return motions
