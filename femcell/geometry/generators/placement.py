"""Packings with exact necks: serial deposition, thinning to the target porosity, trimming of the radii.

Particles are laid down one after the other, each at the bonded distance from up to `dim` others (or the foil)
and, of all such places that are free, at the one nearest to the foil: serial deposition after W. M. Visscher
and M. Bolsterli, Nature 239 (1972) 504, and C. H. Bennett, J. Appl. Phys. 43 (1972) 2727, with a bonded
distance

    D_ij = r_i + r_j - overlap * min(r_i, r_j)

in place of tangency. As every particle is bonded to an earlier one or to the foil, the active phase is one
connected set by construction. Pairs that are neither bonded nor clearly apart are refused, and so are
particles, necks and walls that nearly touch: they would make slivers in the mesh. In two dimensions a disc
that would close off a pore is refused too. Then particles that nothing hangs on are taken out at random until
the pore fraction is nearest to the target, and a last common factor on the radii, close to one, brings it
there.

Lengths may be in any one unit; all tolerances are relative to the radii.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from femcell.errors import InputError
from femcell.geometry.generators.particles import BoolArray, ElectrodePacking, FloatArray, Particles
from femcell.geometry.generators.seams import closest, corners
from femcell.geometry.generators.voxels import porosity, sealed_fraction
from femcell.kinds import arguments_of_their_kind

CANDIDATES = 1500  # places tried for each new particle
PATIENCE = {2: 60, 3: 12}  # particles in a row without a place before the layer counts as full, by dimension
NECKS = (0.6, 1.6)  # allowed overlaps of bonded pairs, over the nominal one
GRAZE = 0.06  # least distance from tangency of particles, necks and walls, over the smaller radius
OUTSIDE = 0.4  # how far centres may lie beyond a lateral wall, over the radius
TRIM = (0.96, 1.04)  # range of the last factor on the radii


@dataclass(frozen=True)
class Placement:
    """A packing and what was measured of it.

    Args:
        particles: the discs or spheres.
        porosity: pore fraction of the layer, counted on a grid.
        sealed: fraction of the pore space without a way to the separator, counted on the same grid.
    """

    particles: Particles
    porosity: float
    sealed: float


@arguments_of_their_kind()
def place(
    packing: ElectrodePacking,
    section: tuple[float, ...],
    *,
    seed: int | tuple[int, ...] = 0,
    min_particles: int = 1,
    attempts: int = 8,
    facet: float = 0.0,
) -> Placement:
    """Fill an electrode layer with bonded particles to a porosity within 0.005 of the target.

    Args:
        packing: what is wanted.
        section: lateral lengths of the layer: (width,) for discs, (width, depth) for spheres [m].
        seed: the same seed gives the same packing.
        min_particles: least number of particles.
        attempts: packings tried before giving up.
        facet: mesh size at the particle surface [m]: flat facets cut off part of a curved particle, and the
            radii are made up for it (see `effective_radii`).

    Raises:
        InputError: when the section is not positive or the seed negative, or no attempt reaches the porosity
            and number of particles.
    """
    if len(section) not in (1, 2) or min(section) <= 0:
        raise InputError(f"packing of '{packing.region}': section is {section}; give one or two positive lengths")
    if np.min(seed) < 0:
        raise InputError(f"packing of '{packing.region}': its seed is {seed}; give numbers from 0 up")
    box = np.array([*section, packing.thickness], dtype=float)
    spacing = packing.typical_radius / (14.0 if len(box) == 3 else 40.0)
    best = np.inf
    most = 0
    for attempt in range(attempts):
        rng = np.random.default_rng([*np.atleast_1d(seed).tolist(), attempt])
        full = _deposit(packing, box, rng)

        def measure(particles: Particles) -> float:
            return porosity(effective_radii(particles, facet), spacing)

        thinned = _thin(full, packing, rng, measure)
        trimmed = _trim(thinned, packing.porosity, measure)
        reached = measure(trimmed)
        best = min(best, reached)
        most = max(most, len(trimmed))
        if abs(reached - packing.porosity) > 0.005 or len(trimmed) < min_particles:
            continue
        sealed = sealed_fraction(trimmed, spacing)
        if sealed < 0.005 and bool(np.all(grounded(trimmed))):
            return Placement(trimmed, reached, sealed)
    if most < min_particles and best <= packing.porosity + 0.005:
        raise InputError(
            f"packing of '{packing.region}': {most} particles fit where {min_particles} are asked for;"
            " make the particles smaller or the cell wider"
        )
    raise InputError(
        f"packing of '{packing.region}': porosity {packing.porosity:.3f} not reached in {attempts}"
        f" attempts (best {best:.3f}); raise the porosity or the overlap, lower the clearance, widen the cell"
    )


def effective_radii(particles: Particles, facet: float) -> Particles:
    """Particles as large as their faceted images in a mesh.

    The chord of a circle of radius r over an edge of length h lies on average h^2 / (12 r) inside it, an
    equilateral triangle with its corners on a sphere h^2 / (8 r): the mean of (R^2 - rho^2) / (2 r) over the
    facet, with R its circumradius.
    """
    share = 12.0 if particles.dim == 2 else 8.0
    loss = np.minimum(facet**2 / (share * particles.radii), 0.2 * particles.radii)
    return Particles(particles.centres, particles.radii - loss, particles.box)


def grounded(particles: Particles) -> BoolArray:
    """Which particles are joined to the foil through necks inside the box; shape (n,), bool."""
    bonds = _bonds(particles)
    marked: BoolArray = particles.centres[:, -1] + particles.radii > particles.box[-1]
    while True:
        grown = marked | np.any(bonds[:, marked], axis=1)
        if np.array_equal(grown, marked):
            return marked
        marked = grown


def _bonds(particles: Particles) -> BoolArray:
    """Pairs of particles that overlap and whose neck has its middle inside the box; shape (n, n), bool."""
    x, r = particles.centres, particles.radii
    between = x[None, :, :] - x[:, None, :]
    distance = np.linalg.norm(between, axis=-1) + np.eye(len(r))
    along = (distance**2 + r[:, None] ** 2 - r[None, :] ** 2) / (2 * distance**2)
    middle = x[:, None, :] + along[..., None] * between
    inside = np.all((middle > 0) & (middle < particles.box), axis=-1)
    return np.asarray((distance < r[:, None] + r[None, :]) & inside & ~np.eye(len(r), dtype=bool))


def _deposit(packing: ElectrodePacking, box: FloatArray, rng: np.random.Generator) -> Particles:
    """Lay down particles until no more fit."""
    particles = Particles(np.empty((0, len(box))), np.empty(0), box)
    failures = 0
    while failures < PATIENCE[len(box)]:
        radius = packing.draw(rng)
        places = _candidates(particles, radius, packing.overlap, rng)
        places = places[_free(places, radius, particles, packing)]
        if len(box) == 2:
            # The lowest places all close the same pockets: a random few, of which the lowest that leaves
            # pores open.
            places = rng.permutation(places)[:25]
        places = places[np.argsort(-places[:, -1], kind="stable")][:40]
        chosen = next((x for x in places if _clean(x, radius, particles, packing)), None)
        if chosen is None:
            failures += 1
        else:
            failures = 0
            particles = particles.joined(chosen, np.array(radius))
    return particles


def _candidates(particles: Particles, radius: float, overlap: float, rng: np.random.Generator) -> FloatArray:
    """Random places at the bonded distance from 1 to `dim` neighbours, maybe the foil; shape (m, dim).

    With y = x - c_1 and |y| = D_1, each further neighbour b gives a linear equation (c_b - c_1).y = (|c_b -
    c_1|^2 + D_1^2 - D_b^2) / 2 and the foil another; the least-norm solution plus a random direction of the
    null space, of the length that is left, solves them all.
    """
    box, dim = particles.box, particles.dim
    foil = box[-1] - (1.0 - overlap) * radius
    on_foil = rng.uniform(-OUTSIDE * radius, box[:-1] + OUTSIDE * radius, (CANDIDATES // 4, dim - 1))
    places = [np.column_stack([on_foil, np.full(len(on_foil), foil)])]
    count = len(particles)
    if count == 0:
        return places[0]
    reach = particles.radii + radius - overlap * np.minimum(particles.radii, radius)
    gaps = np.linalg.norm(particles.centres[:, None] - particles.centres[None], axis=-1)
    near = np.hstack([gaps < reach[:, None] + reach, np.abs(foil - particles.centres[:, -1:]) < reach[:, None]])
    near[np.arange(count), np.arange(count)] = False
    for bonds in range(1, dim + 1):
        first = rng.integers(count, size=CANDIDATES)
        keys = np.where(near[first], rng.random((CANDIDATES, count + 1)), np.inf)
        others = np.argsort(keys, axis=1)[:, : bonds - 1]
        enough = np.all(np.isfinite(np.take_along_axis(keys, others, axis=1)), axis=1)
        first, others = first[enough], others[enough]
        origin, length = particles.centres[first], reach[first]
        plane = others == count
        other = np.where(plane, 0, others)
        vectors = particles.centres[other] - origin[:, None, :]
        right = 0.5 * (np.sum(vectors**2, axis=-1) + length[:, None] ** 2 - reach[other] ** 2)
        vectors = np.where(plane[..., None], np.eye(dim)[-1], vectors)
        right = np.where(plane, foil - origin[:, -1:], right)
        inverse = np.linalg.pinv(vectors)
        base = np.einsum("mij,mj->mi", inverse, right)
        left = length**2 - np.sum(base**2, axis=1)
        random = rng.standard_normal(base.shape)
        random -= np.einsum("mij,mjk,mk->mi", inverse, vectors, random)
        size = np.linalg.norm(random, axis=1)
        good = (left > 0) & (size > 1e-6)
        step = np.sqrt(left[good]) / size[good]
        places.append(origin[good] + base[good] + step[:, None] * random[good])
    return np.vstack(places)


def _free(places: FloatArray, radius: float, particles: Particles, packing: ElectrodePacking) -> BoolArray:
    """Which places are bonded somewhere inside the box and nowhere nearly tangent; shape (m,), bool."""
    box = particles.box
    low, high = NECKS[0] * packing.overlap, NECKS[1] * packing.overlap
    lateral, height = places[:, :-1], places[:, -1]
    wall = np.concatenate([lateral, box[:-1] - lateral], axis=1)  # distances to the walls, inwards positive
    ok = np.all(wall >= -OUTSIDE * radius, axis=1) & np.all(np.abs(np.abs(wall) - radius) >= GRAZE * radius, axis=1)
    ok &= height - radius >= packing.clearance * radius
    depth = (height + radius - box[-1]) / radius
    on_foil = (depth >= low) & (depth <= high)
    ok &= on_foil | (depth <= -packing.clearance)
    within = np.all((lateral > 0) & (lateral < box[:-1]), axis=1)
    bonded = on_foil & within
    if len(particles):
        smaller = np.minimum(particles.radii, radius)
        between = particles.centres[None] - places[:, None]
        distance = np.linalg.norm(between, axis=-1)
        depth = (particles.radii + radius - distance) / smaller
        neck = (depth >= low) & (depth <= high)
        ok &= np.all(neck | (depth <= -packing.clearance), axis=1)
        along = (distance**2 + radius**2 - particles.radii**2) / (2 * np.maximum(distance, 1e-30) ** 2)
        middle = places[:, None] + along[..., None] * between
        margin = GRAZE * radius
        inside = np.all((middle[..., :-1] > margin) & (middle[..., :-1] < box[:-1] - margin), axis=-1)
        bonded |= np.any(neck & inside, axis=1)
    return np.asarray(ok & bonded)


def _clean(place: FloatArray, radius: float, particles: Particles, packing: ElectrodePacking) -> bool:
    """Whether a new disc leaves the pores open; whether a new sphere makes no neck that grazes anything."""
    joined = particles.joined(place, np.array(radius))
    if joined.dim == 2:
        return sealed_fraction(joined, 0.5 * packing.clearance * packing.typical_radius) < 1e-3
    x, r, last = joined.centres, joined.radii, len(joined) - 1
    distance = np.linalg.norm(x - x[last], axis=1)
    near = np.flatnonzero(distance < 2.5 * (r + radius))
    x, r = x[near], r[near]
    first, second = np.triu_indices(len(near), 1)
    between = x[second] - x[first]
    gap = np.linalg.norm(between, axis=1)
    touch = gap < r[first] + r[second]
    first, second, between, gap = first[touch], second[touch], between[touch], gap[touch]
    along = (gap**2 + r[first] ** 2 - r[second] ** 2) / (2 * gap)
    normal = between / gap[:, None]
    middle = x[first] + along[:, None] * normal
    ring = np.sqrt(np.maximum(r[first] ** 2 - along**2, 0.0))
    # Necks against particles: the nearest and farthest points of a circle from a centre, against the radius
    # there.
    offset = x[None] - middle[:, None]
    axial = np.einsum("nkd,nd->nk", offset, normal)
    radial = np.sqrt(np.maximum(np.sum(offset**2, axis=-1) - axial**2, 0.0))
    tolerance = GRAZE * np.minimum(r[None], np.minimum(r[first], r[second])[:, None])
    own = (np.arange(len(near)) == first[:, None]) | (np.arange(len(near)) == second[:, None])
    for sign in (-1.0, 1.0):
        reach = np.hypot(axial, radial + sign * ring[:, None])
        if bool(np.any((np.abs(reach - r[None]) < tolerance) & ~own)):
            return False
    # Necks against the side walls and the foil: the circle's extent along each normal.
    extent = ring[:, None] * np.sqrt(np.maximum(1.0 - normal**2, 0.0))
    box = particles.box
    graze = GRAZE * np.minimum(r[first], r[second])[:, None]
    for wall in (np.zeros(3), box):
        inwards = np.abs(middle - wall)
        if bool(np.any(np.abs(inwards - extent) < graze)):
            return False
    # A new sphere against the vertical edges of the box.
    edges = np.array([[i, j] for i in (0.0, box[0]) for j in (0.0, box[1])])
    edge = np.linalg.norm(edges - place[:2], axis=1)
    if not bool(np.all(np.abs(edge - radius) >= GRAZE * radius)):
        return False
    # Corners of the outline against each other.
    return closest(corners(Particles(x, r, box))) >= GRAZE * packing.typical_radius


def _thin(
    particles: Particles,
    packing: ElectrodePacking,
    rng: np.random.Generator,
    measure: Callable[[Particles], float],
) -> Particles:
    """Take out particles that nothing hangs on until the porosity is nearest to the target."""
    current = measure(particles)
    while len(particles) > 1:
        for index in rng.permutation(len(particles)):
            keep = np.arange(len(particles)) != index
            fewer = particles.kept(keep)
            if not bool(np.all(grounded(fewer))):
                continue
            pores = measure(fewer)
            if abs(pores - packing.porosity) < abs(current - packing.porosity):
                particles, current = fewer, pores
                break
        else:
            break
    return particles


def _trim(particles: Particles, target: float, measure: Callable[[Particles], float]) -> Particles:
    """Scale all radii by one factor within TRIM so that the porosity meets the target as well as it can."""
    low, high = TRIM
    for _ in range(14):
        factor = 0.5 * (low + high)
        if measure(particles.scaled(factor)) > target:
            low = factor
        else:
            high = factor
    return particles.scaled(0.5 * (low + high))
