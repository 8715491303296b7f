"""Reaction networks from TOML files, so that kinetics fitted to DSC go unchanged from material to cell to module.

One table for each reaction, its keys those of `Decomposition`, SI units:

    [reactions.SEI]
    frequency_factor = 1.667e15     # 1/s
    activation_energy = 135080.0    # J/mol
    heat = 257e3                    # J/kg of reactant
    content = 610.4                 # kg/m3
    initial = 0.15
    source = "DSC of 2024-05-17"

    [reactions.SEI.kinetics]        # left out: first order
    form = "order"                  # or "autocatalytic" (m, n), "through_layer" (thickness, reference, n)
    n = 1.0
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mpi4py import MPI

from femcell.errors import InputError
from femcell.files import read_toml
from femcell.materials.runaway import Autocatalytic, Decomposition, Kinetics, Order, ThroughLayer, network
from femcell.parallel import on_root

FORMS: Mapping[str, type[Kinetics]] = {
    "order": Order,
    "autocatalytic": Autocatalytic,
    "through_layer": ThroughLayer,
}


def read_reactions(path: str | Path, comm: MPI.Comm = MPI.COMM_WORLD) -> tuple[Decomposition, ...]:
    """The reactions of a file, which rank 0 reads; collective.

    Raises:
        InputError: the file is missing, is no TOML, or a reaction has unknown, missing or impossible values.
    """
    return on_root(comm, lambda: _read(path))


def _read(path: str | Path) -> tuple[Decomposition, ...]:
    content = read_toml(path, "Reaction file")
    tables = content.get("reactions")
    if set(content) != {"reactions"} or not isinstance(tables, dict) or not tables:
        raise InputError(f"Reaction file '{path}' must hold tables [reactions.NAME] and nothing else.")
    return network(tuple(_reaction(f"'{path}' [reactions.{name}]", name, table) for name, table in tables.items()))


def _reaction(place: str, name: str, table: Any) -> Decomposition:
    if not isinstance(table, dict):
        raise InputError(f"{place} must be a table.")
    values = dict(table)
    if "name" in values:
        raise InputError(f"{place}: its name is that of its table; leave 'name' out.")
    kinetics_table = values.pop("kinetics", {"form": "order"})
    if not isinstance(kinetics_table, dict):
        raise InputError(f"{place}: kinetics must be a table with a form: {', '.join(FORMS)}.")
    given = dict(kinetics_table)
    form = given.pop("form", None)
    if not isinstance(form, str) or form not in FORMS:
        raise InputError(f"{place}: kinetics have no form {form!r}; there are {', '.join(FORMS)}.")
    kinetics = _made(f"{place} kinetics", FORMS[form], given)
    return _made(place, Decomposition, {**values, "name": name, "kinetics": kinetics})


def _made[T](place: str, kind: type[T], values: dict[str, Any]) -> T:
    """An object from keys that must be its own."""
    known = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            raise InputError(f"{place}: there is no '{key}'; it has {', '.join(k for k in known if k != 'name')}.")
    for key, field in known.items():
        if field.default is dataclasses.MISSING and key not in values:
            raise InputError(f"{place}: {key} is missing.")
    try:
        return kind(**values)
    except InputError as error:
        raise InputError(f"{place}: {error}") from None
