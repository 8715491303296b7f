"""Where a field is close to, or beyond, the values that mean something."""

from dataclasses import dataclass

import numpy as np

from femcell.solvers.discrete import Discrete
from femcell.system import Field

NEAR = 0.02
"""Share of a field's scale within which a bound counts as reached when a solve has failed."""

OVER = 1e-3
"""Share of a field's scale by which a bound may be overshot without a word: discretisation, not physics."""

BEYOND = 1e-2
"""The same, at which a run ends. Between the two, cells with obtuse angles are beside steep profiles: it is told."""


@dataclass(frozen=True)
class Suspect:
    """A bound that a field is close to, or beyond.

    Attributes:
        field: name.
        share: of the field's scale by which it is beyond the bound; negative on this side of it.
        told: what is where, in words.
    """

    field: str
    share: float
    told: str


def suspects(discrete: Discrete, within: float = NEAR) -> tuple[Suspect, ...]:
    """The bounds that fields have come closer to than `within` of their scale.

    Collective; the same on every rank.
    """
    bounds = [
        (field, bound, sign)
        for field in discrete.system.fields
        for bound, sign in zip(field.bounds or (), (1.0, -1.0), strict=False)
        if np.isfinite(bound)
    ]
    # One exchange for all of them: this is asked after every step.
    mine = [(sign * (_owned(f) - bound)).min(initial=np.inf) for f, bound, sign in bounds]
    every = [mine] if discrete.comm.size == 1 else discrete.comm.allgather(mine)
    least, rank = np.min(every, axis=0, initial=np.inf), np.argmin(every, axis=0)
    found = []
    for (field, bound, sign), distance, root in zip(bounds, least, rank, strict=True):
        if distance < within * field.scale:
            told = _told(field, sign) if discrete.comm.rank == root else ""
            told = f"{discrete.comm.bcast(told, root=int(root))}, its bound is {bound + field.offset:.4g}"
            found.append(Suspect(field.name, -float(distance) / field.scale, told))
    return tuple(found)


def _owned(field: Field) -> np.ndarray:
    return field.function.x.array[: field.owned]


def _told(field: Field, sign: float) -> str:
    """The least (sign 1) or largest (-1) value on this rank, and its place."""
    values = _owned(field)
    at, place = int(np.argmin(sign * values)), ""
    if field.parent_nodes is not None:
        V = field.function.function_space
        point = V.tabulate_dof_coordinates()[at // field.components, : V.mesh.topology.dim]
        place = f" at ({', '.join(f'{x * 1e6:.3g}' for x in point)}) um"
    return f"{field.name} is {values[at] + field.offset:.4g} {field.unit}{place}"
