"""A system without terminals: it is left to itself, audited, written and pictured like any other."""

from dataclasses import replace

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

import femcell as fc
from femcell.system import Balance, Export, Field, Observable, System

pytestmark = pytest.mark.mpi


class Decay:
    """du/dt = -k u, u(0) = 1: the amount falls as exp(-k t)."""

    def __init__(self, k: float = 1e-3) -> None:
        domain = mesh.create_interval(MPI.COMM_WORLD, 12, [0.0, 1.0])
        V = fem.functionspace(domain, ("Lagrange", 1))
        u = fem.Function(V, name="u")
        (v,) = ufl.TestFunctions(ufl.MixedFunctionSpace(V))
        rate = fem.Constant(domain, k)
        nodes = np.arange(len(domain.geometry.x))
        self.system = System(
            mesh=domain,
            fields=(Field("u", "mol/m3", u, v, 1.0, stored=True, parent_nodes=nodes),),
            storage=u * v * ufl.dx,
            residual=rate * u * v * ufl.dx,
            observables=(Observable("amount", "mol", u * ufl.dx), Observable("lost", "mol/s", rate * u * ufl.dx)),
            balances=(Balance("amount", ("amount",), {"lost": -1.0}, k),),
            exports=(Export("u", "mol/m3", u, lambda: None, pictured=True),),
            initialise=lambda: u.x.array.__setitem__(slice(None), 1.0),
            label="decay",
            digest="decay",
        )


def test_it_rests_and_is_audited() -> None:
    result = fc.simulate(Decay(), ["Rest for 1000 s"], time=fc.TimeSettings(tolerance=1e-6), progress=False)
    assert list(result.series) == ["time_s", "step", "amount_mol", "lost_mol_s", "audit_amount"]
    assert result.series["amount_mol"][-1] == pytest.approx(np.exp(-1.0), abs=2e-5)  # the local errors of ~50 steps
    assert result.series["audit_amount"].max() < 1e-9


def test_it_is_written_and_pictured(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = MPI.COMM_WORLD.bcast(str(tmp_path_factory.mktemp("run") / "out"))
    result = fc.simulate(Decay(), ["Rest for 100 s"], output=path, progress=False)
    assert result.folder is not None
    MPI.COMM_WORLD.Barrier()
    assert {p.name for p in result.folder.glob("*.png")} == {"averages.png", "audit.png", "u.png"}


def test_a_bound_that_is_overshot_is_told_once_and_one_that_is_left_ends_the_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = Decay()
    (u,) = model.system.fields
    model.system = replace(model.system, fields=(replace(u, bounds=(0.995, np.inf)),))
    result = fc.simulate(model, ["Rest for 10 s"], time=fc.TimeSettings(tolerance=1e-6), progress=True)
    share = 0.995 - np.exp(-0.01)
    assert result.summary["overshoots"] == {"u": pytest.approx(share, rel=1e-2)}
    assert capsys.readouterr().err.count("Warning") == int(MPI.COMM_WORLD.rank == 0)
    with pytest.raises(fc.SolveError, match=r"left its bounds.*u is.*its bound is 0.995"):
        fc.simulate(model, ["Rest for 100 s"], progress=False)


@pytest.mark.parametrize(
    "step", ["Discharge at 1C until 3 V", "Hold at 4 V for 1 hour", "Rest for 1 hour until above 3 V"]
)
def test_what_needs_terminals_is_refused(step: str) -> None:
    with pytest.raises(fc.InputError, match="terminals"):
        fc.simulate(Decay(), [step], progress=False)


def test_a_step_that_sets_a_temperature_is_refused() -> None:
    with pytest.raises(fc.InputError, match=r"Step 'rest .*' sets a temperature, .*ambient"):
        fc.simulate(Decay(), ["Rest for 100 s at 90oC"], progress=False)
