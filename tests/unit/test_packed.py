"""Assembly from kept arrays gives what DOLFINx gives from the forms, at any state and with any numbers."""

from collections.abc import Callable

import numpy as np
import pytest

import femcell as fc
from femcell.geometry import Geometry
from femcell.solvers import discrete
from femcell.solvers.discrete import Clock, Discrete


def line(layers: Callable[..., Geometry]) -> fc.DFN:
    """With a control, a Dirichlet condition, components and a double layer."""
    cell = fc.library.chen2020()
    return fc.DFN(cell, fc.Resolution(2, 1, 1, degree=3, radial=3))


def square(layers: Callable[..., Geometry]) -> fc.ResolvedCell:
    """With interface integrals."""
    chen = fc.library.chen2020()
    return fc.ResolvedCell(
        layers(2, ("separator", "nmc", "foil"), n=2),
        chen.electrolyte,
        {"separator": chen.separator, "nmc": chen.positive.active, "foil": fc.library.aluminium()},
        {"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
    )


@pytest.mark.parametrize("model", [line, square])
def test_packed_is_what_dolfinx_assembles(
    model: Callable[..., fc.DFN | fc.ResolvedCell], layers: Callable[..., Geometry], monkeypatch: pytest.MonkeyPatch
) -> None:
    system = model(layers).system
    packed = Discrete(system, Clock())
    assert packed.small
    monkeypatch.setattr(discrete, "SMALL", 0)
    plain = Discrete(system, Clock())
    assert not plain.small
    both = (packed, plain)
    matrices = [d.matrix() for d in both]
    random = np.random.default_rng(0)
    assert system.control is not None
    for attempt in range(2):
        for f in system.fields:
            values = f.function.x.array
            values[:] = (0.1 if f.unit == "V" else f.scale) * random.uniform(0.2, 0.8, len(values))
        if attempt:
            system.parameters["temperature"].value = 310.0
            system.control.hold_power(3.0)
        for d in both:
            d.rate.value = 0.1 + attempt
            d.jacobian()
        for found, wanted in (
            *((getattr(packed, what)(), getattr(plain, what)()) for what in ("residual", "storage")),
            (list(packed.observe().values()), list(plain.observe().values())),
            (matrices[0].getValuesCSR()[2], matrices[1].getValuesCSR()[2]),
        ):
            assert np.isfinite(wanted).all()
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14 * np.abs(wanted).max())
        for a, b in zip(matrices[0].getValuesCSR()[:2], matrices[1].getValuesCSR()[:2], strict=True):
            np.testing.assert_array_equal(a, b)
