"""Loops over voxels that are elastic, compiled by Numba; as `kernels`, but the grid is that of the corners of voxels.

Voxel (i, j, k) lies between the padded nodes i and i + 1, j and j + 1, k and k + 1. Displacements have the component as
first axis. `solid[i, j, k]` is the number of a voxel's solid, `len(matrices)` where there is none.
"""

from typing import Any

import numpy as np

from femcell.analysis.voxels.kernels import compiled


@compiled
def forces(first: int, last: int, matrices: Any, solid: Any, shift: Any, pull: Any, u: Any, out: Any) -> None:
    """Put the sum over the voxels around each node of pull + matrix (shift + u) into out; nodes first to last - 1.

    `shift` and `pull` are the same for all voxels, shape (24,): displacements of the mean strain, forces of a stress.
    """
    ny, nz = u.shape[2] - 2, u.shape[3] - 2
    void = len(matrices)
    v, f = np.empty(24, dtype=u.dtype), np.empty(24, dtype=u.dtype)
    for c in range(3):
        out[c, first:last] = 0
    for i in range(first - 1, last):
        for j in range(ny + 1):
            for k in range(nz + 1):
                m = solid[i, j, k]
                if m == void:
                    continue
                for c in range(3):
                    for a in range(2):
                        for b in range(2):
                            v[8 * c + 4 * a + 2 * b] = u[c, i + a, j + b, k]
                            v[8 * c + 4 * a + 2 * b + 1] = u[c, i + a, j + b, k + 1]
                for a in range(24):
                    v[a] += shift[a]
                    f[a] = pull[a]
                for b in range(24):
                    x = v[b]
                    for a in range(24):
                        f[a] += matrices[m, b, a] * x
                for c in range(3):
                    for a in range(2):
                        if first <= i + a < last:
                            for b in range(2):
                                out[c, i + a, j + b, k] += f[8 * c + 4 * a + 2 * b]
                                out[c, i + a, j + b, k + 1] += f[8 * c + 4 * a + 2 * b + 1]


@compiled
def averaged(
    first: int,
    last: int,
    lowest: Any,
    matrices: Any,
    solid: Any,
    shift: Any,
    strain: Any,
    linear: Any,
    u: Any,
    sums: Any,
) -> None:
    """Put what the voxels of each plane hold of stress (0 to 5) and strain (6 to 11) into sums, shape (planes, 12).

    `lowest` are the first voxels that count along x, y, z: 1 where the grid is periodic or goes on below, else 0.
    """
    lx, ly, lz = lowest
    ny, nz = u.shape[2] - 2, u.shape[3] - 2
    void = len(matrices)
    v, f = np.empty(24), np.empty(24)
    sums[first - 1 : last - 1] = 0
    for i in range(lx if first == 1 else first, last):
        for j in range(ly, ny + 1):
            for k in range(lz, nz + 1):
                m = solid[i, j, k]
                if m == void:
                    continue
                for c in range(3):
                    for a in range(8):
                        v[8 * c + a] = u[c, i + a // 4, j + a // 2 % 2, k + a % 2] + shift[8 * c + a]
                for a in range(24):
                    f[a] = 0
                    for b in range(24):
                        f[a] += matrices[m, a, b] * v[b]
                for row in range(6):
                    for a in range(24):
                        sums[max(i, 1) - 1, row] += linear[row, a] * f[a]
                        sums[max(i, 1) - 1, 6 + row] += strain[row, a] * v[a]
