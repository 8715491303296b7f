"""Laws: how a property depends on concentration, stoichiometry and temperature.

A property is either a number or a law. A number stays a number, so that a model can make it a `fem.Constant`
and sweep it without recompiling. A law is a function of UFL expressions (or floats) that returns one: the
same function gives the term of a form, its exact derivative by `ufl.diff`, and, through `evaluate`, a plain
number.

Conventions: concentrations in mol/m3, stoichiometry x = c_s / c_max, temperature T in K, always the last
argument.
"""

import math
from collections.abc import Callable
from typing import Any

import ufl
from ufl.constant import Constant as UflConstant
from ufl.core.expr import Expr
from ufl.core.terminal import FormArgument
from ufl.corealg.traversal import unique_pre_traversal

from femcell.constants import GAS_CONSTANT

type Expression = Any
"""A float or a UFL expression; `Any`, because UFL adds its operators where no type checker sees them."""

type Law = Callable[..., Expression]
type Property = float | Law

REFERENCE_TEMPERATURE = 298.15
"""K; 25 degrees C, at which most laws of the library were measured."""

CONCENTRATION_FLOOR = 1e-6
"""mol/m3; nine orders below a usual electrolyte: roots stay real when a Newton step overshoots zero."""


def constant(value: float) -> Law:
    """A law that ignores its arguments and returns `value` (in the unit of the property)."""

    def law(*arguments: Expression) -> Expression:
        return value

    return law


def apply(prop: Property, *arguments: Expression) -> Expression:
    """The property at `arguments`: a law is called, a number is returned as it is."""
    return prop(*arguments) if callable(prop) else prop


def evaluate(prop: Property, *arguments: float) -> float:
    """The property at `arguments` as a plain number, nan where it has none; TypeError where it holds a field."""
    try:
        value = apply(prop, *arguments)
    except ArithmeticError:
        return math.nan
    if isinstance(value, Expr):
        for node in unique_pre_traversal(value):
            # float() of such a node, left to UFL, calls itself until the stack ends, at every level
            if isinstance(node, FormArgument | UflConstant) and type(node).__float__ is Expr.__float__:
                raise TypeError(f"{node} has no value outside a model")
    try:
        return math.nan if isinstance(value, complex) else float(value)
    except ArithmeticError:
        return math.nan


def arrhenius(prop: Property, activation_energy: float, reference_temperature: float = REFERENCE_TEMPERATURE) -> Law:
    """The property at the reference temperature, times exp(E/R (1/T_ref - 1/T)).

    Args:
        prop: number or law; a law is called with all arguments, T included.
        activation_energy: E in J/mol.
        reference_temperature: T_ref in K, where the factor is 1.
    """

    def law(*arguments: Expression) -> Expression:
        inverse_temperatures = 1 / reference_temperature - 1 / arguments[-1]
        return apply(prop, *arguments) * ufl.exp(activation_energy / GAS_CONSTANT * inverse_temperatures)

    return law


def nonnegative(concentration: Expression) -> Expression:
    """The concentration (mol/m3), not let below `CONCENTRATION_FLOOR`: for roots and logarithms."""
    return ufl.max_value(concentration, CONCENTRATION_FLOOR)
