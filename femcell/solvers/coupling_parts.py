"""The parts of a system that is solved group by group, and the staggered solve over them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import ufl

from femcell.errors import NewtonError
from femcell.solvers.discrete import Discrete
from femcell.solvers.newton import Newton, NewtonReport
from femcell.solvers.settings import SolverSettings
from femcell.system import System, equations

Floats = npt.NDArray[np.float64]

START_SWEEPS = 50
"""Sweeps that a consistent initial state may take; it is always iterated to the solver's tolerance."""


@dataclass(frozen=True, eq=False)
class Part:
    """The equations of one group of fields; it shares the functions with the whole.

    Attributes:
        discrete: its forms.
        newton: its solver.
        rows: local rows of the whole that are the part's, in its order.
        substeps: steps of its own within one step of a splitting.
    """

    discrete: Discrete
    newton: Newton
    rows: npt.NDArray[np.int32]
    substeps: int = 1

    @classmethod
    def of(cls, whole: Discrete, names: Sequence[str], settings: SolverSettings, substeps: int = 1) -> "Part":
        """Compile the part of a system and set its solver up; collective."""
        discrete = Discrete(whole.system.part(names), whole.clock)
        chosen = [
            np.arange(p.start, p.stop)
            for p, f in zip(whole.slices(), whole.system.fields, strict=True)
            if f.name in names
        ]
        return cls(discrete, Newton(discrete, settings), np.concatenate(chosen).astype(np.int32), substeps)

    @property
    def all_stored(self) -> bool:
        """Whether every field is stored, so that a frozen solve has nothing to do."""
        return all(f.stored for f in self.discrete.system.fields)


def owners(system: System, groups: Sequence[Collection[str]]) -> dict[str, int | None]:
    """Balance -> the last of the groups that make it up all by themselves; None where it takes several.

    What is stored changes in the equations of the fields that store it. Where nothing is, flows cancel in the equations
    of fields without storage, as currents do in those of potentials.
    """
    named = {f.function: f.name for f in system.fields}
    stores = set(equations(system.storage, system.fields))
    forms = {o.name: o.form for o in system.observables}
    found = {}
    for balance in system.balances:
        fields = set()
        for name in balance.amounts or balance.inflows:
            functions = ufl.algorithms.extract_coefficients(forms[name]) if name in forms else ()
            fields |= {named[u] for u in functions if u in named} | ({name} - set(forms))
        makers = {name for name in fields if (name in stores) == bool(balance.amounts)}
        able = [] if balance.shared else [i for i, group in enumerate(groups) if makers <= set(group)]
        found[balance.name] = able[-1] if able else None
    return found


def total(reports: Sequence[NewtonReport], residual: float) -> NewtonReport:
    """What several solves took together, and the residual that they left."""
    return NewtonReport(
        sum(r.iterations for r in reports), sum(r.krylov for r in reports), residual, any(r.fresh for r in reports)
    )


class Staggered:
    """Block Gauss-Seidel: each group is solved with the newest values of the others, over and over.

    A sweep maps the fields of all groups but the first onto new ones (the first is solved from them). These are
    relaxed between sweeps: u <- u + w (S(u) - u), with w kept or by Aitken's rule (Irons and Tuck, Int. J. Numer.
    Meth. Engng 1 (1969) 275; Kuettler and Wall, Comput. Mech. 43 (2008) 61, eq. 44). The iteration ends when the
    residual of the whole, in the norm of Newton's method, is below the tolerance.
    """

    def __init__(
        self,
        whole: Discrete,
        parts: Sequence[Part],
        settings: SolverSettings,
        *,
        iterations: int,
        tolerance: float,
        relaxation: float = 1.0,
        aitken: bool = False,
    ) -> None:
        """Set up; collective."""
        self.discrete, self.parts = whole, tuple(parts)
        self.iterations, self.relaxation, self.aitken = iterations, relaxation, aitken
        self.least = settings.residual_tolerance * len(parts)  # what the groups' own solves leave
        self.tolerance = max(tolerance, self.least)
        self.direct = all(p.newton.direct for p in parts)
        self.x = whole.vector()
        self.flows: tuple[Mapping[str, float], ...] = ()
        self.owners: Mapping[str, int | None] = {}
        self.leaves = self.tolerance
        if np.isinf(tolerance):
            self.owners = owners(whole.system, [[f.name for f in p.discrete.system.fields] for p in parts])
            self.leaves = self.least
        later = np.zeros(len(self.x.array_r), dtype=bool)
        for part in parts[1:]:
            later[part.rows] = True
        later[parts[0].rows] = False
        self._later = np.flatnonzero(later)
        fields = whole.system.fields
        scales = [np.full(f.owned, 1.0 / (f.scale * np.sqrt(max(1, f.size)))) for f in fields]
        self._weights = np.concatenate(scales)[self._later]

    def solve(
        self, rate: float, history: Floats, floors: Floats, *, fresh: bool = False, frozen: bool = False
    ) -> NewtonReport:
        """Sweep from the values that the functions hold; they hold the solution after.

        Raises:
            NewtonError: a group found no solution, or the sweeps did not converge.
        """
        iterations, tolerance = self.iterations, self.tolerance
        if frozen:
            iterations, tolerance = START_SWEEPS, self.least
        floor = self.discrete.comm.allreduce(float(floors.sum()))
        reports: list[NewtonReport] = []
        factor, change = self.relaxation, np.zeros(0)
        residual = np.inf
        for sweep in range(iterations):
            old = self._values()[self._later]
            flows = []
            for part in self.parts:
                if not (frozen and part.all_stored):
                    reports.append(
                        part.newton.solve(
                            rate, history[part.rows], floors[part.rows], fresh=fresh and sweep == 0, frozen=frozen
                        )
                    )
                if self.owners and not frozen:
                    flows.append(self.discrete.observe())
            self.flows = tuple(flows)
            if not np.isinf(tolerance):
                residual = self._residual(rate, history, frozen)
                if residual <= tolerance + floor:
                    return total(reports, residual)
            elif sweep == iterations - 1:
                return total(reports, max(r.residual for r in reports))
            new = self._values()
            change, before = (new[self._later] - old) * self._weights, change
            if self.aitken and sweep > 0:  # on every rank, also on one without unknowns
                step = change - before
                over, under = self.discrete.comm.allreduce(np.array([before @ step, step @ step]))
                factor *= -over / under if under > 0.0 else 1.0
            if factor != 1.0 and not frozen:
                new[self._later] = old + factor * (new[self._later] - old)
                self._load(new)
        raise NewtonError(f"{iterations} sweeps over the groups left a residual of {residual:.2g}", worn=not fresh)

    def unused_options(self) -> list[str]:
        """Options of the study that no group's solver asked for."""
        first, *others = [p.newton.unused_options() for p in self.parts]
        return [name for name in first if all(name in unused for unused in others)]

    def release(self) -> None:
        """Remove the options of all groups from PETSc's database."""
        for part in self.parts:
            part.newton.release()

    def _values(self) -> Floats:
        self.discrete.write(self.x)
        return np.array(self.x.array_r)

    def _load(self, values: Floats) -> None:
        self.x.array_w[:] = values
        self.discrete.read(self.x)

    def _residual(self, rate: float, history: Floats, frozen: bool) -> float:
        """Sum of the imbalances of the whole."""
        d = self.discrete
        d.rate.value = rate
        rows = d.residual() + history
        rows[d.constrained] = 0.0
        if frozen:
            rows[d.stored_rows] = 0.0
        return float(d.comm.allreduce(float(np.abs(rows).sum())))
