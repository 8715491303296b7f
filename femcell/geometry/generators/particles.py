"""What a packing is: the wish (`ElectrodePacking`) and what came of it (`Particles`).

Both work in two dimensions (discs) and three (spheres). The local frame of an electrode puts the separator at
0 and the foil at `box[-1]` of the last coordinate; the other coordinates run from 0 to the width (and depth).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femcell.errors import InputError
from femcell.kinds import require_fields

type FloatArray = NDArray[np.float64]
type BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class ElectrodePacking:
    """A porous electrode to be filled with overlapping particles.

    Args:
        region: name of the active region in the mesh.
        thickness: electrode thickness, from separator to foil [m].
        porosity: target pore fraction of the electrode layer, in (0, 1).
        mean_radius: mean particle radius [m]; the radii are log-normal about it.
        spread: standard deviation of the radii over their mean; 0 gives equal particles.
        radii: radii to draw from with equal chance [m]; takes the place of `mean_radius` and `spread`.
        overlap: depth by which bonded neighbours overlap, over the smaller radius r. For two equal spheres
            the neck radius is `r * sqrt(overlap - overlap**2 / 4)`; the bond to the foil has the same depth.
        clearance: least gap between particles that are not bonded, over the smaller radius: it keeps the mesh
            good.

    Raises:
        InputError: when a number is out of its range.
    """

    region: str
    thickness: float
    porosity: float
    mean_radius: float | None = None
    spread: float = 0.2
    radii: Sequence[float] | None = None
    overlap: float = 0.12
    clearance: float = 0.08

    def __post_init__(self) -> None:
        """Check every number once, so that the generators need not."""
        require_fields(self)
        where = f"packing of '{self.region}'"
        check(bool(self.region), "a packing needs a region name: give region='nmc' or the like")
        check(self.thickness > 0, f"{where}: thickness is {self.thickness} m; give a positive length")
        check(0 < self.porosity < 1, f"{where}: porosity is {self.porosity}; give a fraction between 0 and 1")
        check(
            0 < self.overlap <= 0.5,
            f"{where}: overlap is {self.overlap}; give a fraction of the radius in (0, 0.5]",
        )
        check(0 < self.clearance <= 0.5, f"{where}: clearance is {self.clearance}; give a fraction in (0, 0.5]")
        check(0 <= self.spread <= 1, f"{where}: spread is {self.spread}; give a value between 0 and 1")
        if self.radii is None:
            check(self.mean_radius is not None, f"{where}: no size given; give mean_radius or radii")
        else:
            check(
                self.mean_radius is None,
                f"{where}: both mean_radius and radii are given; leave one of them out",
            )
            check(len(self.radii) > 0, f"{where}: the list of radii is empty; give at least one")
        sizes = [self.mean_radius] if self.radii is None else list(self.radii)
        for size in sizes:
            assert size is not None
            check(size > 0, f"{where}: radius {size} m is not positive; give lengths in metres")
            check(
                2 * size < self.thickness,
                f"{where}: a particle of radius {size} m does not fit the thickness of {self.thickness} m;"
                " make the electrode thicker or the particle smaller",
            )

    @property
    def typical_radius(self) -> float:
        """Mean radius of the distribution [m]."""
        return float(np.mean(self.radii)) if self.radii is not None else float(self.mean_radius or 0.0)

    def draw(self, rng: np.random.Generator) -> float:
        """One radius from the distribution [m]; log-normal radii are cut at 2.5 deviations of the log."""
        if self.radii is not None:
            return float(rng.choice(np.asarray(self.radii, dtype=float)))
        sigma = np.sqrt(np.log1p(self.spread**2))
        normal = float(np.clip(rng.standard_normal(), -2.5, 2.5))
        radius = self.typical_radius * float(np.exp(sigma * normal - 0.5 * sigma**2))
        return min(radius, 0.49 * self.thickness)


@dataclass(frozen=True)
class Particles:
    """Discs or spheres in an electrode layer.

    Args:
        centres: shape (n, dim) [m], in the local frame of the electrode.
        radii: shape (n,) [m].
        box: edge lengths of the layer, shape (dim,) [m]; the last one is the thickness.

    Raises:
        InputError: when the shapes do not fit each other or a length is not positive.
    """

    centres: FloatArray
    radii: FloatArray
    box: FloatArray

    def __post_init__(self) -> None:
        """Make plain float arrays of what was given and check their shapes."""
        object.__setattr__(self, "box", np.asarray(self.box, dtype=float).reshape(-1))
        object.__setattr__(self, "radii", np.asarray(self.radii, dtype=float).reshape(-1))
        object.__setattr__(self, "centres", np.asarray(self.centres, dtype=float).reshape(-1, len(self.box)))
        check(len(self.box) in (2, 3), f"particles: the box has {len(self.box)} lengths; give 2 or 3")
        check(bool(np.all(self.box > 0)), f"particles: box {self.box} has a length that is not positive")
        check(
            len(self.centres) == len(self.radii),
            f"particles: {len(self.centres)} centres but {len(self.radii)} radii; give one for each",
        )
        check(bool(np.all(self.radii > 0)), "particles: a radius is not positive; give lengths in metres")

    def __len__(self) -> int:
        """Number of particles."""
        return len(self.radii)

    @property
    def dim(self) -> int:
        """Two for discs, three for spheres."""
        return len(self.box)

    def scaled(self, factor: float) -> Particles:
        """The same centres with all radii times `factor`."""
        return Particles(self.centres, factor * self.radii, self.box)

    def kept(self, keep: BoolArray) -> Particles:
        """The particles where `keep`, shape (n,), is true."""
        return Particles(self.centres[keep], self.radii[keep], self.box)

    def joined(self, centres: FloatArray, radii: FloatArray) -> Particles:
        """These particles and others in the same box."""
        return Particles(
            np.vstack([self.centres, np.atleast_2d(centres)]),
            np.append(self.radii, np.atleast_1d(radii)),
            self.box,
        )


def check(condition: bool, message: str) -> None:
    """Raise InputError with `message` unless `condition` holds."""
    if not condition:
        raise InputError(message)
