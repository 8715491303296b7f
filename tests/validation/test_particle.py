"""Spheres that stand for the particles of a porous electrode: the radial rule, and diffusion in an electrode."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import ufl
from scipy.integrate import solve_ivp
from scipy.linalg import eigh

import femcell as fc
from femcell.constants import FARADAY
from femcell.materials import Cell, constant
from femcell.physics.particle import radial_rule
from tests.reference.analytic import sphere_constant_flux

Array = npt.NDArray[np.float64]


def surface(points: int, times: Array) -> Array:
    """(c_s - c_0) / (J R / D) at T = D t / R^2, exactly in time: M c' = -K c + 3 e_last, M diagonal."""
    rule = radial_rule(points)
    mass = np.diag(rule.weights)
    stiffness = rule.gradient.T @ (rule.weights[:, None] * rule.gradient)
    values, vectors = eigh(stiffness, mass)
    load = 3.0 * vectors[-1]
    slow = np.abs(values) < 1e-9 * values.max()
    rates = np.where(slow, 1.0, values)
    grown = np.where(slow, times[:, None], -np.expm1(-rates * times[:, None]) / rates)
    return (grown * load) @ vectors[-1]


def test_the_radial_rule_converges_faster_than_any_power() -> None:
    times = np.array([0.01, 0.03, 0.1, 0.3])
    exact = sphere_constant_flux(times)
    counts = [4, 8, 12]
    errors = [np.abs(surface(n, times) / exact - 1).max() for n in counts]
    print(dict(zip(counts, (f"{e:.1e}" for e in errors), strict=True)))
    # Ever steeper in a log-log plot; the default of 8 points is far below what any voltage shows.
    slopes = [np.log(a / b) / np.log(n / m) for a, b, m, n in zip(errors, errors[1:], counts, counts[1:], strict=False)]
    assert slopes[-1] > 1.5 * slopes[0] > 9.0
    assert errors[counts.index(8)] < 1e-4
    assert errors[-1] < 1e-7


def test_the_radial_rule_is_exact_where_it_should_be() -> None:
    """Weights integrate squares of the profiles; gradients are those of the polynomial."""
    rule = radial_rule(6)
    assert rule.weights.sum() == pytest.approx(1.0, abs=1e-14)
    for power in range(0, 21, 2):  # twice the degree 2 (6 - 1)
        assert rule.weights @ rule.points**power == pytest.approx(3.0 / (3.0 + power), abs=1e-13)
    np.testing.assert_allclose(rule.gradient @ rule.points**10, 10 * rule.points**9, atol=1e-12)


def even(slowness: float = 1e-14) -> Cell:
    """Chen 2020 where nothing but diffusion in the positive particles matters: all reacts evenly."""
    chen = fc.library.chen2020()
    fast = replace(chen.electrolyte, diffusivity=1e-4, conductivity=1e6)
    layer = replace(chen.positive, conductivity=1e10)
    particles = (replace(layer.particles[0], active=replace(layer.particles[0].active, diffusivity=slowness)),)
    return replace(chen, electrolyte=fast, positive=replace(layer, particles=particles))


def with_law(cell: Cell, law: object) -> Cell:
    p = cell.positive.particles[0]
    active = replace(p.active, diffusivity=law)  # type: ignore[arg-type]
    return replace(cell, positive=replace(cell.positive, particles=(replace(p, active=active),)))


LAWS = {
    "number": (1e-14, lambda x: np.full_like(x, 1e-14)),
    "constant law": (constant(1e-14), lambda x: np.full_like(x, 1e-14)),
    "law of c": (
        lambda c, T: 1e-14 * ufl.exp(2 * (1 - 2 * c / 63104.0)),
        lambda x: 1e-14 * np.exp(2 * (1 - 2 * x)),
    ),
}


@pytest.mark.parametrize("kind", LAWS)
def test_sphere_under_constant_flux(kind: str, tmp_path: Path) -> None:
    """The surface of the particles of an electrode against the series (Crank 1975), or finite volumes for D(c)."""
    law, plain = LAWS[kind]
    cell = with_law(even(), law)
    model = fc.DFN(
        cell,
        fc.Resolution(negative=1, separator=1, positive=1, degree=1, radial=10),
        counter=fc.LithiumMetal("negative_collector"),
    )
    seconds, out = 600.0, tmp_path / "out"
    fc.simulate(
        model,
        [f"Discharge at 1C for {seconds:g} seconds"],
        out,
        time=fc.TimeSettings(tolerance=1e-6, max_order=4),
        record=fc.OutputSettings(fields_at_s=(100.0, 300.0), pictures=False),
        progress=False,
    )
    p, layer = cell.positive.particles[0], cell.positive
    c_max, R = p.active.maximum_concentration, p.radius
    flux = 5.0 / cell.area / layer.thickness / p.specific_surface / FARADAY
    times = np.array([100.0, 300.0, 600.0])
    if kind == "law of c":
        start = p.active.initial_stoichiometry
        expected = finite_volumes(plain, start, flux / c_max, R, times)
    else:
        scale = flux * R / 1e-14
        expected = p.active.initial_stoichiometry + scale / c_max * sphere_constant_flux(1e-14 * times / R**2)
    for i, x in enumerate(expected, 1):
        with np.load(out / "fields" / f"stoichiometry_positive_{i:04d}.npz") as data:
            found = data["values"]
        assert np.ptp(found) < 1e-6
        rise = x - p.active.initial_stoichiometry
        print(f"{kind}, {times[i - 1]:g} s: rise {rise:.6f}, off by {(found.mean() - x) / rise:+.2e}")
        assert found.mean() - x == pytest.approx(0.0, abs=2e-4 * rise)


def finite_volumes(
    diffusivity: Callable[[Array], Array], start: float, flux: float, R: float, times: Array, n: int = 200
) -> Array:
    """Surface of a sphere with D(x), method of lines on shells that thin out to the surface; second order."""
    edges = R * np.sin(0.5 * np.pi * np.linspace(0.0, 1.0, n + 1))
    middle = 0.5 * (edges[1:] + edges[:-1])
    volume = (edges[1:] ** 3 - edges[:-1] ** 3) / 3

    def change(t: float, x: Array) -> Array:
        D = diffusivity(0.5 * (x[1:] + x[:-1]))
        inward = D * np.diff(x) / np.diff(middle) * edges[1:-1] ** 2
        through = np.concatenate([[0.0], inward, [flux * R**2]])
        return np.diff(through) / volume

    x = np.full(n, start)
    done = solve_ivp(change, (0.0, times[-1]), x, "BDF", t_eval=times, rtol=1e-9, atol=1e-12, lband=1, uband=1)
    last = done.y[-1]
    # From the last middle to the surface, with D at the surface found by iteration.
    surface = last.copy()
    for _ in range(50):
        surface = last + flux / diffusivity(0.5 * (surface + last)) * (R - middle[-1])
    return surface
