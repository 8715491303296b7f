"""From the table [dfn] of a study to a volume-averaged cell."""

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mpi4py import MPI

from femcell.errors import InputError
from femcell.files import PARAMETER_BYTES, expand, read_text
from femcell.materials import ActiveMaterial, Cell, Electrode, Electrolyte, Particles, PorousSeparator
from femcell.materials.bpx import read_bpx
from femcell.materials.bpx.state import Window
from femcell.models import DFN, Electrochemistry, Heat, LithiumMetal, LumpedHeat, Resolution
from femcell.parallel import together
from femcell.study.libraries import CELLS, at, hint, named, properties
from femcell.study.pouch import pouch_of
from femcell.study.tables import DFNTable, ReplaceTable


def averaged_cell(table: DFNTable, root: Path, comm: MPI.Intracomm, heat: Heat | LumpedHeat | None = None) -> DFN:
    """The model; collective.

    Raises:
        InputError: a name that the library lacks, a BPX file that is none, a value out of range.
    """
    _require_one_start(table)
    cell = _replaced(_cell(table, root, comm), table.replace)
    if table.state_of_charge is not None:
        with at("[dfn] state_of_charge"):
            cell = charged_to(cell, table.state_of_charge)
    with at("[dfn.resolution]"):
        resolution = Resolution(**table.resolution.model_dump())
    pouch = None if table.pouch is None else pouch_of(table.pouch, cell, resolution, comm)
    counter = None if table.negative is None else LithiumMetal("negative_collector")
    with at("[dfn]"):
        return DFN(
            cell,
            resolution,
            counter=counter,
            pouch=pouch,
            reduction=table.reduction,
            temperature=table.temperature_K,
            capacity_Ah=table.capacity_Ah,
            physics=[Electrochemistry(), *([] if heat is None else [heat])],
            contacts=dict(table.contacts.items()),
            comm=comm,
            accept=table.accept,
        )


def charged_to(cell: Cell, state_of_charge: float) -> Cell:
    """The cell at rest at a state of charge between its voltage limits, from 0 to 1; see `bpx.state.Window`.

    Raises:
        InputError: the open-circuit voltage does not reach a limit.
    """
    window = Window.of(cell.negative, cell.positive, cell.lower_voltage, cell.upper_voltage, cell.reference_temperature)
    negative, positive = (
        replace(
            electrode,
            particles=tuple(
                replace(p, active=replace(p.active, initial_stoichiometry=x))
                for p, x in zip(electrode.particles, stoichiometries, strict=True)
            ),
        )
        for electrode, stoichiometries in zip(
            (cell.negative, cell.positive), window.stoichiometries(state_of_charge), strict=True
        )
    )
    return replace(cell, negative=negative, positive=positive)


def bpx_text(table: DFNTable, root: Path) -> str | None:
    """The BPX file as it is, for the output folder; None where there is none or it cannot be read."""
    if table.bpx is None:
        return None
    try:
        return read_text(root / expand(table.bpx), "BPX file", PARAMETER_BYTES)
    except InputError:
        return None


def _require_one_start(table: DFNTable) -> None:
    """Raise InputError where two keys say the same thing."""
    changes = table.replace
    if table.negative is not None and table.pouch is not None:
        raise InputError("[dfn] negative: a pouch of this table has two collectors; leave lithium out.")
    if table.negative is not None and changes.negative:
        raise InputError("[dfn.replace.negative]: lithium metal is in the place of that electrode; leave it out.")
    twice = [n for n in ("negative", "positive") if "initial_stoichiometry" in getattr(changes, n)]
    if table.state_of_charge is not None and twice:
        raise InputError(
            f"[dfn] state_of_charge and [dfn.replace.{twice[0]}] initial_stoichiometry both set the start; "
            "give one of them."
        )


def _cell(table: DFNTable, root: Path, comm: MPI.Intracomm) -> Cell:
    if (table.cell is None) == (table.bpx is None):
        both = "both cell and bpx" if table.cell is not None else "neither cell nor bpx"
        raise InputError(f"[dfn] names {both}; give one of them.")
    if table.cell is not None:
        return named(CELLS, table.cell, "[dfn] cell")
    assert table.bpx is not None
    # Every rank reads the file for itself, since laws do not travel; what fails on one rank fails on all.
    with together(comm), at("[dfn] bpx"), warnings.catch_warnings():
        if comm.rank:
            warnings.simplefilter("ignore")
        return read_bpx(root / expand(table.bpx))


def _replaced(cell: Cell, changes: ReplaceTable) -> Cell:
    """The cell with the study's numbers in place of its own."""
    negative = _electrode("[dfn.replace.negative]", cell.negative, changes.negative)
    positive = _electrode("[dfn.replace.positive]", cell.positive, changes.positive)
    place = "[dfn.replace.electrolyte]"
    _require_known(place, changes.electrolyte, properties(Electrolyte))
    with at(place):
        electrolyte = replace(cell.electrolyte, **_typed(changes.electrolyte))
    place = "[dfn.replace.separator]"
    layer = dict(changes.separator)
    _require_known(place, layer, [*properties(PorousSeparator), "thickness"])
    thickness = layer.pop("thickness", cell.separator_thickness)
    with at(place):
        return replace(
            cell,
            negative=negative,
            positive=positive,
            electrolyte=electrolyte,
            separator=replace(cell.separator, **_typed(layer)),
            separator_thickness=thickness,
        )


def _electrode(place: str, electrode: Electrode, changes: Mapping[str, float]) -> Electrode:
    """Numbers of the layer, of its particles, or of their material, whichever has the name first."""
    layer, spheres, material = properties(Electrode), properties(Particles), properties(ActiveMaterial)
    _require_known(place, changes, list(dict.fromkeys([*layer, *spheres, *material])))
    of_layer = {k: v for k, v in changes.items() if k in layer}
    of_spheres = {k: v for k, v in changes.items() if k in spheres and k not in layer}
    of_material = {k: v for k, v in changes.items() if k not in (*layer, *spheres)}
    particles = electrode.particles
    if of_spheres or of_material:
        if len(particles) > 1:
            key = next(iter({**of_spheres, **of_material}))
            raise InputError(
                f"{place}: the electrode has {len(particles)} populations of particles, and {key} is that of one; "
                "replace it in the BPX file."
            )
        with at(place):
            active = replace(particles[0].active, **_typed(of_material))
            particles = (replace(particles[0], active=active, **of_spheres),)
    with at(place):
        return replace(electrode, particles=particles, **_typed(of_layer))


def _require_known(place: str, changes: Mapping[str, float], known: list[str]) -> None:
    for key in changes:
        if key not in known:
            raise InputError(f"{place}: there is no '{key}' to replace; {hint(key, known)}")


def _typed(changes: Mapping[str, float]) -> dict[str, Any]:
    """Keywords whose names are only known at run time."""
    return dict(changes)
