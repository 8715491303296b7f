"""A segmented image: one label per voxel, the size of a voxel, and the material that each label stands for."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from femcell.errors import InputError
from femcell.kinds import require_fields
from femcell.reprs import angled

Labels = npt.NDArray[np.unsignedinteger]
Mask = npt.NDArray[np.bool_]

AXES = "xyz"
SIDES = (1e-12, 1.0)
"""Shortest and longest side of a voxel, m."""
FLAT = 1000.0
"""Most that a side of a voxel is longer than another: beyond it what is computed from it loses its digits."""


@dataclass(frozen=True, eq=False)
class Image:
    """A segmented image of a box.

    Attributes:
        labels: what fills each voxel, unsigned integers, shape (nx, ny, nz), at least two voxels a side; the first
            axis is x.
        voxel: sides of a voxel along x, y, z, m; they may differ.
        phases: material name -> label. Every label of the image has a name; a name may be without voxels, as in a
            part of a larger image.

    Raises:
        InputError: not three-dimensional, empty, not of unsigned integers, sides of a voxel out of range, a label
            without a name, two names for one label, or a name that no mesh file can hold.
    """

    labels: Labels
    voxel: tuple[float, float, float]
    phases: Mapping[str, int]

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            "",
            f"{' x '.join(map(str, self.shape))} voxels of {' x '.join(f'{side * 1e6:.4g}' for side in self.voxel)} um",
            *(f"{name} {100 * share:.3g} %" for name, share in self.fractions.items()),
        )

    def __post_init__(self) -> None:
        """Check, and freeze what could be changed."""
        require_fields(self)
        shape = self.labels.shape
        if self.labels.size == 0:
            raise InputError("The image is empty: it has no voxels.")
        if len(shape) != 3 or min(shape) < 2:
            raise InputError(
                f"The image has {' x '.join(map(str, shape))} voxels: femcell takes three-dimensional images of at "
                "least two voxels a side; stack the slices into one file."
            )
        if not np.issubdtype(self.labels.dtype, np.unsignedinteger):
            raise InputError(
                f"Labels are unsigned integers, not {self.labels.dtype}; segment a grey-scale image first."
            )
        within = [SIDES[0] <= side <= SIDES[1] for side in self.voxel] == [True] * 3
        if not within or max(self.voxel) > FLAT * min(self.voxel):
            raise InputError(
                f"The sides of a voxel are three positive lengths from {SIDES[0]:g} to {SIDES[1]:g} m, one at most "
                f"{FLAT:g} times another, not {self.voxel}."
            )
        by_label: dict[int, str] = {}
        for name, label in self.phases.items():
            require_name("phase", name)
            if label in by_label:
                raise InputError(f"Phases '{by_label[label]}' and '{name}' both have label {label}; give each its own.")
            by_label[label] = name
        unnamed = {label: n for label, n in self.counts.items() if label not in by_label}
        if unnamed:
            label, n = max(unnamed.items(), key=lambda item: item[1])
            raise InputError(
                f"Label {label} of the image ({n} voxels) belongs to no phase: name it, or take it out; the phases are "
                f"{', '.join(f'{name}={known}' for name, known in self.phases.items()) or 'none'}."
            )
        object.__setattr__(self, "phases", MappingProxyType(dict(self.phases)))

    @cached_property
    def counts(self) -> Mapping[int, int]:
        """Voxels of each label that occurs."""
        if self.labels.dtype.itemsize <= 2:
            # Slice by slice: bincount makes a copy of eight bytes a voxel.
            most = int(self.labels.max()) + 1
            found = np.sum([np.bincount(part.ravel(), minlength=most) for part in self.labels], axis=0)
            return {int(label): int(found[label]) for label in np.flatnonzero(found)}
        labels, found = np.unique(self.labels, return_counts=True)
        return dict(zip(labels.tolist(), found.tolist(), strict=True))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along x, y, z."""
        nx, ny, nz = self.labels.shape
        return nx, ny, nz

    @property
    def extent(self) -> tuple[float, float, float]:
        """Sides of the box, m."""
        x, y, z = (n * h for n, h in zip(self.shape, self.voxel, strict=True))
        return x, y, z

    @property
    def fractions(self) -> Mapping[str, float]:
        """Volume fraction of each phase; they add up to 1."""
        return {name: self.counts.get(label, 0) / self.labels.size for name, label in self.phases.items()}

    def label(self, phase: str) -> int:
        """The label of a phase.

        Raises:
            InputError: no phase of that name.
        """
        if phase not in self.phases:
            raise InputError(f"The image has no phase '{phase}'; its phases are {', '.join(self.phases)}.")
        return self.phases[phase]

    def mask(self, *phases: str) -> Mask:
        """Voxels of one phase or of several, shape (nx, ny, nz)."""
        if len(phases) == 1:
            return self.labels == self.label(phases[0])
        return np.isin(self.labels, [self.label(phase) for phase in phases])

    def numbered(self) -> Labels:
        """The number of each voxel's phase in the order of `phases`, from 0, shape (nx, ny, nz).

        For tables over phases: labels may be any numbers, and a table over them as long as the largest.
        """
        numbers = np.zeros(self.shape, dtype=np.min_scalar_type(len(self.phases)))
        for number, label in enumerate(self.phases.values()):
            numbers[self.labels == label] = number
        return numbers

    def relabelled(self, labels: Labels) -> "Image":
        """The same voxels and names with other labels, shape free."""
        return replace(self, labels=labels)


def free_label(phases: Mapping[str, int]) -> int:
    """The smallest label that none of the phases has."""
    return next(label for label in itertools.count() if label not in phases.values())


def require_name(what: str, name: str) -> None:
    """Raise InputError where a name is blank, or holds what would end it or not be seen in a mesh file."""
    if not name.strip() or not name.isprintable() or set(name) & set('"\\'):
        raise InputError(
            f"The name {name!r} of a {what} is blank, or holds a double quote, a backslash or an unprintable "
            "character: take another."
        )
