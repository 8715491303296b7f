"""Images of 100 voxels a side as tetrahedra: time, truth to the image, and tortuosity against the voxels.

    python benchmarks/image_mesh.py [--voxels 100] [--only phases|spheres|known]

1. three phases (overlapping particles, binder in their necks, pores) by `mesh_image` with its defaults: time, dihedral
   angles, fractions, and areas of interfaces beside Crofton's estimate from the voxels;
2. the image of overlapping spheres of the tests: tortuosity of its pores on its mesh (elements of degree 2, plates)
   beside that on its voxels, as they are and split in two and in four along each side: the same steps, the same pores,
   and no more than a flux between the middles of smaller voxels. Aitken's limit of the three is what the image has;
3. an image of that kind whose spheres are known: the tortuosity of the mesh of 100 voxels a side beside that of the
   spheres themselves, drawn with 100, 200 and 400 voxels a side, and the limit of the three.

Exits with 1 where a bound is missed: 5 minutes, 1 % of each fraction, 3 % of the limit of 2., and half of the error of
the voxels in 3.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from spheres import POROSITY, RADIUS, SEED

import femcell as fc
from femcell.analysis import tortuosity
from femcell.analysis.effective import mesh_conductivity
from femcell.commands.mesh_image import describe
from femcell.geometry import Geometry, RawMesh
from femcell.geometry.tetrahedra import ImageMeshSettings, mesh_image
from femcell.images import Image, read_image, without_islands
from femcell.images.generators import Ellipsoid, ellipsoids, with_binder

UM = 1e-6
SPHERES = Path(__file__).resolve().parents[1] / "tests" / "data" / "images" / "spheres100.tif"
MINUTES, FRACTION, TORTUOSITY = 5.0, 0.01, 0.03
TIMES = (1, 2, 4)
SPLIT = ("on the voxels", "split in two", "split in four", "limit")
DRAWN = ("100 voxels", "200 voxels", "400 voxels", "limit")
SIDE = 100


def three_phases(voxels: int) -> Image:
    """Particles of 9 voxels radius, binder and pores, without pieces that float."""
    body = Ellipsoid((4.5 * UM, 4.5 * UM, 3.8 * UM), spread=0.1)
    image = ellipsoids((voxels,) * 3, 0.5 * UM, body=body, fraction=0.55, seed=4, name="nmc")
    image = with_binder(image, fraction=0.08, length=1.5 * UM, seed=4)
    for phase, into in (("electrolyte", "nmc"), ("nmc", "electrolyte")):
        image, _ = without_islands(image, phase, into)
    return image


def meshed(image: Image, settings: ImageMeshSettings) -> tuple[RawMesh, bool]:
    """The mesh of an image; prints its figures, and whether it meets the bounds."""
    begun, spent = time.perf_counter(), time.process_time()
    raw, report = mesh_image(image, settings)
    wall, cpu = time.perf_counter() - begun, time.process_time() - spent
    print(f"{wall:.0f} s ({cpu:.0f} s of one core), {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB")
    print(*describe(report, image), sep="\n", flush=True)
    worst = max(abs(mesh / part - 1) for part, mesh in report.fractions.values())
    return raw, wall < 60 * MINUTES and worst < FRACTION


def main() -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voxels", type=int, default=100, help="of the image of three phases, a side")
    parser.add_argument("--only", choices=("phases", "spheres", "known"))
    parser.add_argument("--size", type=float, default=2.0, help="edges at interfaces, voxels")
    options = parser.parse_args()
    settings, good = ImageMeshSettings(size=options.size), True
    if options.only in (None, "phases"):
        print(f"three phases, {options.voxels} voxels a side")
        good &= meshed(three_phases(options.voxels), settings)[1]
    if options.only in (None, "spheres"):
        image = read_image(SPHERES, voxel=0.4, phases={"solid": 0, "pore": 1})
        print("overlapping spheres, 100 voxels a side")
        fine, tau, known = compared(lambda n: split(image, n), settings, SPLIT)
        good &= fine and abs(tau / known[-1] - 1) < TORTUOSITY
    if options.only in (None, "known"):
        centres = thrown()
        print(f"{len(centres)} known spheres, {SIDE} voxels a side")
        fine, tau, known = compared(lambda n: drawn(centres, n), settings, DRAWN)
        good &= fine and 2 * abs(tau - known[-1]) < abs(known[0] - known[-1])
    return 0 if good else 1


def compared(
    finer: Callable[[int], Image], settings: ImageMeshSettings, names: Sequence[str]
) -> tuple[bool, float, list[float]]:
    """Print the tortuosity of an image's mesh beside that on its voxels, on finer ones, and the limit of these.

    Args:
        finer: the image, of solid and pore, with voxels so many times smaller.
        settings: of the mesh.
        names: of the rows.

    Returns:
        Whether the mesh is true to the image; its tortuosity; those beside it.
    """
    raw, fine = meshed(finer(1), settings)
    begun = time.perf_counter()
    geometry = Geometry.from_root(fc.MPI.COMM_WORLD, raw, "spheres")
    found = mesh_conductivity(geometry, {"pore": 1.0}, axes=[0], degree=2)
    tau = raw_fraction(raw, "pore") / found.tensor[0, 0]
    print(f"tortuosity {tau:.4f} on the mesh in {time.perf_counter() - begun:.0f} s", flush=True)
    known = [tortuosity(finer(times), "pore", axis=0).factor for times in TIMES]
    known.append(known[2] - (known[2] - known[1]) ** 2 / (known[2] - 2 * known[1] + known[0]))
    for name, value in zip(names, known, strict=True):
        print(f"  {name:14} {value:.4f}, of which the mesh is off by {100 * (tau / value - 1):+.2f} %")
    return fine, tau, known


def thrown() -> np.ndarray:
    """Centres of spheres in a box of which they leave 40 % to the pores, in voxels, shape (spheres, 3)."""
    rng = np.random.default_rng(SEED)
    # A Poisson process covers all but exp(-density * volume); its centres lie as far outside as a sphere reaches.
    count = round(-np.log(POROSITY) / (4 / 3 * np.pi * RADIUS**3) * (SIDE + 2 * RADIUS) ** 3)
    return rng.uniform(-RADIUS, SIDE + RADIUS, (count, 3))


def drawn(centres: np.ndarray, times: int) -> Image:
    """The spheres, with voxels so many times smaller."""
    n = SIDE * times
    pore = np.ones((n,) * 3, dtype=np.uint8)
    for centre in centres:
        low = np.clip(np.floor((centre - RADIUS) * times), 0, n).astype(int)
        high = np.clip(np.ceil((centre + RADIUS) * times), 0, n).astype(int)
        away = [((np.arange(a, b) + 0.5) / times - c) ** 2 for a, b, c in zip(low, high, centre, strict=True)]
        solid = sum(np.ix_(*away)) < RADIUS**2
        pore[tuple(slice(a, b) for a, b in zip(low, high, strict=True))][solid] = 0
    return Image(pore, (0.4 * UM / times,) * 3, {"solid": 0, "pore": 1})


def split(image: Image, times: int) -> Image:
    """The same image of smaller voxels."""
    labels = image.labels
    for axis in range(3):
        labels = np.repeat(labels, times, axis=axis)
    return replace(image, labels=labels, voxel=tuple(side / times for side in image.voxel))


def raw_fraction(raw: RawMesh, phase: str) -> float:
    """Volume fraction of a phase in the mesh."""
    return float(raw.volumes[raw.cell_tags == raw.region_tags[phase]].sum() / raw.volumes.sum())


if __name__ == "__main__":
    sys.exit(main())
