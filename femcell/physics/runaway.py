"""Decomposition of reactants that stay where they are: what is left of them, and the heat that they give off."""

from typing import Any

import ufl

from femcell.constants import GAS_CONSTANT

COLDEST = 100.0
"""K; below it, where only an overshoot of Newton's method comes, rates stay what they are there: nothing."""


def reactant_storage(c: Any, v: Any, dx: ufl.Measure) -> ufl.Form:
    """M = int c v dx: fraction of the reactant that is left."""
    return c * v * dx


def arrhenius_rate(factor: Any, T: Any, *, frequency_factor: Any, activation_energy: Any) -> Any:
    """A f(c) exp(-E / (R T)), 1/s."""
    return frequency_factor * factor * ufl.exp(-activation_energy / (GAS_CONSTANT * ufl.max_value(T, COLDEST)))


def decomposition(rate: Any, v: Any, dx: ufl.Measure) -> ufl.Form:
    """F = int rate v dx: the reactant is used up."""
    return rate * v * dx
