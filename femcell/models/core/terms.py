"""What one balance law adds to a system; the terms of all laws add up."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import ufl
from dolfinx import fem

from femcell.system import Balance, Export, Observable, TerminalControl


@dataclass(frozen=True, eq=False)
class Source:
    """Heat that a law gives off, for models whose temperature varies.

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


@dataclass(frozen=True)
class Account:
    """A share of something that is conserved; accounts of one name are audited together.

    Attributes:
        name: of what is conserved, which the audit is called by.
        amounts: observables that store it.
        inflows: observables or scalar unknowns that bring it in, per second, with their factors.
        scale: the rate against which a defect is judged; the largest of all shares counts.
        shared: see `system.Balance`.
    """

    name: str
    amounts: tuple[str, ...] = ()
    inflows: Mapping[str, float] = field(default_factory=dict)
    scale: float = 0.0
    shared: bool = False

    def __add__(self, other: "Account") -> "Account":
        """Both shares together."""
        return Account(
            self.name,
            self.amounts + other.amounts,
            {**self.inflows, **other.inflows},
            max(self.scale, other.scale),
            self.shared or other.shared,
        )

    def balance(self) -> Balance:
        """What is to be audited."""
        return Balance(self.name, self.amounts, self.inflows, self.scale, self.shared)


@dataclass(frozen=True, eq=False)
class Terms:
    """Forms, observables and accounts of one law.

    Attributes:
        storage: contributions to M(u; v).
        residual: contributions to F(u; v).
        observables: functionals to be reported.
        accounts: what is conserved, and what flows in.
        bcs: Dirichlet conditions.
        sources: heat that is given off.
        exports: fields as people want to see them.
        near_null_spaces: block -> vectors that its operator nearly annihilates, see `system.Block`.
        initialise: brings unknowns to their initial values where a number is not enough; after all numbers are set.
        control: the terminals' equation.
        falling: observable that can only fall -> size of the terms that it is the sum of.
        unaccounted: energies that are stored and that no account can follow, in words.
    """

    storage: tuple[ufl.Form, ...] = ()
    residual: tuple[ufl.Form, ...] = ()
    observables: tuple[Observable, ...] = ()
    accounts: tuple[Account, ...] = ()
    bcs: tuple[fem.DirichletBC, ...] = ()
    sources: tuple[Source, ...] = ()
    exports: tuple[Export, ...] = ()
    near_null_spaces: Mapping[str, Callable[[], tuple[np.ndarray, ...]]] = field(default_factory=dict)
    initialise: tuple[Callable[[], None], ...] = ()
    control: TerminalControl | None = None
    falling: Mapping[str, float] = field(default_factory=dict)
    unaccounted: tuple[str, ...] = ()

    def __add__(self, other: "Terms") -> "Terms":
        """Both laws together."""
        return Terms(
            self.storage + other.storage,
            self.residual + other.residual,
            self.observables + other.observables,
            self.accounts + other.accounts,
            self.bcs + other.bcs,
            self.sources + other.sources,
            self.exports + other.exports,
            {**self.near_null_spaces, **other.near_null_spaces},
            self.initialise + other.initialise,
            self.control or other.control,
            {**self.falling, **other.falling},
            self.unaccounted + other.unaccounted,
        )

    def balances(self) -> tuple[Balance, ...]:
        """The accounts, those of one name added up."""
        found: dict[str, Account] = {}
        for account in self.accounts:
            known = found.get(account.name)
            found[account.name] = account if known is None else known + account
        return tuple(account.balance() for account in found.values())


def added(forms: Iterable[ufl.Form]) -> ufl.Form:
    """The sum of forms; an empty one where there are none."""
    return sum(forms, ufl.Form([]))


def tested_with(forms: Iterable[ufl.Form], test: Any, weight: Any) -> ufl.Form | None:
    """The part of some forms whose test function is that in `test`, with `weight` in its place; None if empty."""
    (argument,) = ufl.algorithms.extract_arguments(test)
    parts = []
    for form in forms:
        for block in ufl.extract_blocks(form):
            if block is not None and not block.empty() and block.arguments()[0].part() == argument.part():
                parts.append(ufl.replace(block, {block.arguments()[0]: weight}))
    return added(parts) if parts else None
