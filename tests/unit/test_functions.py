"""Formulas and tables: their values, also as UFL, and what they refuse."""

import math
from pathlib import Path

import numpy as np
import pytest
import ufl
from scipy.interpolate import PchipInterpolator

from femcell.errors import InputError
from femcell.materials.formulas import Formula
from femcell.materials.tables import Table, table_from_csv, tabulate


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + x", 1.3),
        ("-x ** 2", -0.09),
        ("2 * (x - 1) / 4 ** -1", -5.6),
        ("1.5e-1 * exp(-2 * x) + tanh(x)", 0.15 * math.exp(-0.6) + math.tanh(0.3)),
        ("cosh(x) + sqrt(x) - log(x) + sinh(x)", math.cosh(0.3) + math.sqrt(0.3) - math.log(0.3) + math.sinh(0.3)),
        ("2 ** 3 ** 2 + x", 512.3),
    ],
)
def test_formulas(source, expected):
    formula = Formula(source)
    assert formula(0.3) == pytest.approx(expected, rel=1e-14)
    assert float(formula(ufl.as_ufl(0.3))) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("foo(x)", "'foo' is not a function"),
        ("__import__('os').system('true')", "may not stand"),
        ("y + 1", "use x"),
        ("exp(x, 2)", "one argument"),
        ("x if x else 1", "may not stand"),
        ("x.real", "may not stand"),
        ("2 *", "not a formula"),
        ("", "not a formula"),
        ("1j * x", "may not stand"),
        ("1" + "0" * 400 + " * x", "not a formula"),
    ],
)
def test_formulas_refuse(source, words):
    with pytest.raises(InputError, match=words) as caught:
        Formula(source)
    assert str(caught.value).endswith(".")


def test_formulas_have_no_value_outside_the_reals():
    assert math.isnan(Formula("x ** 0.5")(-1.0))
    assert math.isnan(Formula("1 / x")(0.0))
    assert math.isnan(Formula("10 ** 10 ** 10 + x")(0.0))
    held = Formula("log(x)", within=((1e-9, 1.0),))
    assert held(-1.0) == math.log(1e-9)
    assert float(held(ufl.as_ufl(-1.0))) == math.log(1e-9)
    assert Formula("x ** 2", within=((1e-9, 1.0),))(-1.0) == 1.0  # real everywhere: goes on as it is


@pytest.mark.parametrize("n", [2, 3, 4, 25])
def test_table_is_the_pchip_of_scipy(n):
    random = np.random.default_rng(n)
    x, y = np.sort(random.random(n)), random.random(n)
    table, reference = Table(tuple(x), tuple(y)), PchipInterpolator(x, y)
    points = np.linspace(x[0], x[-1], 101)
    assert [table(p) for p in points.tolist()] == pytest.approx(reference(points), rel=1e-12, abs=1e-14)
    slope = reference.derivative()
    for end, beyond in ((0, x[0] - 0.2), (-1, x[-1] + 0.2)):  # straight on
        assert table(float(beyond)) == pytest.approx(y[end] + slope(x[end]) * (beyond - x[end]), abs=1e-12)


def test_table_in_ufl_and_its_slope():
    table = Table((0.0, 0.1, 0.4, 0.6, 1.0), (4.3, 4.1, 3.9, 3.85, 3.0))
    for x in (-0.1, 0.05, 0.1, 0.5, 0.77, 1.2):
        variable = ufl.variable(ufl.as_ufl(x))
        slope = ufl.algorithms.apply_derivatives.apply_derivatives(ufl.diff(table(variable), variable))
        assert float(table(ufl.as_ufl(x))) == table(x)
        assert float(slope(())) == pytest.approx((table(x + 1e-6) - table(x - 1e-6)) / 2e-6, rel=1e-4)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ((0.0, 1.0), (1.0,), "as many"),
        ((0.0,), (1.0,), "at least two"),
        ((0.0, 0.5, 0.5), (1.0, 2.0, 3.0), "more than once"),
        ((0.0, math.nan), (1.0, 2.0), "not finite"),
    ],
)
def test_tables_refuse(x, y, words):
    with pytest.raises(InputError, match=words):
        Table(x, y)


def test_tabulated_to_a_millionth():
    table = tabulate(lambda x: 4 - math.tanh(12 * (x - 0.4)), 0.0, 1.0)
    points = np.random.default_rng(0).random(500)
    found = np.array([table(x) for x in points.tolist()])
    assert found == pytest.approx(4 - np.tanh(12 * (points - 0.4)), rel=1.5e-6)
    with pytest.raises(InputError, match="finite"):
        tabulate(lambda x: math.nan, 0.0, 1.0)


def test_a_table_of_another_argument(tmp_path: Path) -> None:
    (tmp_path / "D.csv").write_text("T,D\n280,1e-14\n320,3e-14\n")
    argument, table = table_from_csv(tmp_path / "D.csv", ("c_s", "T", "x"))
    assert (argument, table(300.0)) == ("T", pytest.approx(2e-14, rel=1e-12, abs=0))


def test_a_formula_of_several_arguments() -> None:
    formula = Formula("c_e * exp(-T2 / T) + c_e_1", ("c_e", "T", "T2", "c_e_1"))
    assert formula(2.0, 1.0, 0.5, 3.0) == pytest.approx(2 * math.exp(-0.5) + 3)
    held = Formula("sqrt(a) / b", ("a", "b"), ((0.25, math.inf), None))
    assert held(-1.0, 2.0) == float(held(ufl.as_ufl(-1.0), 2.0)) == 0.25
    for source in ("1_0 * x", "1.5e1_0 * x", ".1_0", "1e-1_0"):
        with pytest.raises(InputError, match="a number with a '_'"):
            Formula(source)
