"""The one builder: laws become a system."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from dolfinx import fem
from dolfinx.mesh import Mesh

from femcell.geometry import Domain
from femcell.models.core.measures import Quadrature
from femcell.models.core.place import Number
from femcell.models.core.space import Space, start
from femcell.models.core.terms import Terms, added
from femcell.models.core.unknown import Unknown
from femcell.parameter import Check, Parameter
from femcell.system import Block, System


class Law(Protocol):
    """A balance law, or a part of one: what it is of, and its terms."""

    def unknowns(self) -> Sequence[Unknown]:
        """What it adds to the unknowns of the system."""

    def terms(self, space: Space) -> Terms:
        """What it adds to the equations, in the unknowns of all laws; collective."""


@runtime_checkable
class Closing(Protocol):
    """A law that needs to see what all laws add, as a balance of energy does."""

    def closing(self, space: Space, terms: Terms) -> Terms:
        """What it adds when the terms of all laws are known; collective."""


def assemble(
    body: Domain | Mesh,
    laws: Sequence[Law],
    *,
    degree: int,
    quadrature: Quadrature,
    temperature: float,
    check: Check | None = None,
    cross_section: float = 1.0,
    label: str,
    digest: str,
    facts: Mapping[str, Any] = MappingProxyType({}),
) -> System:
    """Unknowns and terms of all laws as one system; collective.

    Unknowns stand in the order in which laws declare them, blocks of the preconditioner in that of their first unknown.
    Coupling strategies take the groups of unknowns in turn, see `groups`.

    Args:
        body: the distributed mesh with its named parts, or a mesh without any.
        laws: of the system.
        degree: polynomial degree of the unknowns.
        quadrature: rules of the integrals.
        temperature: at the start, K.
        check: of the values that it may be given as the parameter `temperature`; None: it cannot change.
        cross_section: what integrals over the mesh are multiplied with to give the whole.
        label: what messages call the model.
        digest: fingerprint of mesh and discretisation.
        facts: goes into the summary.

    Raises:
        InputError: two laws have an unknown of one name, or a law finds what it cannot work with.
    """
    unknowns = [unknown for law in laws for unknown in law.unknowns()]
    mesh = body.mesh if isinstance(body, Domain) else body
    T = fem.Constant(mesh, float(temperature)) if check is None else Parameter(mesh, temperature, check)
    space = Space.build(
        body, unknowns, degree=degree, quadrature=quadrature, temperature=T, cross_section=cross_section
    )
    terms = Terms()
    for law in laws:
        terms += law.terms(space)
    for law in laws:
        if isinstance(law, Closing):
            terms += law.closing(space, terms)

    def initialise() -> None:
        start(space)
        for step in terms.initialise:
            step()

    return System(
        mesh=mesh,
        fields=tuple(space.fields.values()),
        storage=added(terms.storage),
        residual=added(terms.residual),
        bcs=terms.bcs,
        blocks=blocks(unknowns, terms),
        groups=groups(unknowns),
        control=terms.control,
        observables=terms.observables,
        balances=terms.balances(),
        falling=terms.falling,
        exports=terms.exports,
        entity_maps=space.entity_maps,
        initialise=initialise,
        label=label,
        digest=digest,
        facts=facts,
        parameters=space.parameters,
    )


def blocks(unknowns: Sequence[Unknown], terms: Terms) -> tuple[Block, ...]:
    """Unknowns that are preconditioned together; single numbers are eliminated as a border instead."""
    found: dict[str, list[Unknown]] = {}
    for unknown in unknowns:
        if not isinstance(unknown.on, Number):
            found.setdefault(unknown.block or unknown.name, []).append(unknown)
    return tuple(
        Block(tuple(u.name for u in members), members[0].method, terms.near_null_spaces.get(name))
        for name, members in found.items()
    )


def groups(unknowns: Sequence[Unknown]) -> tuple[tuple[str, ...], ...]:
    """Unknowns that coupling strategies solve together: named groups first; none where there is one group only."""
    named = [name for name in dict.fromkeys(u.group for u in unknowns) if name]
    found = tuple(tuple(u.name for u in unknowns if u.group == name) for name in (*named, ""))
    return tuple(group for group in found if group) if named else ()
