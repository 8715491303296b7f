"""Single-particle models: the same terms with constants in the place of functions."""

import numpy as np
import pytest

import femcell as fc

CHEN = fc.library.chen2020()
RESOLUTION = fc.Resolution(2, 1, 2, degree=4, radial=8)

# PyBaMM 26.10.1.1, parameter set Chen2020, 1C to 2.5 V, IDAKLU at 1e-8, 80/40/80 cells, 200 radial cells: voltages
# at TIMES, and the end. Its surface concentrations are extrapolated linearly from cell centres, which shifts the
# voltage by about 0.1 mV at this resolution (1 mV at its default); its SPMe averages overpotentials by asymptotics.
TIMES = (60.0, 600.0, 1800.0, 3000.0)
PYBAMM = {
    fc.Reduction.SPM: ((3.99054, 3.86747, 3.56822, 3.29292), 3567.69480),
    fc.Reduction.SPME: ((3.94113, 3.81131, 3.51175, 3.23604), 3555.75044),
}


def discharge(reduction: fc.Reduction, rate: str = "1C", period: str = "60 seconds") -> fc.Result:
    model = fc.DFN(CHEN, RESOLUTION, reduction=reduction)
    return fc.simulate(model, [f"Discharge at {rate} until 2.5 V ({period} period)"], progress=False)


@pytest.mark.parametrize(
    ("reduction", "within", "end"), [(fc.Reduction.SPM, 2.5e-4, 0.01), (fc.Reduction.SPME, 3e-4, 0.1)]
)
def test_against_pybamm(reduction: fc.Reduction, within: float, end: float) -> None:
    result = discharge(reduction)
    found = [result.voltage[np.argmin(np.abs(result.time - t))] for t in TIMES]
    expected, last = PYBAMM[reduction]
    assert found == pytest.approx(expected, abs=within)
    assert result.time[-1] == pytest.approx(last, abs=end)
    assert max(result.summary["worst_audit"].values()) < 1e-9


def test_with_electrolyte_it_tends_to_the_full_model() -> None:
    """What is lost by a uniform reaction falls with the rate, at least linearly."""
    gaps = []
    for rate, period in (("C/2", "600 seconds"), ("C/20", "6000 seconds")):
        full, reduced = (discharge(r, rate, period) for r in (fc.Reduction.NONE, fc.Reduction.SPME))
        common, i, j = np.intersect1d(full.time, reduced.time, return_indices=True)
        assert len(common) > 10
        gaps.append(np.abs(full.voltage[i] - reduced.voltage[j])[common > 0.0][:-1].mean())
    assert gaps[1] < 0.1 * gaps[0]


def test_no_single_particle_in_a_pouch() -> None:
    with pytest.raises(fc.InputError, match="no place in a pouch"):
        fc.DFN(CHEN, reduction=fc.Reduction.SPM, pouch=fc.Pouch(fc.DFN(CHEN, RESOLUTION).geometry))
