"""How large a sample must be: effective conductivity of sub-volumes against their size, under four conditions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mpi4py import MPI

from femcell.analysis.conduction import Boundary, effective_conductivity, reaching_through
from femcell.analysis.transport import bruggeman_exponent
from femcell.errors import InputError
from femcell.files import expand
from femcell.images import Image
from femcell.images.clean import crop
from femcell.parallel import on_root
from femcell.pictures import blank, require_pictures, written

CONDITIONS = (Boundary.FLUX, Boundary.PERIODIC, Boundary.PLATES, Boundary.POTENTIAL)


@dataclass(frozen=True)
class Sample:
    """Sub-volumes of one size.

    Attributes:
        voxels: a side.
        fraction: of the conducting phases, mean and standard deviation.
        relative: effective over bulk coefficient under each condition, mean and standard deviation.
        blocked: how many of the sub-volumes nothing percolates through; they count as 0 under flux and plates.
        count: sub-volumes.
    """

    voxels: int
    fraction: tuple[float, float]
    relative: Mapping[Boundary, tuple[float, float]]
    blocked: int
    count: int

    @property
    def spread(self) -> float:
        """Standard deviation over mean, of the periodic condition; NaN of a single sub-volume."""
        mean, deviation = self.relative[Boundary.PERIODIC]
        if self.count < 2:
            return np.nan
        return deviation / mean if mean > 0 else np.inf

    @property
    def gap(self) -> float:
        """Difference between plates and periodic, over periodic: what the usual choices of a condition are worth."""
        plates, periodic = (self.relative[boundary][0] for boundary in (Boundary.PLATES, Boundary.PERIODIC))
        return abs(plates - periodic) / periodic if periodic > 0 else np.inf

    @property
    def bracket(self) -> float:
        """Potential minus flux, over periodic: every other condition lies between. Wide where a phase insulates."""
        low, middle, high = (self.relative[b][0] for b in (Boundary.FLUX, Boundary.PERIODIC, Boundary.POTENTIAL))
        return (high - low) / middle if middle > 0 else np.inf


@dataclass(frozen=True)
class Study:
    """A REV study.

    Attributes:
        samples: one per size, sizes rising.
        exponent: Bruggeman's, fitted to all sub-volumes under the periodic condition; NaN where none conducts.
        side: of a voxel along the axis, m.
    """

    samples: tuple[Sample, ...]
    exponent: float
    side: float

    def big_enough(self, spread: float = 0.05, gap: float = 0.05) -> int | None:
        """Smallest size [voxels] from which on spread and gap stay below these bounds; None if the largest does not."""
        good = None
        for sample in reversed(self.samples):
            if not (sample.spread <= spread and sample.gap <= gap):
                break
            good = sample.voxels
        return good

    def table(self) -> list[str]:
        """Lines of text: a row for each size, mean and standard deviation of each quantity."""
        names = ("fraction", *(boundary.value for boundary in CONDITIONS))
        lines = [
            "voxels       um count blocked" + "".join(f"{name:>18}" for name in names) + "  spread     gap bracket"
        ]
        for s in self.samples:
            pairs = (s.fraction, *(s.relative[boundary] for boundary in CONDITIONS))
            size = f"{s.voxels:>6d} {s.voxels * self.side * 1e6:>8.4g} {s.count:>5d} {s.blocked:>7d}"
            cells = "".join(f"{f'{mean:.4f} +- {deviation:.4f}':>18}" for mean, deviation in pairs)
            lines.append(size + cells + "".join(f"{100 * part:>7.1f}%" for part in (s.spread, s.gap, s.bracket)))
        return lines


def rev_study(
    image: Image,
    phases: str | Sequence[str],
    sizes: Sequence[int],
    axis: int = 0,
    count: int = 8,
    seed: int = 0,
    comm: MPI.Comm = MPI.COMM_WORLD,
) -> Study:
    """Solve on cubes of voxels cut out of an image at random; collective.

    Args:
        image: on every rank.
        phases: that conduct, all alike.
        sizes: of the cubes, voxels a side.
        axis: of the mean field, 0 to 2.
        count: cubes of each size; where a size leaves fewer places, each place once.
        seed: of the places.
        comm: ranks that share each solve.

    Raises:
        InputError: a size that does not fit into the image, no cubes, an unknown phase, or a negative seed.
    """
    names = (phases,) if isinstance(phases, str) else tuple(dict.fromkeys(phases))
    for name in names:
        image.label(name)
    if seed < 0:
        raise InputError(f"The seed of a REV study is a whole number, 0 or more, not {seed}.")
    if count < 1 or not sizes or min(sizes) < 2 or max(sizes) > min(image.shape):
        raise InputError(
            f"Sub-volumes of {list(sizes)} voxels, {count} of each: sizes lie from 2 to {min(image.shape)} voxels, the "
            "shortest side of the image."
        )
    rng = np.random.default_rng(seed)
    samples, fractions, coefficients = [], [], []
    for size in sorted(set(sizes)):
        free = [n - size + 1 for n in image.shape]
        places = rng.choice(int(np.prod(free)), min(count, int(np.prod(free))), replace=False)
        found: dict[Boundary, list[float]] = {boundary: [] for boundary in CONDITIONS}
        shares, blocked = [], 0
        for place in places:
            start = np.unravel_index(place, free)
            cube, _ = crop(image, [int(n) for n in start], [int(n) + size for n in start])
            shares.append(sum(cube.fractions[name] for name in names))
            through = bool(reaching_through(cube, axis, *names).any())
            blocked += not through
            for boundary in CONDITIONS:
                value = 0.0
                if shares[-1] > 0 and (through or boundary in (Boundary.PERIODIC, Boundary.POTENTIAL)):
                    k = effective_conductivity(cube, dict.fromkeys(names, 1.0), boundary, (axis,), 1e-5, 1, comm)
                    value = float(k.tensor[axis, axis])
                found[boundary].append(value)
        samples.append(
            Sample(size, _moments(shares), {b: _moments(values) for b, values in found.items()}, blocked, len(places))
        )
        fractions += shares
        coefficients += found[Boundary.PERIODIC]
    conducting = [(f, d) for f, d in zip(fractions, coefficients, strict=True) if d > 1e-9]
    exponent = bruggeman_exponent(*zip(*conducting, strict=True)) if conducting else np.nan
    return Study(tuple(samples), exponent, image.voxel[axis])


def draw(study: Study, path: str | Path, comm: MPI.Comm = MPI.COMM_WORLD) -> None:
    """A picture of a study: the coefficient under each condition, and spread and gap, against the size; on rank 0.

    Raises:
        InputError: matplotlib is missing, or the file cannot be written.
    """
    on_root(comm, lambda: _draw(study, expand(path)))


def _draw(study: Study, path: Path) -> None:
    require_pictures(path)
    size = [s.voxels * study.side * 1e6 for s in study.samples]
    figure = blank(9, 3.6)
    left, right = figure.subplots(1, 2)
    for boundary in CONDITIONS:
        mean, deviation = zip(*(s.relative[boundary] for s in study.samples), strict=True)
        left.errorbar(size, mean, yerr=deviation, marker="o", capsize=3, label=boundary.value)
    left.set(xlabel="side of the sub-volume [um]", ylabel="effective over bulk coefficient", ylim=(0, None))
    right.plot(size, [100 * s.spread for s in study.samples], marker="o", label="spread, periodic")
    right.plot(size, [100 * s.gap for s in study.samples], marker="s", label="gap, plates to periodic")
    right.plot(size, [100 * s.bracket for s in study.samples], marker="^", label="bracket, potential - flux")
    right.set(xlabel="side of the sub-volume [um]", ylabel="% of the periodic value", yscale="log")
    enough = study.big_enough()
    if enough is not None:
        right.axvline(enough * study.side * 1e6, color="grey", linestyle=":", label="big enough")
    for axes in (left, right):
        axes.legend()
        axes.grid(alpha=0.3)
    written(figure, path)


def _moments(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and standard deviation of a sample."""
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
