"""Loops over voxels, compiled by Numba; each works on the planes `first` to `last - 1` and holds no lock of Python.

All arrays are padded by one voxel on each side, so voxel (i, j, k) of the image is entry (i + 1, j + 1, k + 1).
`kx[i, j, k]` is the conductance between entries i and i + 1 along x; `ky` and `kz` likewise. What lies outside of
an interior loop (ghosts) is set by `Slab.exchange`, and is zero where a potential is fixed.

Vectors of multigrid and conjugate gradients are in single precision, and so are the conductances (they are rounded to
6e-8); the solution and its residual, which decide what is accurate, are in double precision. Sums are kept plane by
plane, so that they are added up in the same order on any number of threads and ranks.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from femcell.extras import optional

numba = optional("numba", "Solving on voxels")
compiled: Callable[[Callable[..., None]], Callable[..., None]] = numba.njit(
    cache=True, nogil=True, fastmath=True, error_model="numpy"
)
_ZERO, _ONE = np.float32(0), np.float32(1)


@compiled
def conductances(first: int, last: int, table: Any, material: Any, kx: Any, ky: Any, kz: Any) -> None:
    """Look the conductance of each face up by the materials on its sides: `table[axis, low side, high side]`."""
    ny, nz = material.shape[1] - 2, material.shape[2] - 2
    # The first plane of a slab also owns the faces below it.
    for i in range(first - 1 if first == 1 else first, last):
        for j in range(ny + 1):
            for k in range(nz + 1):
                m = material[i, j, k]
                if j > 0 and k > 0:
                    kx[i, j, k] = table[0, m, material[i + 1, j, k]]
                if i > 0 and k > 0:
                    ky[i, j, k] = table[1, m, material[i, j + 1, k]]
                if i > 0 and j > 0:
                    kz[i, j, k] = table[2, m, material[i, j, k + 1]]


@compiled
def inverse_diagonal(first: int, last: int, kx: Any, ky: Any, kz: Any, out: Any) -> None:
    """One over the sum of the conductances of a voxel's faces; 0 where nothing conducts."""
    for i in range(first, last):
        for j in range(1, out.shape[1] - 1):
            for k in range(1, out.shape[2] - 1):
                d = kx[i - 1, j, k] + kx[i, j, k] + ky[i, j - 1, k] + ky[i, j, k] + kz[i, j, k - 1] + kz[i, j, k]
                out[i, j, k] = _ONE / d if d > _ZERO else _ZERO


@compiled
def scaled(first: int, last: int, factor: Any, inverse: Any, b: Any, out: Any) -> None:
    """Put factor D^-1 b into out: the first step of a smoother that starts from nothing."""
    for i in range(first, last):
        for j in range(1, out.shape[1] - 1):
            d, rhs, o = inverse[i, j], b[i, j], out[i, j]
            for k in range(1, out.shape[2] - 1):
                o[k] = factor * d[k] * rhs[k]


@compiled
def smoothed(
    first: int, last: int, s: Any, a: Any, w: Any, kx: Any, ky: Any, kz: Any, inverse: Any, b: Any, x: Any, out: Any
) -> None:
    """Put s x - a out + w D^-1 (b - A x) into out: one step of a Chebyshev smoother, `out` holding the step before."""
    for i in range(first, last):
        for j in range(1, x.shape[1] - 1):
            xm, xp, ym, yp, z = kx[i - 1, j], kx[i, j], ky[i, j - 1], ky[i, j], kz[i, j]
            c, west, east, south, north = x[i, j], x[i - 1, j], x[i + 1, j], x[i, j - 1], x[i, j + 1]
            d, rhs, o = inverse[i, j], b[i, j], out[i, j]
            for k in range(1, x.shape[2] - 1):
                u = c[k]
                flow = xm[k] * (u - west[k]) + xp[k] * (u - east[k]) + ym[k] * (u - south[k]) + yp[k] * (u - north[k])
                flow += z[k - 1] * (u - c[k - 1]) + z[k] * (u - c[k + 1])
                o[k] = s * u - a * o[k] + w * d[k] * (rhs[k] - flow)


@compiled
def restricted(first: int, last: int, ratio: Any, kx: Any, ky: Any, kz: Any, b: Any, x: Any, out: Any) -> None:
    """Residual b - A x summed over the `ratio` voxels of each coarse one; first and last count coarse planes."""
    fx, fy, fz = ratio
    nx, ny, nz = x.shape[0] - 2, x.shape[1] - 2, x.shape[2] - 2
    row = np.empty(nz + 2, dtype=np.float32)
    for i in range(first, last):
        for j in range(1, out.shape[1] - 1):
            row[:] = _ZERO
            for fi in range(fx * (i - 1) + 1, min(fx * i, nx) + 1):
                for fj in range(fy * (j - 1) + 1, min(fy * j, ny) + 1):
                    xm, xp, ym, yp = kx[fi - 1, fj], kx[fi, fj], ky[fi, fj - 1], ky[fi, fj]
                    c, west, east, south, north = x[fi, fj], x[fi - 1, fj], x[fi + 1, fj], x[fi, fj - 1], x[fi, fj + 1]
                    z, rhs = kz[fi, fj], b[fi, fj]
                    for k in range(1, nz + 1):
                        u = c[k]
                        flow = xm[k] * (u - west[k]) + xp[k] * (u - east[k])
                        flow += ym[k] * (u - south[k]) + yp[k] * (u - north[k])
                        flow += z[k - 1] * (u - c[k - 1]) + z[k] * (u - c[k + 1])
                        row[k] += rhs[k] - flow
            o = out[i, j]
            for k in range(1, out.shape[2] - 1):
                o[k] = row[fz * (k - 1) + 1] + (row[fz * k] if fz == 2 and fz * k <= nz else _ZERO)


@compiled
def prolonged(first: int, last: int, ratio: Any, coarse: Any, x: Any) -> None:
    """Add to each voxel what its coarse voxel was corrected by."""
    fx, fy, fz = ratio
    for i in range(first, last):
        for j in range(1, x.shape[1] - 1):
            c, o = coarse[(i - 1) // fx + 1, (j - 1) // fy + 1], x[i, j]
            for k in range(1, x.shape[2] - 1):
                o[k] += c[(k - 1) // fz + 1]


@compiled
def gathered(first: int, last: int, axis: int, ratio: Any, factor: Any, fine: Any, coarse: Any) -> None:
    """Conductance of a coarse face: those of its fine faces added up, times `factor`; coarse planes.

    The first plane of a slab also fills the faces below it.
    """
    nx, ny, nz = fine.shape[0] - 2, fine.shape[1] - 2, fine.shape[2] - 2
    for i in range(first - 1 if first == 1 and axis == 0 else first, last):
        for j in range(0 if axis == 1 else 1, coarse.shape[1] - 1):
            for k in range(0 if axis == 2 else 1, coarse.shape[2] - 1):
                total = _ZERO
                # Across the face there is one layer of fine faces, the last of the coarse voxel; along it all.
                for fi in range(
                    min(ratio[0] * i, nx) if axis == 0 else ratio[0] * (i - 1) + 1, min(ratio[0] * i, nx) + 1
                ):
                    for fj in range(
                        min(ratio[1] * j, ny) if axis == 1 else ratio[1] * (j - 1) + 1, min(ratio[1] * j, ny) + 1
                    ):
                        for fk in range(
                            min(ratio[2] * k, nz) if axis == 2 else ratio[2] * (k - 1) + 1, min(ratio[2] * k, nz) + 1
                        ):
                            total += fine[fi, fj, fk]
                coarse[i, j, k] = factor * total


@compiled
def applied(first: int, last: int, kx: Any, ky: Any, kz: Any, x: Any, out: Any, sums: Any) -> None:
    """Put A x into out, and x . A x of each plane into sums."""
    for i in range(first, last):
        total = 0.0
        for j in range(1, x.shape[1] - 1):
            xm, xp, ym, yp, z = kx[i - 1, j], kx[i, j], ky[i, j - 1], ky[i, j], kz[i, j]
            c, west, east, south, north, o = x[i, j], x[i - 1, j], x[i + 1, j], x[i, j - 1], x[i, j + 1], out[i, j]
            for k in range(1, x.shape[2] - 1):
                u = c[k]
                flow = xm[k] * (u - west[k]) + xp[k] * (u - east[k]) + ym[k] * (u - south[k]) + yp[k] * (u - north[k])
                flow += z[k - 1] * (u - c[k - 1]) + z[k] * (u - c[k + 1])
                o[k] = flow
                total += np.float64(u * flow)
        sums[i - 1] = total


@compiled
def dotted(first: int, last: int, x: Any, y: Any, sums: Any) -> None:
    """Put x . y of each plane into sums."""
    for i in range(first, last):
        total = 0.0
        for j in range(1, x.shape[1] - 1):
            p, q = x[i, j], y[i, j]
            for k in range(1, x.shape[2] - 1):
                total += np.float64(p[k] * q[k])
        sums[i - 1] = total


@compiled
def stepped(first: int, last: int, step: float, p: Any, q: Any, u: Any, r: Any, sums: Any) -> None:
    """Go on: u += step p, r -= step q; the sum of |r| of each plane into sums."""
    single = np.float32(step)
    for i in range(first, last):
        total = 0.0
        for j in range(1, u.shape[1] - 1):
            pp, qq, uu, rr = p[i, j], q[i, j], u[i, j], r[i, j]
            for k in range(1, u.shape[2] - 1):
                uu[k] += step * pp[k]
                rest = rr[k] - single * qq[k]
                rr[k] = rest
                total += np.float64(abs(rest))
        sums[i - 1] = total


@compiled
def directed(first: int, last: int, beta: Any, z: Any, p: Any) -> None:
    """The next direction: p = z + beta p."""
    for i in range(first, last):
        for j in range(1, p.shape[1] - 1):
            zz, pp = z[i, j], p[i, j]
            for k in range(1, p.shape[2] - 1):
                pp[k] = zz[k] + beta * pp[k]


@compiled
def balanced(
    first: int, last: int, box: Any, drop: Any, half: Any, kx: Any, ky: Any, kz: Any, u: Any, r: Any, sums: Any
) -> None:
    """Net flow into each voxel, r, from double precision; and of each plane |r|, the flow along x, y, z and the energy.

    The potential gains `drop[axis]` from a voxel to the next on top of the difference of u; where `half[axis]` is 1 the
    box ends in faces that lie half a voxel away, and count half. `box` is the planes below this slab and those of the
    whole grid; `sums` has shape (planes, 5). A face counts for the voxel below it, one at the low end for that above.
    """
    below, nx = box
    ny, nz = u.shape[1] - 2, u.shape[2] - 2
    dx, dy, dz = drop
    hx, hy, hz = half
    for i in range(first, last):
        rest = flow_x = flow_y = flow_z = energy = 0.0
        bottom, top = hx * (below + i == 1), hx * (below + i == nx)
        for j in range(1, ny + 1):
            south, north = hy * (j == 1), hy * (j == ny)
            xm, xp, ym, yp, z = kx[i - 1, j], kx[i, j], ky[i, j - 1], ky[i, j], kz[i, j]
            c, um, up, vm, vp, o = u[i, j], u[i - 1, j], u[i + 1, j], u[i, j - 1], u[i, j + 1], r[i, j]
            for k in range(1, nz + 1):
                low, high = hz * (k == 1), hz * (k == nz)
                gxm, gxp = c[k] - um[k] + (1.0 - 0.5 * bottom) * dx, up[k] - c[k] + (1.0 - 0.5 * top) * dx
                gym, gyp = c[k] - vm[k] + (1.0 - 0.5 * south) * dy, vp[k] - c[k] + (1.0 - 0.5 * north) * dy
                gzm, gzp = c[k] - c[k - 1] + (1.0 - 0.5 * low) * dz, c[k + 1] - c[k] + (1.0 - 0.5 * high) * dz
                qxm, qxp = xm[k] * gxm, xp[k] * gxp
                qym, qyp = ym[k] * gym, yp[k] * gyp
                qzm, qzp = z[k - 1] * gzm, z[k] * gzp
                inflow = qxp - qxm + qyp - qym + qzp - qzm
                o[k] = inflow
                rest += abs(inflow)
                flow_x += (1.0 - 0.5 * top) * qxp + 0.5 * bottom * qxm
                flow_y += (1.0 - 0.5 * north) * qyp + 0.5 * south * qym
                flow_z += (1.0 - 0.5 * high) * qzp + 0.5 * low * qzm
                energy += qxp * gxp + qyp * gyp + qzp * gzp + bottom * qxm * gxm + south * qym * gym + low * qzm * gzm
        sums[i - 1, 0] = rest
        sums[i - 1, 1] = flow_x
        sums[i - 1, 2] = flow_y
        sums[i - 1, 3] = flow_z
        sums[i - 1, 4] = energy
