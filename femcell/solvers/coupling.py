"""How the fields of a system are coupled in a solve: all at once, in turn, or split in time.

A strategy acts on any system; the physics is the same code under each. Groups are names of fields. Those that no
group names make up one more group, the last one; without any groups the system's own are taken (`System.groups`).
"""

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import ufl

from femcell.checks import require_kind, require_whole
from femcell.errors import InputError
from femcell.kinds import require_fields
from femcell.solvers import coupling_parts, coupling_split
from femcell.solvers.coupling_parts import Part
from femcell.solvers.coupling_split import Flow, MultirateStepper, SplitStepper
from femcell.solvers.discrete import Discrete
from femcell.solvers.newton import Newton
from femcell.solvers.settings import SolverSettings, TimeSettings
from femcell.solvers.stepper import Solver, Stepper
from femcell.system import System, equations

type Groups = tuple[tuple[str, ...], ...]


@runtime_checkable
class Strategy(Protocol):
    """A coupling strategy."""

    def solver(self, discrete: Discrete, settings: SolverSettings) -> Solver:
        """What solves the system; collective."""

    def stepper(self, discrete: Discrete, solver: Solver, settings: TimeSettings) -> Stepper:
        """What steps it with that solver."""


def require_strategy(coupling: Any) -> None:
    """Raise InputError unless it is a strategy: no name of one, and not its class."""
    if isinstance(coupling, type) or not isinstance(coupling, Strategy):
        raise InputError(f"The coupling must be a strategy, as fc.Strang(), not {coupling!r}.")


@dataclass(frozen=True)
class Monolithic:
    """All fields at once: block Newton-Krylov in each step of the differentiation formula."""

    def solver(self, discrete: Discrete, settings: SolverSettings) -> Solver:
        """Newton's method over all fields."""
        return Newton(discrete, settings)

    def stepper(self, discrete: Discrete, solver: Solver, settings: TimeSettings) -> Stepper:
        """The differentiation formula."""
        return Stepper(discrete, solver, settings)


@dataclass(frozen=True)
class Staggered:
    """The groups in turn, each with the newest values of the others, within each step of the differentiation formula.

    One sweep begins with the values that the past extrapolates to: the order of the formula is kept, its stability is
    not. Iterated to a tolerance, the step is the monolithic one.

    Attributes:
        groups: names of fields, in the order of their solution.
        iterations: sweeps at most.
        tolerance: sum of all imbalances over the reference flow at which the sweeps end; a step whose sweeps do not
            reach it is cut. Infinite: as many sweeps as `iterations` says, without a check.
        relaxation: share of the change of a sweep that is taken; with `aitken` that of the first sweep.
        aitken: choose the relaxation by Aitken's rule.
        substeps: steps of each group within one step, for a fast group. The groups are then advanced by a formula of
            one step, of order 2, as those of a splitting are, between values of the others that move; as many sweeps
            as `iterations` says.

    Raises:
        InputError: a number is out of its range.
    """

    groups: Groups = ()
    iterations: int = 1
    tolerance: float = math.inf
    relaxation: float = 1.0
    aitken: bool = False
    substeps: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Check the numbers."""
        require_fields(self, "iterations", "tolerance", "relaxation", "aitken")
        _check_parts(self.groups, self.substeps)
        require_whole("The iterations of staggered coupling", self.iterations)
        if self.iterations < 1:
            raise InputError(f"Staggered coupling needs at least one iteration, not {self.iterations}.")
        if not self.tolerance > 0.0:
            raise InputError(f"The tolerance of staggered coupling must be positive, not {self.tolerance:g}.")
        if not 0.0 < self.relaxation <= 2.0:
            raise InputError(f"The relaxation must lie between 0 (excluded) and 2, not {self.relaxation:g}.")
        if self.iterations == 1 and (self.relaxation != 1.0 or self.aitken):
            raise InputError("Relaxation acts between iterations; give staggered coupling more than one.")
        if self.substeps and (self.relaxation != 1.0 or self.aitken or not math.isinf(self.tolerance)):
            raise InputError(
                "Staggered coupling with substeps makes as many sweeps as iterations says; leave tolerance, relaxation "
                "and aitken out."
            )
        if self.iterations == 1 and not math.isinf(self.tolerance):
            raise InputError(
                "A tolerance needs more than one iteration; give staggered coupling more, or leave it out."
            )

    def solver(self, discrete: Discrete, settings: SolverSettings) -> Solver:
        """One Newton's method for each group, and the sweeps over them."""
        if self.substeps:
            parts = _parts(discrete, self.groups, self.substeps, settings)
            return coupling_parts.Staggered(discrete, parts, settings, iterations=1, tolerance=math.inf)
        parts = [Part.of(discrete, names, settings) for names in groups_of(discrete.system, self.groups)]
        return coupling_parts.Staggered(
            discrete,
            parts,
            settings,
            iterations=self.iterations,
            tolerance=self.tolerance,
            relaxation=self.relaxation,
            aitken=self.aitken,
        )

    def stepper(self, discrete: Discrete, solver: Solver, settings: TimeSettings) -> Stepper:
        """The differentiation formula, or with substeps one that has no memory."""
        if self.substeps:
            assert isinstance(solver, coupling_parts.Staggered)
            return MultirateStepper(discrete, solver, settings, sweeps=self.iterations)
        return Stepper(discrete, solver, settings)


@dataclass(frozen=True)
class _Splitting:
    """What Lie and Strang splitting share.

    Attributes:
        groups: names of fields. Those without storage (potentials) follow what is stored at once and are solved for
            in every group, whichever names them: held back, they would leave order 1.
        substeps: steps of each group within one step of the splitting, for a fast group; left out, one of each.
        hold_algebraic: hold fields without storage where their group is not solved: cheaper steps, of order 1.

    Raises:
        InputError: a number of substeps is not positive.
    """

    groups: Groups = ()
    substeps: tuple[int, ...] = ()
    hold_algebraic: bool = False

    def __post_init__(self) -> None:
        """Check groups and substeps."""
        require_fields(self, "hold_algebraic")
        _check_parts(self.groups, self.substeps)

    def solver(self, discrete: Discrete, settings: SolverSettings) -> Solver:
        """One Newton's method for each group; together they find the consistent state to begin with."""
        parts = _parts(discrete, self.groups, self.substeps, settings, hold_algebraic=self.hold_algebraic)
        return coupling_parts.Staggered(discrete, parts, settings, iterations=1, tolerance=math.inf)

    def _stepper(
        self, discrete: Discrete, solver: Solver, settings: TimeSettings, flows: Sequence[Flow], order: int
    ) -> Stepper:
        assert isinstance(solver, coupling_parts.Staggered)
        return SplitStepper(discrete, solver, settings, flows=flows, order=order)


@dataclass(frozen=True)
class Lie(_Splitting):
    """Lie splitting: one group after the other over the whole step, the others held; order 1."""

    def stepper(self, discrete: Discrete, solver: Solver, settings: TimeSettings) -> Stepper:
        """Split steps."""
        assert isinstance(solver, coupling_parts.Staggered)
        return self._stepper(discrete, solver, settings, coupling_split.lie(len(solver.parts)), 1)


@dataclass(frozen=True)
class Strang(_Splitting):
    """Strang splitting: half a step of all groups but the last, a whole one of it, and half steps back; order 2."""

    def stepper(self, discrete: Discrete, solver: Solver, settings: TimeSettings) -> Stepper:
        """Split steps."""
        assert isinstance(solver, coupling_parts.Staggered)
        return self._stepper(discrete, solver, settings, coupling_split.strang(len(solver.parts)), 2)


def groups_of(system: System, groups: Groups) -> Groups:
    """The groups, complete: each field of the system in one of them.

    Raises:
        InputError: an unknown field, one that two groups name, or less than two groups.
    """
    names = [f.name for f in system.fields]
    chosen = groups or system.groups
    seen: set[str] = set()
    for name in (n for group in chosen for n in group):
        if name not in names:
            close = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"it has {', '.join(names)}."
            raise InputError(f"The {system.label} has no field '{name}' to be coupled; {hint}")
        if name in seen:
            raise InputError(f"Field '{name}' is in two groups of the coupling; leave it in one.")
        seen.add(name)
    rest = tuple(n for n in names if n not in seen)
    complete = tuple(group for group in (*chosen, rest) if group)
    if len(complete) < 2:
        raise InputError(
            f"The coupling needs two groups of fields, and the {system.label} makes up one; "
            f"name those of the first group (it has {', '.join(names)}), or use monolithic coupling."
        )
    return complete


def _check_parts(groups: Groups, substeps: tuple[int, ...]) -> None:
    """Raise InputError unless groups are tuples of names, and every group takes a step."""
    if not (_is_row(groups) and all(_is_row(group) and all(isinstance(n, str) for n in group) for group in groups)):
        raise InputError(f"The groups of a coupling must be tuples of names, as (('c_e', 'phi_e'),), not {groups!r}.")
    require_kind("The substeps of a coupling", substeps, tuple | list, "a tuple with one number for each group")
    for count in substeps:
        require_whole("A number of substeps", count)
        if count < 1:
            raise InputError(f"A group takes at least one substep, not {count}.")


def _is_row(value: Any) -> bool:
    return isinstance(value, tuple | list)


def _parts(
    discrete: Discrete,
    groups: Groups,
    substeps: tuple[int, ...],
    settings: SolverSettings,
    *,
    hold_algebraic: bool = False,
) -> list[Part]:
    """The groups that are stepped apart, each with the fields without storage unless these are held.

    Raises:
        InputError: see `groups_of` and `_storing`; or numbers of substeps that are not one for each group that stores
            something.
    """
    system = discrete.system
    complete = groups_of(system, groups)
    storing = _storing(system, complete)
    if substeps and len(substeps) != len(complete):
        raise InputError(f"There are {len(complete)} groups of fields, but {len(substeps)} numbers of substeps.")
    everywhere = () if hold_algebraic else tuple(f.name for f in system.fields if f.name not in storing)
    parts = []
    for names, count in zip(complete, substeps or (1,) * len(complete), strict=True):
        stores = any(n in storing for n in names)
        if count > 1 and not stores:
            raise InputError(
                f"The group of {', '.join(names)} stores nothing: it follows the others at once and has no substeps; "
                "give it 1."
            )
        if hold_algebraic or stores:
            parts.append(Part.of(discrete, (*names, *everywhere), settings, count))
    return parts


def _storing(system: System, groups: Groups) -> set[str]:
    """Fields in whose equations something is stored; InputError where that depends on fields of other groups."""
    storage = equations(system.storage, system.fields)
    named = {f.function: f.name for f in system.fields}
    for name, form in storage.items():
        (group,) = [g for g in groups if name in g]
        for function in ufl.algorithms.extract_coefficients(form):
            other = named.get(function)
            if other is not None and (other not in group or other not in storage):
                raise InputError(
                    f"What the equation of '{name}' stores depends on '{other}', which a splitting would step apart; "
                    "put both into one group, or use staggered or monolithic coupling."
                )
    return set(storage)
