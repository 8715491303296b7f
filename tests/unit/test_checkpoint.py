"""Checkpoints are keyed by the mesh file's own node numbers, whatever the partition."""

import shutil
from collections.abc import Callable
from pathlib import Path

import basix
import numpy as np
import pytest
from mpi4py import MPI

from femcell import InputError, OutputSettings, prepare, simulate
from femcell.geometry import Geometry
from femcell.io.checkpoint import SLOTS, read_checkpoint, unknown_keys
from femcell.materials import library
from femcell.materials.mechanical import Isotropic, Mechanical
from femcell.materials.plasticity import LinearHardening, Plasticity
from femcell.models import (
    DFN,
    Clamped,
    Electrochemistry,
    Host,
    LithiumMetal,
    Resolution,
    ResolvedCell,
    StressedBody,
)
from tests.validation.bodies import patch

COMM = MPI.COMM_WORLD
CHEN = library.chen2020()


@pytest.mark.mpi
@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_keys_name_the_nodes_that_an_unknown_sits_on_or_between(
    layers: Callable[..., Geometry], dim: int, degree: int
) -> None:
    geometry = layers(dim)
    points = COMM.bcast(geometry.raw.points if geometry.raw is not None else None)
    cell = ResolvedCell(
        geometry,
        CHEN.electrolyte,
        {"separator": CHEN.separator, "nmc": CHEN.positive.active, "foil": library.aluminium()},
        {"positive": "foil_top", "negative": LithiumMetal("lithium")},
        physics=(Electrochemistry(degree),),
    )
    for field in cell.system.fields:
        keys = unknown_keys(field, cell.system.mesh)
        everyone = np.concatenate(COMM.allgather(keys))
        space = field.function.function_space
        assert len(everyone) == space.dofmap.index_map.size_global
        if field.scalar:
            assert (everyone == 0).all()
            continue
        assert len(np.unique(everyone, axis=0)) == len(everyone)  # no two unknowns share a key
        nodes = keys // SLOTS
        assert (nodes[:, 0] <= nodes[:, 1]).all() and keys.min(initial=0) >= 0
        place = space.tabulate_dof_coordinates()[: len(keys), :dim]
        assert np.allclose(points[nodes].mean(axis=1), place, rtol=0, atol=1e-15)
        assert (everyone[:, 0] // SLOTS != everyone[:, 1] // SLOTS).any() == (degree == 2)


@pytest.mark.mpi
def test_keys_of_particles_tell_points_and_components_apart() -> None:
    """Degree 4, six radial points: three inner points of each element, and six unknowns at each."""
    system = DFN(CHEN, Resolution(2, 1, 3, degree=4, radial=6), comm=COMM).system
    for name, elements in (("c_s_negative", 2), ("c_s_positive", 3)):
        field = system.field(name)
        everyone = np.concatenate(COMM.allgather(unknown_keys(field, system.mesh)))
        assert len(np.unique(everyone, axis=0)) == len(everyone) == (4 * elements + 1) * 6
        assert set(np.unique(everyone[:, 1] % SLOTS)) == set(range(6))
        assert set(np.unique(everyone[:, 0] % SLOTS)) == {0, 1, 2, 3}


@pytest.mark.mpi
def test_keys_of_points_name_the_cell_of_the_file() -> None:
    """Plastic strains at three points of each triangle, four components at each."""
    geometry = patch((3, 2))
    metal = Mechanical(
        stiffness=Isotropic(youngs_modulus=70e9, poissons_ratio=0.3),
        plasticity=Plasticity(hardening=LinearHardening(yield_stress=1e8)),
        source="chosen",
    )
    body = StressedBody(geometry, {"body": Host(mechanical=metal, diffusivity=1e-9)}, {"left": Clamped()})
    field = body.system.field("plastic_strain")
    keys = unknown_keys(field, body.system.mesh)
    everyone = np.concatenate(COMM.allgather(keys))
    assert len(np.unique(everyone, axis=0)) == len(everyone) == 12 * 3 * 4
    raw = COMM.bcast((geometry.raw.points[geometry.raw.cells]) if geometry.raw is not None else None)
    cell, point = np.divmod(keys[::4, 0], SLOTS)
    weights = basix.make_quadrature(basix.CellType.triangle, 2)[0][point]
    corners = np.column_stack([1 - weights.sum(axis=1), weights])
    place = field.function.function_space.tabulate_dof_coordinates()[: len(cell), :2]
    np.testing.assert_allclose(np.einsum("ij,ijk->ik", corners, raw[cell]), place, atol=1e-14)


def test_any_bit_of_any_file_is_missed(tmp_path: Path) -> None:
    """One that is flipped anywhere is found, and the whole checkpoint is still read after."""
    cell = prepare(DFN(CHEN))
    out = tmp_path / "out"
    simulate(cell, ["Discharge at 1C for 5 seconds"], out, record=OutputSettings(pictures=False), progress=False)
    files = sorted(p for p in (out / "checkpoint").rglob("*") if p.is_file() and p.stat().st_size)
    assert {p.name for p in files} >= {"latest", "about.json", "c_e.bin", "phi_s.bin", "c_s_positive.bin"}
    draw = np.random.default_rng(7)
    for victim in files:
        whole = victim.read_bytes()
        for at in draw.integers(len(whole), size=40):
            flipped = bytearray(whole)
            flipped[at] ^= 1 << int(draw.integers(8))
            victim.write_bytes(flipped)
            with pytest.raises(InputError, match="restore it from a copy, or start the run anew") as error:
                read_checkpoint(out, cell.discrete)
            assert str(out / "checkpoint") in str(error.value)
        for other in (whole[:-1], whole + b"\n", b""):
            victim.write_bytes(other)
            with pytest.raises(InputError, match="restore it from a copy"):
                read_checkpoint(out, cell.discrete)
        victim.write_bytes(whole)
    assert read_checkpoint(out, cell.discrete).past.times[0] == 5.0
    shutil.rmtree(out / "checkpoint")
    with pytest.raises(InputError, match="holds no checkpoint"):
        read_checkpoint(out, cell.discrete)
