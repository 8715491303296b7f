"""Which of the axes of a file are directions in space, and what is chosen along the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from femcell.checks import require_whole
from femcell.errors import InputError

SPACE = "ZYXQI"
"""Letters of axes that are, or may be, directions: tifffile calls unnamed axes Q and pages I."""

NAMES = {
    "X": "x",
    "Y": "y",
    "Z": "z",
    "C": "channel",
    "S": "sample",
    "T": "time",
    "Q": "unnamed",
    "I": "page",
    "A": "angle",
    "E": "wavelength",
    "H": "lifetime",
    "L": "exposure",
    "M": "mosaic",
    "P": "phase",
    "R": "tile",
    "V": "event",
}
"""What an axis is called; samples are the colours of a pixel and its opacity."""

SLICES = ("channel", "time", "sample")
"""Axes that programs write in place of z."""


@dataclass(frozen=True)
class Choice:
    """What is taken from a file with axes that are no direction.

    Attributes:
        channel: number of the channel, from 0; of a file with colours and no channels, of the colour.
        time: number of the time point, from 0.
        slices: "channel", "time" or "sample": this axis holds the slices of one volume, whatever it is called.

    Raises:
        InputError: no such axis, or no number from 0 on.
    """

    channel: int | None = None
    time: int | None = None
    slices: str | None = None

    def __post_init__(self) -> None:
        """Check."""
        for name in ("channel", "time"):
            value = getattr(self, name)
            if value is not None:
                require_whole(f"The {name} of an image", value)
                if value < 0:
                    raise InputError(f"The {name} of an image is counted from 0, and cannot be {value}.")
        if self.slices is not None and self.slices not in SLICES:
            raise InputError(f"The slices of an image are its {', '.join(SLICES)} axis, not {self.slices!r}.")

    def of(self, voxels: npt.NDArray[Any], axes: str, place: str) -> tuple[npt.NDArray[Any], str]:
        """The chosen part of an array with named axes, and the letters of the axes that are left.

        Args:
            voxels: the array.
            axes: a letter for each of its axes, see `NAMES`.
            place: what is read, in words.

        Raises:
            InputError: a choice is missing, is for an axis that is not there, or leaves no volume.
        """
        self.require(voxels.shape, axes, place)
        given = self._given(axes)
        index: list[int | slice] = []
        left = ""
        for letter, n in zip(axes, voxels.shape, strict=True):
            keep = letter in SPACE or letter == self._stacked or (n > 1 and letter not in given)
            index.append(slice(None) if keep else given.get(letter) or 0)
            left += letter if keep else ""
        return voxels[tuple(index)], left

    def require(self, shape: Sequence[int], axes: str, place: str) -> None:
        """Raise InputError where `of` could not serve, before anything is read."""
        lengths = dict(zip(axes, shape, strict=True))
        listed = ", ".join(f"{NAMES.get(a, a)} ({n})" for a, n in zip(axes, shape, strict=True))
        place = f"{place} has the axes {listed}"
        given = self._given(axes)
        for letter, value in given.items():
            if value is not None and letter == self._stacked:
                raise InputError(f"{place}: its {self.slices} axis holds the slices, and none of them can be chosen.")
            if value is not None and value >= lengths.get(letter, 1):
                name = "time" if letter == "T" else "channel"
                raise InputError(f"{place}: there is no {name} {value}; they are counted from 0.")
        if self._stacked and self._stacked not in axes:
            raise InputError(f"{place}: there is no {self.slices} axis that could hold its slices; leave that out.")
        more = [a for a, n in lengths.items() if a not in SPACE and a != self._stacked and n > 1]
        stackable = [NAMES[a] for a in more if NAMES.get(a) in SLICES]
        if stackable and sum(a in SPACE or a == self._stacked for a in axes) < 3:
            name = stackable[0]
            raise InputError(
                f"{place}: that is one slice and no volume; stack slices of labels into one file or, if its {name} "
                f'axis holds the slices, say so by slices="{name}" (--slices {name}).'
            )
        missing = [a for a in more if given.get(a) is None]
        if any(a not in given for a in missing):
            raise InputError(f"{place}: femcell takes x, y and z; write the volume that is meant into a file.")
        if missing:
            names = ["time" if a == "T" else "channel" for a in missing]
            colours = "colours are no labels; write one number for each voxel, or " if "S" in missing else ""
            raise InputError(
                f"{place}: {colours}choose what is read by {' and '.join(f'{n}=0' for n in names)} "
                f"({' '.join(f'--{n} 0' for n in names)})."
            )

    @property
    def _stacked(self) -> str | None:
        """The letter of the axis that holds slices."""
        return next((letter for letter, name in NAMES.items() if name == self.slices), None)

    def _given(self, axes: str) -> dict[str, int | None]:
        """What is chosen along the axes that can be chosen along, by their letters."""
        return {"S" if "S" in axes and "C" not in axes else "C": self.channel, "T": self.time}


def sides_of(left: str, sides: dict[str, float]) -> tuple[float, ...]:
    """Sides of a voxel along the axes that are left, nan where the file does not name them, as of `voxel_size`.

    What stands in for z, slices under any name, has the side along z.
    """
    return tuple(sides.get(a if a in "XY" else "Z", np.nan) for a in left)
