"""From an image to a voltage curve: three phases of a porous electrode, meshed, and discharged at 1C on 2 ranks.

The image is made here, from a seed: overlapping NMC811 particles, carbon and binder in the necks between them, pores.
It stands in for a segmented tomogram, which `fc.read_image` reads. Then, as with any image:

1. what the largest pieces of pore and solid do not reach is taken out, and a separator and a foil are added;
2. smooth surfaces between all phases are meshed by conforming tetrahedra (docs/meshing.md);
3. salt and charge are solved in pores and separator, lithium in the particles, electrons in particles, binder and
   foil; the equations stand in demos/nmc_half_cell.py. Carbon and binder conduct electrons and block ions.

    mpirun -n 2 python demos/image_half_cell.py     mesh and pictures in out/image_half_cell, the run in its folder run

The image has 40 voxels a side, or as many as are given.
Exits with 1 where the mesh or the run misses its figures.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import femcell as fc
from femcell.commands.mesh_image import describe
from femcell.geometry.tetrahedra import ImageMeshReport, ImageMeshSettings, mesh_image
from femcell.geometry.write import write_msh
from femcell.images import Image, Layer, with_layers, without_islands
from femcell.images.generators import Ellipsoid, ellipsoids, with_binder
from femcell.io.slices import draw_slice
from femcell.materials import Metal
from femcell.parallel import on_root

OUT = Path("out/image_half_cell")
UM = 1e-6
VOXEL = 0.5 * UM
SEED = 4

SETTINGS = ImageMeshSettings(size=2.2, growth=0.8, largest=8.0)
FACES = {"z_min": "lithium", "z_max": "foil_top"} | {
    f"{axis}_{end}": "sides" for axis in "xy" for end in ("min", "max")
}

BINDER = Metal(
    name="carbon and binder",
    conductivity=100.0,
    source="assumed: far above that of the particles, so that its value does not matter",
)

CLOSED = 1e-8
"""Relative imbalance of lithium or charge in any step that counts as none."""


def electrode(voxels: int) -> Image:
    """A cube of NMC811, binder and pore; the foil is to be at its high end of z."""
    body = Ellipsoid((4 * UM, 4 * UM, 3.4 * UM), spread=0.1)
    particles = ellipsoids((voxels,) * 3, VOXEL, body=body, fraction=0.56, seed=SEED, name="nmc")
    return with_binder(particles, fraction=0.08, length=1.5 * UM, seed=SEED)


def cell_image(image: Image) -> tuple[Image, list[str]]:
    """The electrode without sealed pores and floating solid, between a separator and a foil; and what was done."""
    said = []
    for phase, into in (("electrolyte", "nmc"), ("nmc", "electrolyte")):
        image, words = without_islands(image, phase, into)
        said.append(words)
    image, words = with_layers(image, 2, [Layer("separator", 6 * UM)], [Layer("foil", 2 * UM)])
    return image, [*said, words]


def mesh(image: Image, folder: Path) -> tuple[Path, ImageMeshReport]:
    """Write `cell.msh` and a picture of it; on rank 0."""
    raw, report = mesh_image(image, SETTINGS, FACES)
    folder.mkdir(parents=True, exist_ok=True)
    draw_slice(folder / "mesh.png", raw, image)
    return write_msh(raw, folder / "cell.msh"), report


def half_cell(path: Path) -> fc.ResolvedCell:
    """Materials by the names of the phases, terminals by those of the faces."""
    chen = fc.library.chen2020()
    return fc.ResolvedCell(
        fc.read_msh(path, unit="um"),
        electrolyte=fc.library.nyman2008(),
        regions={
            "separator": chen.separator,
            "nmc": chen.positive.active,
            "cbd": BINDER,
            "foil": fc.library.aluminium(),
        },
        terminals={"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
        islands="drop",  # slivers of a phase, cut off at a wall or left of a thin bridge
    )


def run(voxels: int, steps: Sequence[str], folder: Path = OUT) -> tuple[ImageMeshReport, fc.Result]:
    """Everything, for an image of so many voxels a side; collective."""
    comm = fc.MPI.COMM_WORLD

    def prepared() -> tuple[Path, ImageMeshReport, list[str]]:
        shutil.rmtree(folder, ignore_errors=True)
        whole, said = cell_image(electrode(voxels))
        path, report = mesh(whole, folder)
        return path, report, [*said, *describe(report, whole)]

    path, report, said = on_root(comm, prepared)
    if comm.rank == 0:
        print(*said, sep="\n", flush=True)
    return report, fc.simulate(half_cell(path), steps, output=folder / "run")


def main() -> int:
    """Mesh, run, compare, and return the exit code."""
    parser = argparse.ArgumentParser(description="From an image to a voltage curve.")
    parser.add_argument("voxels", nargs="?", type=int, default=40, help="of the image, a side")
    report, result = run(parser.parse_args().voxels, ["Discharge at 1C until 3.0 V"])
    worst = max(result.summary["worst_audit"].values())
    if fc.MPI.COMM_WORLD.rank == 0:
        print(f"{result.voltage[-1]:.4f} V after {result.time[-1]:.1f} s; worst audit {worst:.1e}")
    return 0 if worst < CLOSED and report.least_angle > 5.0 else 1


if __name__ == "__main__":
    sys.exit(main())
