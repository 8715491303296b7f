"""Numbers of a microstructure: interfaces, sizes, correlation, paths, averages."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import SphericalVoronoi

from femcell.analysis.conduction import percolating
from femcell.errors import InputError
from femcell.extras import optional
from femcell.images import Image
from femcell.images.memory import require_memory

Floats = npt.NDArray[np.float64]

SIZES_BYTES, PATHS_BYTES = 60.0, 110.0
"""Per voxel at the peak of `size_distribution` and of `geometric_tortuosity`: measured at 120 voxels a side."""


def specific_areas(image: Image, periodic: bool = False) -> Mapping[tuple[str, str], float]:
    """Area of each interface per volume of the image, 1/m, by Crofton's formula; keys are pairs in the image's order.

    S / V = 2 <crossings per length of line>, averaged over the 13 directions to the neighbours of a voxel, each
    weighted with its Voronoi cell on the sphere (J. Ohser, F. Muecklich, Statistical Analysis of Microstructures in
    Materials Science, Wiley 2000, ch. 5). Unlike the area of voxel faces, which is too large by a half for a sphere at
    any resolution, this estimates the surface that the voxels stand for: to 1 or 2 % where it has all directions, while
    a plane along a grid of cubes comes out 7.3 % too small.
    Pairs at the faces of the box stand for the half voxels that no pair lies in: right in the mean for a cut of a
    larger medium, and for a body that touches no face.

    Args:
        image: segmented image.
        periodic: it repeats in all directions, and pairs across its faces count too.
    """
    names = list(image.phases)
    codes = image.numbered()
    count = len(names)
    found = np.zeros(count * count)
    for step, weight in _directions(image.voxel):
        if periodic:
            first, second = codes, np.roll(codes, [-s for s in step], (0, 1, 2))
        else:
            first, second = (
                codes[tuple(slice(max(0, -s), min(n, n - s)) for s, n in zip(way, image.shape, strict=True))]
                for way in (step, [-s for s in step])
            )
        at = np.nonzero(first != second)
        kinds = first[at].astype(np.intp) * count + second[at]
        stands_for = None if periodic else _shares(step, first.shape, at)
        pairs = np.bincount(kinds, stands_for, minlength=count * count)
        length = float(np.linalg.norm(np.multiply(step, image.voxel)))
        found += 2 * weight * pairs / (codes.size * length)
    table = found.reshape(count, count)
    table = table + table.T
    return {(names[i], names[j]): float(table[i, j]) for i, j in itertools.combinations(range(count), 2)}


def surface_per_volume(image: Image, phase: str, periodic: bool = False) -> float:
    """Area of all interfaces of a phase per volume of the image, 1/m; as `specific_areas`."""
    image.label(phase)
    return sum(area for pair, area in specific_areas(image, periodic).items() if phase in pair)


def sauter_radius(image: Image, phase: str) -> float:
    """Radius of the sphere with the phase's ratio of volume to surface, 3 V / S, m; infinite without a surface."""
    surface = surface_per_volume(image, phase)
    return 3 * image.fractions[phase] / surface if surface else np.inf


def size_distribution(image: Image, phase: str, radii: Sequence[float]) -> Floats:
    """Share of a phase that spheres of each radius cover when they fit into it wholly, shape (radii,).

    Granulometry by openings: of a packing of spheres, 1 - share is the distribution of their radii by volume.

    Args:
        image: segmented image; what lies beyond its faces counts as more of the same.
        phase: whose sizes.
        radii: m.

    Raises:
        InputError: no such phase, it has no voxel, or the image is too large for the memory.
    """
    require_memory(image.shape, SIZES_BYTES, "measuring sizes in an image")
    mask = _present(image, phase)
    inside = ndimage.distance_transform_edt(mask, sampling=image.voxel)
    half = min(image.voxel) / 2
    shares = []
    for radius in radii:
        centres = inside >= radius
        if not centres.any():
            shares.append(0.0)
            continue
        # Of the voxels at its rim a sphere covers those whose middle lies up to half a voxel beyond it.
        covered = ndimage.distance_transform_edt(~centres, sampling=image.voxel) <= radius + half
        shares.append(np.count_nonzero(covered & mask) / np.count_nonzero(mask))
    return np.array(shares)


@dataclass(frozen=True, eq=False)
class Correlation:
    """Two-point correlation of a phase along one axis.

    Attributes:
        distance: m, shape (n,).
        probability: that both ends of a segment of that length lie in the phase, S_2, shape (n,).
        fraction: of the phase.
    """

    distance: Floats
    probability: Floats
    fraction: float

    @property
    def length(self) -> float:
        """Correlation length, m: integral of (S_2 - f^2) / (f - f^2) up to its first zero; 0 if uniform."""
        f = self.fraction
        if f in (0.0, 1.0):
            return 0.0
        rho = (self.probability - f**2) / (f - f**2)
        end = int(np.argmax(rho <= 0)) if (rho <= 0).any() else len(rho)
        return float(np.trapezoid(rho[:end], self.distance[:end]))


def two_point(image: Image, phase: str, axis: int) -> Correlation:
    """Two-point correlation along an axis, up to half the box; all pairs of voxels inside it count.

    Source: S. Torquato, Random Heterogeneous Materials, Springer 2002, ch. 2.

    Raises:
        InputError: no such phase or axis.
    """
    if axis not in (0, 1, 2):
        raise InputError(f"The axis is 0, 1 or 2 for x, y or z, not {axis}.")
    lines = np.moveaxis(image.mask(phase), axis, -1)
    n = lines.shape[-1]
    most = n // 2 + 1
    pairs = np.zeros(most)
    for plane in lines:  # a plane at a time: the transforms are sixteen times as large as the mask
        waves = np.abs(np.fft.rfft(plane, 2 * n, axis=-1)) ** 2
        pairs += np.fft.irfft(waves.sum(axis=0), 2 * n)[:most]
    shift = np.arange(most)
    probability = pairs / ((n - shift) * (lines.size // n))
    return Correlation(shift * image.voxel[axis], probability, image.fractions[phase])


def geometric_tortuosity(image: Image, phases: str | Sequence[str], axis: int) -> float:
    """Mean length of the shortest paths through some phases from one end to each voxel of the other, over the distance.

    Paths go from voxel to voxel over faces, edges and corners; in open space such a path is longer than the straight
    one by up to 13 % in the worst direction and not at all along an axis.

    Raises:
        InputError: unknown phases, or phases that do not percolate; scikit-image is missing; the image is too large
            for the memory.
    """
    require_memory(image.shape, PATHS_BYTES, "finding paths through an image")
    graph = optional("skimage.graph", "Finding paths through an image")
    names = (phases,) if isinstance(phases, str) else tuple(phases)
    open_voxels = np.moveaxis(percolating(image, axis, *names), axis, 0)
    sides = [image.voxel[axis], *(side for other, side in enumerate(image.voxel) if other != axis)]
    finder = graph.MCP_Geometric(np.where(open_voxels, 1.0, -1.0), sampling=tuple(sides))
    starts = [(0, int(j), int(k)) for j, k in zip(*np.nonzero(open_voxels[0]), strict=True)]
    lengths, _ = finder.find_costs(starts)
    arrived = lengths[-1][open_voxels[-1]]
    return float(arrived[np.isfinite(arrived)].mean() / ((open_voxels.shape[0] - 1) * sides[0]))


def superficial_average(image: Image, field: npt.NDArray[Any], phase: str) -> Any:
    """Integral of a field over a phase per volume of the image: (1 / V) int_phase field dx.

    Args:
        image: of V = nx ny nz voxels.
        field: at each voxel, shape (nx, ny, nz, ...).
        phase: to integrate over.

    Raises:
        InputError: a field of another shape, or no such phase.
    """
    if field.shape[:3] != image.shape:
        raise InputError(f"The field has shape {field.shape}, the image {image.shape}: give a value at each voxel.")
    return field[image.mask(phase)].sum(axis=0) / image.labels.size


def intrinsic_average(image: Image, field: npt.NDArray[Any], phase: str) -> Any:
    """Mean of a field over a phase: the superficial average over the phase's fraction; arguments as there.

    Raises:
        InputError: as there, or a phase without voxels.
    """
    _present(image, phase)
    return superficial_average(image, field, phase) / image.fractions[phase]


def _present(image: Image, phase: str) -> npt.NDArray[np.bool_]:
    mask = image.mask(phase)
    if not mask.any():
        raise InputError(f"The image has no voxel of '{phase}'.")
    return mask


def _shares(step: Sequence[int], shape: Sequence[int], at: Sequence[npt.NDArray[np.intp]]) -> Floats:
    """How many pairs of the image each pair inside stands for, all together as many as there are voxels.

    One that a step further would leave the image also stands for the half voxel between it and the face.

    Args:
        step: from the first voxel of a pair to the second.
        shape: pairs along each axis.
        at: places of the pairs.
    """
    shares = np.ones(len(at[0]))
    for s, n, place in zip(step, shape, at, strict=True):
        if s:
            shares *= 1 + 0.5 * (place == 0) + 0.5 * (place == n - 1)
    return shares


def _directions(voxel: Sequence[float]) -> list[tuple[tuple[int, int, int], float]]:
    """Steps to 13 of the 26 neighbours of a voxel, and the share of the sphere that each line stands for."""
    around = (-1, 0, 1)
    steps = [(i, j, k) for i in around for j in around for k in around if (i, j, k) != (0, 0, 0)]
    rays = np.array(steps) * np.array(voxel)
    rays /= np.linalg.norm(rays, axis=1)[:, None]
    cells = SphericalVoronoi(rays)
    cells.sort_vertices_of_regions()
    shares = cells.calculate_areas() / (4 * np.pi)
    return [(step, 2 * float(share)) for step, share in zip(steps, shares, strict=True) if step > (0, 0, 0)]
