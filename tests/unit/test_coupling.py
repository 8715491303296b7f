"""Systems add up and come apart, and every coupling strategy runs, is audited and resumes like any other solve."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import ufl
from mpi4py import MPI

import femcell as fc
from femcell.errors import NewtonError
from femcell.materials.runaway import Order
from femcell.record import Recorder
from femcell.solvers.coupling import Strategy
from femcell.solvers.discrete import Clock, Discrete
from femcell.solvers.settings import SolverSettings
from femcell.solvers.stepper import Trial
from femcell.system import Balance, System
from tests.convergence.coupled import Coupled

pytestmark = pytest.mark.mpi

STEPS = ["Rest for 0.1 s", "Rest for 0.2 s"]
SPLIT = (("u",), ("w", "p"))
ITERATED = fc.Staggered(SPLIT, iterations=60, tolerance=1e-11)
FAST = fc.Staggered(SPLIT, substeps=(1, 2))
STRATEGIES = [fc.Monolithic(), fc.Staggered(SPLIT), ITERATED, FAST, fc.Lie(SPLIT), fc.Strang(SPLIT)]


def residual(system: System) -> dict[str, np.ndarray]:
    """Rows of each field."""
    discrete = Discrete(system, Clock())
    rows = discrete.residual()
    return {f.name: rows[part] for f, part in zip(system.fields, discrete.slices(), strict=True)}


def run(strategy: Strategy, tolerance: float = 1e-3) -> fc.Result:
    time = fc.TimeSettings(tolerance=tolerance)
    return fc.simulate(Coupled(), ["Rest for 0.3 s"], coupling=strategy, time=time, progress=False)


def common(strategy: Strategy, tolerance: float = 1e-3) -> fc.Result:
    """With a balance over what two groups store."""
    model = Coupled()
    both = Balance("both", ("amount_u", "amount_w"), {"loss_u": -1.0, "loss_w": -1.0}, 1.0)
    model.system = replace(model.system, balances=(*model.system.balances, both))
    time = fc.TimeSettings(tolerance=tolerance)
    return fc.simulate(model, ["Rest for 0.3 s"], coupling=strategy, time=time, progress=False)


def test_systems_add_up_and_come_apart() -> None:
    coupled = Coupled()
    coupled.system.initialise()
    whole = residual(coupled.system)
    for name, alone in zip(whole, coupled.systems, strict=True):
        for rows in (residual(alone), residual(coupled.system.part((name,)))):
            assert list(rows) == [name]
            assert rows[name] == pytest.approx(whole[name], abs=1e-15)
    assert coupled.system.groups == (("u",), ("w",), ("p",))
    twice = residual(coupled.systems[0] + coupled.system)["u"]
    assert (
        twice == pytest.approx(2 * whole["u"], abs=1e-15) and np.abs(np.concatenate(list(whole.values()))).max() > 0.1
    )


def test_what_either_system_stores_is_stored() -> None:
    alone = Coupled().systems[0]
    flowing = replace(alone, storage=ufl.Form([]), fields=(replace(alone.fields[0], stored=False),))
    storing = replace(alone, residual=ufl.Form([]))
    assert (flowing + storing).field("u").stored
    assert (storing + flowing).field("u").stored


def test_systems_that_do_not_go_together_are_refused() -> None:
    first, second = Coupled(), Coupled()
    with pytest.raises(fc.InputError, match="different meshes"):
        _ = first.system + second.system
    cell = fc.DFN(fc.library.chen2020(), fc.Resolution(2, 1, 2, degree=1, radial=3)).system
    with pytest.raises(fc.InputError, match="one control"):
        _ = cell + cell


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: type(s).__name__)
def test_adaptive_steps_hold_their_tolerance(strategy: Strategy) -> None:
    model = Coupled()
    result = fc.simulate(
        model, ["Rest for 1 s"], coupling=strategy, time=fc.TimeSettings(tolerance=1e-4), progress=False
    )
    assert model.errors(1.0).max() < 1e-4 * result.summary["iterations"]["steps"]
    assert result.summary["coupling"] == repr(strategy)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: type(s).__name__)
def test_every_coupling_conserves_what_one_group_stores(strategy: Strategy) -> None:
    result = run(strategy)
    assert max(result.summary["worst_audit"].values()) < 1e-9
    assert result.summary["audit_bound"] == 1e-8 and result.summary["audits_not_judged"] == []


def test_audits_show_what_the_coupling_leaves() -> None:
    """What is solved together is conserved to the solver's tolerance; what is not, to the error of the coupling."""
    for strategy in (fc.Monolithic(), ITERATED):
        result = common(strategy)
        assert result.summary["worst_audit"]["both"] < 1e-9 and result.summary["audits_not_judged"] == []
    for strategy in (fc.Staggered(SPLIT), fc.Strang(SPLIT)):
        coarse, fine = common(strategy, 1e-3), common(strategy, 1e-4)
        assert 1e-8 < fine.summary["worst_audit"]["both"] < coarse.summary["worst_audit"]["both"] / 2
        assert coarse.summary["audits_not_judged"] == ["both"]


@pytest.mark.parametrize("options", [{"relaxation": 0.6}, {"aitken": True}])
def test_relaxation_mends_sweeps_that_diverge(options: dict[str, float]) -> None:
    """Over a long step with a strong coupling each sweep throws the fields further apart than the one before."""

    def solve(strategy: Strategy) -> Coupled:
        coupled = Coupled(gain=2.0)
        coupled.system.initialise()
        discrete = Discrete(coupled.system, Clock())
        solver = strategy.solver(discrete, SolverSettings())
        try:
            stored, rate = discrete.storage(), 0.2
            solver.solve(rate, -rate * stored, np.zeros_like(stored))
        finally:
            solver.release()
        return coupled

    groups = (("u", "w"), ("p",))
    together = solve(fc.Monolithic())
    with pytest.raises(NewtonError):
        solve(fc.Staggered(groups, iterations=60, tolerance=1e-10))
    apart = solve(fc.Staggered(groups, iterations=60, tolerance=1e-10, **options))
    for a, b in zip(together.system.fields, apart.system.fields, strict=True):
        assert a.function.x.array == pytest.approx(b.function.x.array, abs=1e-8)


def test_sweeps_without_a_tolerance_are_as_many_as_were_asked_for() -> None:
    def worst(sweeps: int) -> float:
        return common(fc.Staggered(SPLIT, iterations=sweeps)).summary["worst_audit"]["both"]

    assert worst(4) < 0.1 * worst(2) < 0.01 * worst(1)


def test_aitken_agrees_between_ranks_without_unknowns() -> None:
    """All of a module is on one rank, whose sweeps the others follow."""
    stuff = fc.Thermal(name="stuff", density=2e3, heat_capacity=1e3, conductivity=1.0, source="this test")
    reaction = replace(fc.library.hatchard2001_reactions()[0], kinetics=Order(2.0))
    cell = fc.LumpedCell(volume=1e-5, material=stuff, initial_temperature=420.0)
    strategy = fc.Staggered(iterations=20, tolerance=1e-9, aitken=True)
    model = fc.Module({"a": cell, "b": replace(cell, heater=1.0)}, (reaction,), {("a", "b"): 0.1})
    result = fc.simulate(model, ["Rest for 10 seconds"], coupling=strategy, progress=False)
    assert result.summary["worst_audit"]["energy"] < 1e-4


@pytest.mark.parametrize("strategy", [fc.Staggered(SPLIT), fc.Strang(SPLIT)], ids=lambda s: type(s).__name__)
def test_a_run_resumes(
    strategy: Strategy, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(MPI.COMM_WORLD.bcast(str(tmp_path_factory.mktemp("run") / "out")))
    quiet = {"record": fc.OutputSettings(pictures=False), "progress": False, "coupling": strategy}
    whole = fc.simulate(Coupled(), STEPS, **quiet)
    accepted = Recorder.accepted

    def interrupted(recorder: Recorder, trial: Trial) -> None:
        accepted(recorder, trial)
        if recorder.counters["steps"] == 4:
            raise fc.SolveError("interrupted")

    with monkeypatch.context() as patch, pytest.raises(fc.SolveError, match="interrupted"):
        patch.setattr(Recorder, "accepted", interrupted)
        fc.simulate(Coupled(), STEPS, folder, **quiet)
    resumed = fc.simulate(Coupled(), STEPS, folder, resume=True, **quiet)
    assert resumed.series["amount_u_mol"][-1] == pytest.approx(whole.series["amount_u_mol"][-1], rel=1e-12)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: fc.Staggered(iterations=0), "at least one iteration"),
        (lambda: fc.Staggered(tolerance=0.0), "must be positive"),
        (lambda: fc.Staggered(iterations=3, relaxation=3.0), "between 0"),
        (lambda: fc.Staggered(aitken=True), "more than one"),
        (lambda: fc.Staggered(tolerance=1e-8), "tolerance needs more than one iteration"),
        (lambda: fc.Lie(substeps=(1, 0)), "at least one substep"),
        (lambda: fc.Strang(substeps=2), "one number for each group, not 2"),  # type: ignore[arg-type]
        (lambda: fc.Strang(substeps=(1.5, 2)), "whole number, not 1.5"),  # type: ignore[arg-type]
        (lambda: fc.Staggered(iterations=2.5), "whole number, not 2.5"),  # type: ignore[arg-type]
        (lambda: fc.Strang("u"), "tuples of names.*not 'u'"),  # type: ignore[arg-type]
        (lambda: fc.Strang(("u", "w")), "tuples of names.*not \\('u', 'w'\\)"),  # type: ignore[arg-type]
        (lambda: run("strang"), "must be a strategy.*not 'strang'"),  # type: ignore[arg-type]
        (lambda: run(fc.Strang), "must be a strategy.*Strang'>"),  # type: ignore[arg-type]
        (lambda: fc.prepare(Coupled(), coupling="strang"), "must be a strategy"),  # type: ignore[arg-type]
        (lambda: fc.Staggered(substeps=(0, 1)), "at least one substep"),
        (lambda: fc.Staggered(iterations=2, tolerance=1e-8, substeps=(1, 2)), "leave tolerance"),
        (lambda: run(fc.Strang((("u", "w"), ("p",)), substeps=(1, 2))), "group of p stores nothing"),
        (lambda: run(fc.Lie((("v",),))), "no field 'v'"),
        (lambda: run(fc.Strang((("u",), ("u", "w")))), "in two groups"),
        (lambda: run(fc.Strang((("u", "w", "p"),))), "needs two groups"),
        (lambda: run(fc.Strang(SPLIT, substeps=(2,))), "2 groups of fields, but 1"),
    ],
)
def test_bad_input(make: object, said: str) -> None:
    with pytest.raises(fc.InputError, match=said) as caught:
        make()  # type: ignore[operator]
    assert "\n" not in str(caught.value)


def test_a_coupling_that_is_refused_leaves_no_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """So that the mended run can use it."""
    folder = Path(MPI.COMM_WORLD.bcast(str(tmp_path_factory.mktemp("run") / "out")))
    with pytest.raises(fc.InputError, match="no field 'v'"):
        fc.simulate(Coupled(), STEPS, folder, coupling=fc.Lie((("v",),)), progress=False)
    assert not folder.exists()


def test_what_is_stored_jointly_is_not_split() -> None:
    """As the charge of a double layer, which is that of two potentials."""
    coupled = Coupled()
    u, w, _ = coupled.system.fields
    coupled.system = replace(coupled.system, storage=coupled.system.storage + w.function * u.test * ufl.dx)
    with pytest.raises(fc.InputError, match="'u' stores depends on 'w'"):
        fc.prepare(coupled, coupling=fc.Lie(SPLIT))
    fc.prepare(coupled, coupling=fc.Lie((("u", "w"),)))
