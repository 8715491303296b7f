"""What one part of a cell adds to the system; parts add up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ufl
from dolfinx import fem

from femcell.system import Balance, Block, Export, Observable


@dataclass(frozen=True, eq=False)
class Source:
    """Heat that a part gives off, for models whose temperature varies.

    Attributes:
        name: of the observable that sources of the same kind add up to.
        density: W per volume or area.
        measure: where.
        side: of an interface, `+`; None elsewhere.
        chemical: not heat but the power that reactants take up.
    """

    name: str
    density: Any
    measure: ufl.Measure
    side: str | None = None
    chemical: bool = False


@dataclass(frozen=True, eq=False)
class Terms:
    """Forms, observables and audits of one part.

    Attributes:
        storage: contributions to M(u; v).
        residual: contributions to F(u; v).
        observables: functionals to be reported.
        balances: conservation laws that concern this part alone.
        lithium: names of the observables that hold lithium.
        lithium_inflow: observables that bring lithium in from outside of the audit, with their factors.
        bcs: Dirichlet conditions.
        sources: heat that is given off.
    """

    storage: tuple[ufl.Form, ...] = ()
    residual: tuple[ufl.Form, ...] = ()
    observables: tuple[Observable, ...] = ()
    balances: tuple[Balance, ...] = ()
    lithium: tuple[str, ...] = ()
    lithium_inflow: Mapping[str, float] = field(default_factory=dict)
    bcs: tuple[fem.DirichletBC, ...] = ()
    sources: tuple[Source, ...] = ()

    def __add__(self, other: "Terms") -> "Terms":
        """Both parts together."""
        return Terms(
            self.storage + other.storage,
            self.residual + other.residual,
            self.observables + other.observables,
            self.balances + other.balances,
            self.lithium + other.lithium,
            {**self.lithium_inflow, **other.lithium_inflow},
            self.bcs + other.bcs,
            self.sources + other.sources,
        )


def tested_with(forms: Iterable[ufl.Form], test: Any, weight: Any) -> ufl.Form | None:
    """The part of some forms whose test function is that in `test`, with `weight` in its place; None if empty."""
    (argument,) = ufl.algorithms.extract_arguments(test)
    parts = []
    for form in forms:
        for block in ufl.extract_blocks(form):
            if block is not None and not block.empty() and block.arguments()[0].part() == argument.part():
                parts.append(ufl.replace(block, {block.arguments()[0]: weight}))
    return sum(parts[1:], parts[0]) if parts else None


@dataclass(frozen=True, eq=False)
class Addition:
    """What a balance law adds to the system of a cell.

    Attributes:
        terms: forms, observables, audits, conditions.
        blocks: how its fields are preconditioned.
        exports: fields that people want to see.
    """

    terms: Terms = field(default_factory=Terms)
    blocks: tuple[Block, ...] = ()
    exports: tuple[Export, ...] = ()
