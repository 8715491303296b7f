"""How far one iteration of Newton may carry an unknown over the place where its laws turn.

Next to a bound, as where a lattice is nearly full, a law can become a hundred times steeper within a short way
(`Field.turn`). What a linearisation before the turn asks for lies far beyond it, and few such nodes make a line
search cut the iteration of all. So each unknown is stopped by itself: first just after the turn, then a little
beyond the bound, and from there on as far again as it has come. Simulators of reservoirs treat saturations at which a
phase appears likewise (Younis, Tchelepi and Aziz, SPE J. 15 (2010) 526).
"""

import numpy as np
import numpy.typing as npt

from femcell.solvers.discrete import Discrete

Floats = npt.NDArray[np.float64]

LANDING = 0.5
"""Distance from the bound, over the turn's width, at which an unknown that crosses the turn is stopped."""

LEAP = 0.2
"""Distance beyond the bound, over the turn's width, that one iteration is free to go: a factor of e in a current that
the last sites of a lattice hold back."""


class Turns:
    """The unknowns of a system whose laws turn next to their bounds, on this rank."""

    def __init__(self, discrete: Discrete) -> None:
        """Find them."""
        fields = zip(discrete.slices(), discrete.system.fields, strict=True)
        self._parts = [(part, f.turn, f.bounds) for part, f in fields if f.turn > 0.0 and f.bounds is not None]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._parts)

    def stop(self, x: Floats, update: Floats) -> int:
        """Shorten the updates that go too far, in place, and return how many those were.

        Args:
            x: owned unknowns.
            update: what is to be subtracted from them.
        """
        stopped = 0
        for part, turn, (low, high) in self._parts:
            here, move = x[part], update[part]
            there = here - move
            for bound, sign, nothing_near in (
                (high, 1.0, there.max(initial=-np.inf) < high - turn),
                (low, -1.0, there.min(initial=np.inf) > low + turn),
            ):
                if nothing_near:
                    continue
                left = sign * (bound - here)
                nearest = np.where(left > turn, LANDING * turn, np.minimum(left, 0.0) - np.maximum(LEAP * turn, -left))
                too_far = left + sign * move < nearest
                move[too_far] = sign * (nearest - left)[too_far]
                stopped += int(too_far.sum())
        return stopped
