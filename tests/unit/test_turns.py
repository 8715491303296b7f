"""Where Newton stops an unknown whose law turns next to its bound."""

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from femcell.solvers.turns import LANDING, LEAP, Turns

TURN, HIGH = 1e-3, 2.0


def turns(*fields: tuple[int, float, tuple[float, float] | None]) -> Turns:
    """Of fields of so many unknowns, with turns and bounds."""
    ends = np.cumsum([0, *(size for size, _, _ in fields)])
    discrete: Any = SimpleNamespace(
        slices=lambda: [slice(a, b) for a, b in pairwise(ends)],
        system=SimpleNamespace(fields=[SimpleNamespace(turn=turn, bounds=bounds) for _, turn, bounds in fields]),
    )
    return Turns(discrete)


@pytest.mark.parametrize(
    ("distance", "asked", "reached"),
    [
        (0.5, 0.4, 0.4),  # far from the bound nothing is stopped
        (0.5, TURN, TURN),
        (0.5, 0.9 * TURN, 0.9 * TURN),  # the turn is crossed
        (0.5, 0.4 * TURN, LANDING * TURN),  # and too far
        (0.5, -3.0, LANDING * TURN),
        (0.8 * TURN, 0.1 * TURN, 0.1 * TURN),  # free up to the bound, and a little beyond
        (0.8 * TURN, -0.9 * LEAP * TURN, -0.9 * LEAP * TURN),
        (0.8 * TURN, -5.0 * TURN, -LEAP * TURN),
        (-0.1 * TURN, -5.0 * TURN, -(0.1 + LEAP) * TURN),
        (-7.0 * TURN, -50.0 * TURN, -14.0 * TURN),  # beyond it as far again
        (-7.0 * TURN, 0.5, 0.5),  # and back at once
    ],
)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_distances_from_a_bound(distance: float, asked: float, reached: float, sign: float) -> None:
    """Of both ends alike; one unknown that is stopped leaves the others alone."""
    bound = HIGH if sign > 0 else 0.0
    x = np.array([0.3, bound - sign * distance, 0.7])
    update = np.array([0.1, x[1] - (bound - sign * asked), 0.0])
    stopped = turns((1, 0.0, None), (2, TURN, (0.0, HIGH))).stop(x, update)
    assert bound - x[1] + update[1] == pytest.approx(sign * reached, abs=1e-15)
    assert stopped == int(reached != asked)
    assert update[0] == 0.1 and update[2] == 0.0


def test_fields_without_a_turn_are_left_alone() -> None:
    without = turns((2, 0.0, (0.0, 1.0)), (1, TURN, None))
    assert not without
    update = np.array([50.0, -50.0, 50.0])
    assert without.stop(np.zeros(3), update) == 0
    np.testing.assert_array_equal(update, [50.0, -50.0, 50.0])


def test_a_bound_at_infinity_stops_nothing() -> None:
    update = np.array([-1e9, 3.0])
    assert turns((2, TURN, (0.0, np.inf))).stop(np.array([1.0, 1.0]), update) == 1
    np.testing.assert_allclose(update, [-1e9, 1.0 - LANDING * TURN])
