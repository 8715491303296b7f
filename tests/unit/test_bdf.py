"""The weights are exact where they claim to be: on polynomials, on steps of any size."""

import numpy as np
import pytest

from femcell.solvers.bdf import Past, combine, derivative_weights, error_constant, extrapolation_weights

NEW = 2.0
TIMES = (1.7, 1.1, 1.0, 0.35, 0.2, -0.4)


@pytest.mark.parametrize("order", range(1, 6))
def test_derivative_is_exact_up_to_the_order_and_not_beyond(order: int) -> None:
    nodes = np.array([NEW, *TIMES[:order]])
    weights = derivative_weights(NEW, TIMES[:order])
    for power in range(order + 1):
        exact = power * NEW ** (power - 1) if power else 0.0
        assert weights @ nodes**power == pytest.approx(exact, abs=1e-10)
    beyond = order + 1
    assert abs(weights @ nodes**beyond - beyond * NEW**order) > 1e-3


@pytest.mark.parametrize("order", range(6))
def test_extrapolation_is_exact_up_to_the_order_and_not_beyond(order: int) -> None:
    nodes = np.array(TIMES[: order + 1])
    weights = extrapolation_weights(NEW, TIMES[: order + 1])
    for power in range(order + 1):
        assert weights @ nodes**power == pytest.approx(NEW**power, rel=1e-10)
    assert abs(weights @ nodes ** (order + 1) - NEW ** (order + 1)) > 1e-3


def test_equal_steps_give_the_textbook_formulas() -> None:
    h = 0.25
    assert derivative_weights(h, (0.0,)) * h == pytest.approx([1.0, -1.0])
    assert derivative_weights(2 * h, (h, 0.0)) * h == pytest.approx([1.5, -2.0, 0.5])
    assert derivative_weights(3 * h, (2 * h, h, 0.0)) * h == pytest.approx([11 / 6, -3.0, 1.5, -1 / 3])


@pytest.mark.parametrize("order", range(1, 6))
def test_error_constant_gives_the_step_times_the_defect_of_the_next_power(order: int) -> None:
    """On t^(k+1) with exact past values; the corrected value is off by somewhat less."""
    power, step = order + 1, NEW - TIMES[0]
    past = np.array(TIMES[: order + 1])
    weights = derivative_weights(NEW, TIMES[:order])
    rate = power * NEW**order
    defect = weights[0] * NEW**power + weights[1:] @ past[:order] ** power - rate
    predicted = extrapolation_weights(NEW, TIMES[: order + 1]) @ past**power
    constant = error_constant(NEW, TIMES, order)
    assert constant * (NEW**power - predicted) == pytest.approx(abs(step * defect), rel=1e-9)
    corrected = (rate - weights[1:] @ past[:order] ** power) / weights[0]
    off, estimate = corrected - NEW**power, constant * (corrected - predicted)
    assert 0.2 * estimate < off < estimate


def test_combine_does_not_touch_its_input() -> None:
    a, b = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    assert combine(np.array([2.0, -1.0]), (a, b)).tolist() == [-1.0, -1.0]
    assert a.tolist() == [1.0, 2.0]


def test_history_is_cut_and_restarted() -> None:
    past = Past((), (), ())
    for i in range(5):
        past = past.push(float(i), np.array([i]), np.array([10 * i]), keep=3)
    assert past.times == (4.0, 3.0, 2.0)
    assert [int(s[0]) for s in past.stored] == [40, 30, 20]
    assert past.restarted().times == (4.0,)
    assert len(past.restarted().states) == len(past.restarted().stored) == 1
