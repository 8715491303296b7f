"""Where the corners of a sphere packing lie, and how to turn the spheres so that none come too close.

OpenCASCADE draws on every sphere a seam, the half great circle from pole to pole, and cuts it where it meets
a neck or a wall. A seam that passes close to another corner, or grazes a neck, leaves an edge of next to no
length and slivers in the mesh. The orientation of a sphere is free: of many random ones the one with most
clearance is taken.
"""

from __future__ import annotations

import numpy as np

from femcell.geometry.generators.particles import FloatArray, Particles

ORIENTATIONS = 400  # tried for each sphere
SAMPLES = 72  # points along a seam


def corners(particles: Particles) -> FloatArray:
    """Points where the outlines of three spheres, walls or both meet, seams aside; shape (m, 3) [m].

    Triple points of spheres, necks on a face of the box, and spheres on an edge of the box; only those on the
    outside of all spheres and in the box, as the others are not in the geometry.
    """
    x, r, box = particles.centres, particles.radii, particles.box
    points: list[FloatArray] = []
    owners: list[list[int]] = []

    def add(found: FloatArray, *indices: int) -> None:
        for point in found:
            points.append(point)
            owners.append([*indices, *[-1] * (3 - len(indices))])

    planes = [(axis, value) for axis in range(3) for value in (0.0, box[axis])]
    first, second = np.triu_indices(len(r), 1)
    touch = np.linalg.norm(x[first] - x[second], axis=1) < r[first] + r[second]
    for i, j in zip(first[touch], second[touch], strict=True):
        between = x[j] - x[i]
        gap = float(np.linalg.norm(between))
        normal = between / gap
        along = (gap**2 + r[i] ** 2 - r[j] ** 2) / (2 * gap)
        middle = x[i] + along * normal
        ring = float(np.sqrt(max(r[i] ** 2 - along**2, 0.0)))
        for axis, value in planes:
            add(_on_circle(middle, normal, ring, np.eye(3)[axis], value - middle[axis]), i, j)
        for k in np.flatnonzero(np.linalg.norm(x - middle, axis=1) < r + ring):
            if k > j:
                towards = x[k] - middle
                # On the circle |p|^2 is ring^2, so that |p - towards| = r_k is a plane.
                level = 0.5 * (ring**2 + towards @ towards - r[k] ** 2)
                add(_on_circle(middle, normal, ring, towards, level), i, j, int(k))
    for axis in range(3):
        others = [a for a in range(3) if a != axis]
        for u in (0.0, box[others[0]]):
            for v in (0.0, box[others[1]]):
                left = r**2 - (x[:, others[0]] - u) ** 2 - (x[:, others[1]] - v) ** 2
                for i in np.flatnonzero(left > 0):
                    for sign in (-1.0, 1.0):
                        point = np.empty(3)
                        point[others] = u, v
                        point[axis] = x[i, axis] + sign * np.sqrt(left[i])
                        add(point[None], int(i))
    if not points:
        return np.empty((0, 3))
    where, owner = np.array(points), np.array(owners)
    slack = 1e-6 * float(np.mean(r))
    depth = r[None] - np.linalg.norm(where[:, None] - x[None], axis=-1)
    depth[np.arange(len(r))[None] == owner[:, :1]] = -np.inf
    for column in (1, 2):
        depth[np.arange(len(r))[None] == owner[:, column : column + 1]] = -np.inf
    shown = np.all(depth < slack, axis=1) & np.all((where > -slack) & (where < box + slack), axis=1)
    return where[shown]


def _on_circle(middle: FloatArray, normal: FloatArray, ring: float, direction: FloatArray, level: float) -> FloatArray:
    """Points p of a circle with direction.(p - middle) = level; shape (0 or 2, 3)."""
    across = direction - (direction @ normal) * normal
    size = float(np.linalg.norm(across))
    if size * ring <= abs(level):
        return np.empty((0, 3))
    e = across / size
    f = np.cross(normal, e)
    a = level / size
    b = np.sqrt(ring**2 - a**2)
    return np.array([middle + a * e + b * f, middle + a * e - b * f])


def closest(points: FloatArray) -> float:
    """Least distance between two of the points; infinite for fewer than two."""
    if len(points) < 2:
        return float("inf")
    gaps = np.linalg.norm(points[:, None] - points[None], axis=-1)
    return float(np.min(gaps[np.triu_indices(len(points), 1)]))


def orientations(particles: Particles, seed: int = 0) -> FloatArray:
    """Rotation of each sphere that keeps its seam clear of corners and crosses necks and walls steeply.

    Args:
        particles: spheres.
        seed: of the random orientations tried.

    Returns:
        Rotation matrices, shape (n, 3, 3): they turn a sphere with poles on the z axis and its seam in the
        half plane y = 0, x > 0.
    """
    rng = np.random.default_rng(seed)
    angle = np.linspace(-0.5 * np.pi, 0.5 * np.pi, SAMPLES)
    seam = np.column_stack([np.cos(angle), np.zeros(SAMPLES), np.sin(angle)])
    taken = corners(particles)
    turns = np.empty((len(particles), 3, 3))
    for i, (centre, radius) in enumerate(zip(particles.centres, particles.radii, strict=True)):
        frames, triangle = np.linalg.qr(rng.standard_normal((ORIENTATIONS, 3, 3)))
        frames *= np.sign(np.einsum("mii->mi", triangle))[:, None, :]
        frames[:, :, 0] *= np.linalg.det(frames)[:, None]
        points = centre + radius * np.einsum("mij,sj->msi", frames, seam)
        height = _clearance(points, i, particles)
        score = _clear_of_tangency(height, radius * (angle[1] - angle[0]))
        near = taken[np.abs(np.linalg.norm(taken - centre, axis=1) - radius) < 0.02 * radius]
        if len(near):
            gaps = np.min(np.linalg.norm(points[:, :, None] - near, axis=-1), axis=2)
            score = np.minimum(score, np.min(np.where(height > -0.02 * radius, gaps, np.inf), axis=1))
        best = int(np.argmax(score))
        turns[i] = frames[best]
        # Where this seam comes out is a corner for the sphere on the other side of the neck.
        change = np.flatnonzero(np.diff(np.sign(height[best])) != 0)
        below, above = height[best, change], height[best, change + 1]
        part = (below / (below - above))[:, None]
        taken = np.vstack([taken, (1 - part) * points[best, change] + part * points[best, change + 1]])
    return turns


def axis_angle(turn: FloatArray) -> tuple[list[float], float]:
    """Axis and angle [rad] of a rotation matrix, shape (3, 3)."""
    values, vectors = np.linalg.eig(turn)
    axis = np.real(vectors[:, int(np.argmin(np.abs(values - 1.0)))])
    skew = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    return axis.tolist(), float(np.arctan2(axis @ skew, np.trace(turn) - 1.0))


def _clearance(points: FloatArray, own: int, particles: Particles) -> FloatArray:
    """Distance from all other spheres and the faces of the box, negative where hidden; shape (m, s)."""
    x, r = particles.centres, particles.radii
    near = np.linalg.norm(x - x[own], axis=1) < 1.5 * (r + r[own])
    near[own] = False
    height = np.minimum(np.min(points, axis=-1), np.min(particles.box - points, axis=-1))
    for centre, radius in zip(x[near], r[near], strict=True):
        height = np.minimum(height, np.linalg.norm(points - centre, axis=-1) - radius)
    return np.asarray(height)


def _clear_of_tangency(height: FloatArray, step: float) -> FloatArray:
    """How far a seam stays from grazing: least |height| at ends and turning points, and runs; shape (m,)."""
    size = np.abs(height)
    score = np.minimum(size[:, 0], size[:, -1])
    same = (np.sign(height[:, :-2]) == np.sign(height[:, 1:-1])) & (np.sign(height[:, 2:]) == np.sign(height[:, 1:-1]))
    dip = (size[:, 1:-1] <= size[:, :-2]) & (size[:, 1:-1] <= size[:, 2:]) & same
    score = np.minimum(score, np.min(np.where(dip, size[:, 1:-1], np.inf), axis=1))
    for m, row in enumerate(np.sign(height)):
        edges = np.flatnonzero(np.diff(row) != 0)
        if len(edges):
            runs = np.diff(np.concatenate([[-1], edges, [height.shape[1] - 1]]))
            score[m] = min(score[m], step * float(np.min(runs)))
    return np.asarray(score)
