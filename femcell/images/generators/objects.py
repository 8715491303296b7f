"""Microstructures from many bodies: ellipsoids, fibres, and channels cut into an electrode."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femcell.errors import InputError
from femcell.images.generators.fields import filled, lowest, require_seen, seeded, two_phases
from femcell.images.image import AXES, Image
from femcell.kinds import arguments_of_their_kind, require_fields

Floats = npt.NDArray[np.float64]

REACH = 1.6
"""Times its size that a body is looked at: bodies are scaled together to meet the fraction."""


@dataclass(frozen=True)
class Ellipsoid:
    """Sizes of ellipsoids.

    Attributes:
        semi_axes: three, m; equal ones make spheres.
        spread: standard deviation of the logarithm of the size.
        aligned: whether the axes lie along x, y, z (flakes pressed by calendering) rather than anyhow.
    """

    semi_axes: tuple[float, float, float]
    spread: float = 0.0
    aligned: bool = False

    def __post_init__(self) -> None:
        """Check."""
        require_fields(self)
        if not all(math.isfinite(a) and a > 0 for a in self.semi_axes):
            raise InputError(f"The semi-axes of an ellipsoid are positive lengths in m, not {self.semi_axes}.")
        if not 0 <= self.spread <= 1:
            raise InputError(f"The spread of the sizes lies between 0 and 1, not at {self.spread}.")


@arguments_of_their_kind()
def ellipsoids(
    shape: Sequence[int], voxel: float, *, body: Ellipsoid, fraction: float, seed: int, name: str = "solid"
) -> Image:
    """Overlapping ellipsoids at random places (a Boolean model), cut off at the box.

    As many are placed as fill the fraction on average, then all are scaled alike until they fill it exactly.

    Args:
        shape: voxels along x, y, z.
        voxel: side of a voxel, m.
        body: sizes.
        fraction: of the solid.
        seed: the same seed gives the same image.
        name: of the solid.

    Raises:
        InputError: a fraction that is out of range, or that so few bodies cannot fill; a semi-axis below half a voxel
            or above the box; a negative seed.
    """
    filled(fraction, math.prod(shape))
    for semi_axis in body.semi_axes:
        require_seen("A semi-axis", semi_axis, voxel, voxel * max(shape))
    rng = seeded(seed)
    axes = np.asarray(body.semi_axes) / voxel
    margin = axes.max()
    room = np.asarray(shape) + 2 * margin
    volume = 4 / 3 * np.pi * np.prod(axes) * math.exp(4.5 * body.spread**2)
    field = np.full(tuple(shape), np.inf)
    for _ in range(_number(fraction, float(np.prod(room)) / volume)):
        centre = rng.random(3) * room - margin
        size = axes * math.exp(body.spread * rng.standard_normal())
        turn = np.eye(3) if body.aligned else _rotation(rng)
        for window, x in _window(shape, centre, REACH * float(size.max())):
            local = np.tensordot(x - centre, turn, axes=1) / size
            field[window] = np.minimum(field[window], np.sqrt((local**2).sum(axis=-1)))
    return two_phases(_scaled(field, fraction), voxel, name)


@arguments_of_their_kind()
def fibres(
    shape: Sequence[int], voxel: float, *, radius: float, fraction: float, seed: int, tilt: float = 0.1
) -> Image:
    """Long straight fibres that lie flat across z, as in a separator.

    Args:
        shape: voxels along x, y, z.
        voxel: side of a voxel, m.
        radius: of a fibre, m; scaled a little to meet the fraction.
        fraction: of the fibres.
        seed: the same seed gives the same image.
        tilt: standard deviation of their slope out of the plane.

    Raises:
        InputError: a radius below half a voxel or above the box, a fraction or a tilt out of range, a negative seed.
    """
    filled(fraction, math.prod(shape))
    require_seen("The radius of a fibre", radius, voxel, voxel * max(shape))
    if not (math.isfinite(tilt) and tilt >= 0):
        raise InputError(f"The tilt of fibres is a standard deviation, 0 or more, not {tilt}.")
    rng = seeded(seed)
    r, lengths = radius / voxel, np.asarray(shape, dtype=float)
    across = float(np.hypot(lengths[0], lengths[1]))
    field = np.full(tuple(shape), np.inf)
    # Through points all over the disc around the box, so that no place in it is special; the mean length of a fibre
    # within the box is the volume of the box over the cross-section that the disc and the height offer.
    number = _number(fraction, (lengths[2] + 2 * r) * across / (np.pi * r**2))
    x = np.indices(tuple(shape)).reshape(3, -1).T + 0.5
    for _ in range(number):
        angle, offset = rng.random() * 2 * np.pi, (rng.random() - 0.5) * across
        along = np.array([math.cos(angle), math.sin(angle), tilt * rng.standard_normal()])
        along /= np.linalg.norm(along)
        through = lengths / 2 + offset * np.array([-math.sin(angle), math.cos(angle), 0.0])
        through[2] = rng.random() * (lengths[2] + 2 * r) - r
        d = x - through
        away = np.sqrt(np.maximum((d**2).sum(axis=1) - (d @ along) ** 2, 0.0)).reshape(tuple(shape))
        np.minimum(field, away / r, out=field)
    return two_phases(lowest(field, fraction), voxel, "fibre")


@arguments_of_their_kind()
def with_channels(
    image: Image,
    *,
    axis: int,
    radius: float,
    pitch: float,
    depth: float,
    taper: float = 0.0,
    into: str = "electrolyte",
) -> tuple[Image, str]:
    """Round channels on a square grid, drilled from the low end of an axis, as a laser structures an electrode.

    Args:
        image: the electrode.
        axis: 0, 1 or 2, along which it is drilled.
        radius: at the mouth, m.
        pitch: distance of neighbouring channels, m; changed so that whole channels fill the image, at least one.
        depth: of the channels, m.
        taper: by how much of its radius a channel is narrower at its end, 0 to 1 (a cone).
        into: phase that the channels become.

    Raises:
        InputError: no such axis or phase, or lengths that make no channel.
    """
    if axis not in (0, 1, 2):
        raise InputError(f"The axis is 0, 1 or 2 for x, y or z, not {axis}.")
    if not (0 < 2 * radius < pitch and depth > 0 and 0 <= taper <= 1):
        raise InputError(
            f"Channels of radius {radius}, pitch {pitch} and depth {depth} m with taper {taper}: give positive "
            "lengths, a pitch above the diameter, and a taper from 0 to 1."
        )
    place = [(np.arange(n) + 0.5) * h for n, h in zip(image.shape, image.voxel, strict=True)]
    grids = np.meshgrid(*place, indexing="ij", sparse=True)
    squares, steps = [], []
    for a in range(3):
        if a != axis:
            count = max(1, round(image.extent[a] / pitch))
            step = image.extent[a] / count
            steps.append(f"{step * 1e6:.4g}")
            squares.append(((grids[a] % step) - 0.5 * step) ** 2)
    wide = radius * (1 - taper * np.minimum(grids[axis] / depth, 1.0))
    drilled = (squares[0] + squares[1] < wide**2) & (grids[axis] < depth)
    labels = np.where(drilled, np.asarray(image.label(into), dtype=image.labels.dtype), image.labels)
    changed = float(np.mean(labels != image.labels))
    return image.relabelled(labels), (
        f"Channels along {AXES[axis]}, {' x '.join(steps)} um apart: {100 * changed:.3g} % of the image became {into}."
    )


def _number(fraction: float, bodies: float) -> int:
    """How many bodies at random fill a fraction of a room that holds `bodies` of their volume: -ln(1 - f) of them."""
    return max(1, round(-math.log1p(-fraction) * bodies))


def _scaled(field: Floats, fraction: float) -> npt.NDArray[np.bool_]:
    """The voxels that scaled bodies fill."""
    if np.mean(np.isfinite(field)) < fraction:
        raise InputError(
            f"The bodies are too few to fill {100 * fraction:.3g} % of the image: take smaller ones, or another seed."
        )
    return lowest(field, fraction)


def _window(shape: Sequence[int], centre: Floats, reach: float) -> Iterator[tuple[tuple[slice, ...], Floats]]:
    """The part of the voxels within reach of a body, and the middles of its voxels; nothing where it misses the box."""
    low = np.clip(np.floor(centre - reach), 0, shape).astype(int)
    high = np.clip(np.ceil(centre + reach), 0, shape).astype(int)
    if (high > low).all():
        window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        yield window, np.moveaxis(np.indices(tuple(high - low)), 0, -1) + low + 0.5


def _rotation(rng: np.random.Generator) -> Floats:
    """A random rotation, all alike (QR of a Gaussian matrix with the signs mended)."""
    q, r = np.linalg.qr(rng.standard_normal((3, 3)))
    return q * np.sign(np.diag(r))
