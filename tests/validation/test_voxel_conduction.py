"""Effective conductivity on voxels: laminates, arrays of spheres and cylinders, bounds, and the same on all ranks."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from femcell.analysis import Boundary, bounds, bruggeman_exponent, effective_conductivity, percolating, tortuosity
from femcell.analysis.percolation import periodically_percolating
from femcell.analysis.voxels.slab import share_out
from femcell.analysis.voxels.solve import Load, solve
from femcell.errors import InputError, SolveError
from femcell.images import Image, read_image

UM = 1e-6
SPHERES = Path(__file__).resolve().parents[1] / "data" / "images" / "spheres100.tif"
TWO = {"a": 0, "b": 1}

# Effective over bulk diffusivity around insulating inclusions. Square cylinders and simple cubic spheres: boundary
# collocation of the exact series; bcc and fcc: A. S. Sangani, A. Acrivos, Proc. R. Soc. A 386 (1983) 263.
ARRAYS: Mapping[tuple[str, float], float] = {
    ("cylinders", 0.2): 0.666531,
    ("cylinders", 0.4): 0.4253512,
    ("sc", 0.2): 0.726703,
    ("sc", 0.4): 0.4901099,
    ("bcc", 0.3): 0.6082728,
    ("bcc", 0.5): 0.39578,
    ("fcc", 0.3): 0.608493,
    ("fcc", 0.5): 0.39815,
}
CENTRES = {
    "cylinders": [(0.5, 0.5)],
    "sc": [(0.5, 0.5, 0.5)],
    "bcc": [(0, 0, 0), (0.5, 0.5, 0.5)],
    "fcc": [(0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)],
}


def image_of(labels: Any, voxel: tuple[float, float, float] = (UM, UM, UM), phases: Mapping[str, int] = TWO) -> Image:
    return Image(np.asarray(labels, dtype=np.uint8), voxel, phases)


def lattice(kind: str, fraction: float, n: int) -> Image:
    """One period of an array, n voxels a side; cylinders stand along z, two voxels high."""
    dim = len(CENTRES[kind][0])
    each = fraction / len(CENTRES[kind])
    radius = (each * 3 / (4 * np.pi)) ** (1 / 3) if dim == 3 else (each / np.pi) ** 0.5
    x = (np.arange(n) + 0.5) / n
    inside = np.zeros((n,) * dim, dtype=bool)
    for centre in CENTRES[kind]:
        away = [np.abs((x - c + 0.5) % 1 - 0.5) for c in centre]
        inside |= sum(part**2 for part in np.ix_(*away)) < radius**2
    return image_of(np.repeat(inside[..., None], 2, axis=2) if dim == 2 else inside)


def noise(shape: tuple[int, int, int], seed: int = 0, phases: int = 3) -> Any:
    return np.random.default_rng(seed).integers(0, phases, shape)


@pytest.mark.parametrize("voxel", [(UM, UM, UM), (UM, 2 * UM, 5 * UM)])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_laminates_are_exact(axis: int, voxel: tuple[float, float, float]) -> None:
    layers = np.moveaxis(np.zeros((12, 7, 9), np.uint8), 0, axis)
    np.moveaxis(layers, axis, 0)[[0, 1, 5, 6, 7]] = 1
    image = image_of(layers, voxel)
    f, k = image.fractions, {"a": 1.0, "b": 0.03}
    expected = np.full(3, f["a"] * k["a"] + f["b"] * k["b"])
    expected[axis] = 1 / (f["a"] / k["a"] + f["b"] / k["b"])
    for boundary in (Boundary.PLATES, Boundary.PERIODIC):
        found = effective_conductivity(image, k, boundary, tolerance=1e-7).tensor
        np.testing.assert_allclose(np.diag(found), expected, rtol=1e-7)
    np.testing.assert_allclose(found - np.diag(np.diag(found)), 0, atol=1e-7)
    assert bounds(f, k).wiener == pytest.approx((expected[axis], expected.max()))


@pytest.mark.parametrize(("kind", "fraction"), ARRAYS)
def test_arrays_of_insulating_inclusions(kind: str, fraction: float) -> None:
    """Extrapolated to voxels of no size: a parabola in their side through D_eff over Maxwell's estimate.

    The estimate takes out that voxels do not fill the wanted fraction exactly.
    """
    dim = len(CENTRES[kind][0])
    sizes = (32, 48, 64, 80, 96, 128) if dim == 3 else (64, 96, 128, 192, 256)
    ratios = []
    for n in sizes:
        image = lattice(kind, fraction, n)
        found = effective_conductivity(image, {"a": 1.0}, Boundary.PERIODIC, (0,)).tensor[0, 0]
        ratios.append(found / maxwell(image.fractions["b"], dim))
    value = np.polynomial.Polynomial.fit(1 / np.array(sizes), ratios, 2)(0.0) * maxwell(fraction, dim)
    print(f"{kind} {fraction}: {value:.5f} against {ARRAYS[kind, fraction]}; finest voxels {found:.5f}")
    assert value == pytest.approx(ARRAYS[kind, fraction], rel=5e-3)


def maxwell(fraction: float, dim: int) -> float:
    """Dilute insulating inclusions, also the upper Hashin-Shtrikman bound."""
    return (1 - fraction) / (1 + fraction / (dim - 1))


def test_tortuosity_of_overlapping_spheres() -> None:
    """Against TauFactor 1.2.1, 1.98445, PoreSpy 3.2, 1.98818, and the same volumes solved by algebraic multigrid."""
    image = read_image(SPHERES, voxel=0.4, phases={"solid": 0, "pore": 1})
    found = tortuosity(image, "pore", axis=0)
    print(f"tau {found.factor:.5f}, imbalance {found.imbalance:.1e}, percolating {found.percolating:.4f}")
    assert found.factor == pytest.approx(1.98445, rel=5e-3)
    assert found.factor == pytest.approx(1.98818, rel=5e-3)
    assert found.factor == pytest.approx(1.98474, abs=1e-5)
    assert found.percolating * found.fraction == pytest.approx(0.3989, abs=1e-4)
    assert found.imbalance <= 1e-6
    assert found.macmullin == pytest.approx(found.factor / found.fraction)
    assert found.fraction**found.bruggeman == pytest.approx(found.relative)


SHAPES = [(20, 17, 13), (9, 24, 11)]


@pytest.mark.parametrize(
    "conductivities", [{"a": 1.0, "b": 0.1, "c": 10.0}, {"a": 1.0, "b": 0.1}, {"c": 1.0, "b": 1.0}]
)
@pytest.mark.parametrize("shape", SHAPES)
def test_flux_periodic_potential_and_bounds_are_in_order(
    shape: tuple[int, int, int], conductivities: dict[str, float]
) -> None:
    image = image_of(noise(shape), (UM, UM, 2 * UM), {"a": 0, "b": 1, "c": 2})
    flux, periodic, plates, potential = (
        effective_conductivity(image, conductivities, boundary, tolerance=1e-7).tensor
        for boundary in (Boundary.FLUX, Boundary.PERIODIC, Boundary.PLATES, Boundary.POTENTIAL)
    )
    diagonals = np.array([np.diag(tensor) for tensor in (flux, periodic, potential)])
    assert (np.diff(diagonals, axis=0) > 0).all(), diagonals
    assert (np.diag(flux) < np.diag(plates)).all() and (np.diag(plates) < np.diag(potential)).all()
    for tensor in (periodic, potential, flux):
        known = np.isfinite(tensor)
        np.testing.assert_allclose(tensor[known], tensor.T[known], atol=1e-6 * np.abs(tensor[known]).max())
    if len(conductivities) == 3:  # the order holds for the tensors
        assert np.linalg.eigvalsh(periodic - (flux + flux.T) / 2).min() > 0
    assert np.linalg.eigvalsh(potential - periodic).min() > 0
    # Wiener's bounds hold for potentials that are linear, and for the repeated image.
    low, high = bounds(image.fractions, conductivities).wiener
    assert (np.diag(periodic) > low).all() and (np.diag(potential) < high).all()


def test_mirrored_image_has_the_same_tortuosity() -> None:
    """Planes of symmetry insulate: what an image and its mirror image side by side show must be the same."""
    pore = noise((24, 20, 16), 4, 4) > 0
    twice = np.concatenate([pore, pore[:, ::-1]], axis=1)
    one, two = (tortuosity(image_of(p, phases={"solid": 0, "pore": 1}), "pore", tolerance=1e-8) for p in (pore, twice))
    assert two.relative == pytest.approx(one.relative, rel=1e-7)


def test_uniform_image_is_itself() -> None:
    image = image_of(np.zeros((5, 8, 11)))
    for boundary in Boundary:
        found = effective_conductivity(image, {"a": 3.0}, boundary).tensor
        np.testing.assert_allclose(np.diag(found), 3.0, rtol=1e-6)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_flux_through_flat_voxels(axis: int) -> None:
    """Of a uniform medium, where it is the field itself, and to a balance far below single precision in any other."""
    flat = (UM, 0.3 * UM, 7 * UM)
    uniform = effective_conductivity(image_of(np.zeros((13, 9, 21)), flat), {"a": 3.0}, Boundary.FLUX, (axis,))
    assert uniform.tensor[axis, axis] == pytest.approx(3.0, rel=1e-7)
    assert uniform.iterations < 10
    mixed = image_of(noise((14, 16, 18), 1, 2), flat)
    found = effective_conductivity(mixed, {"a": 1.0, "b": 0.1}, Boundary.FLUX, (axis,), tolerance=1e-10)
    assert found.imbalance <= 1e-10


def test_a_solve_that_finds_no_direction_says_what_to_do() -> None:
    """As where rounding has left nothing to go on."""
    slab = share_out(MPI.COMM_SELF, (4, 4, 4), 1, (False,) * 3, None, 1)
    k = (slab.zeros(), slab.zeros(), slab.zeros())
    for faces in k:
        faces[2:-2, 2:-2, 2:-2] = 1.0
    nothing = SimpleNamespace(b=slab.zeros(), x=slab.zeros(), cycle=lambda: None)
    with pytest.raises(SolveError, match=r"not balanced after 1 iterations .*: take a larger tolerance, or resample"):
        solve(slab, k, nothing, Load((1.0, 0.0, 0.0), (0.0,) * 3, 0), 1e-6)


@pytest.mark.mpi
@pytest.mark.parametrize("boundary", Boundary)
@pytest.mark.parametrize("threads", [1, 2])
def test_same_number_on_any_rank_and_thread(boundary: Boundary, threads: int) -> None:
    image = image_of(noise((70, 40, 38), 2), phases={"a": 0, "b": 1, "c": 2})
    k = {"a": 1.0, "b": 0.2}
    alone = effective_conductivity(image, k, boundary, (0, 1), threads=1, comm=MPI.COMM_SELF)
    shared = effective_conductivity(image, k, boundary, (0, 1), threads=threads, comm=MPI.COMM_WORLD)
    assert shared.iterations == alone.iterations
    np.testing.assert_allclose(shared.tensor, alone.tensor, rtol=1e-10, atol=1e-10)


def test_bounds_of_hashin_and_shtrikman() -> None:
    k = {"a": 1.0, "b": 10.0}
    found = bounds({"a": 0.6, "b": 0.4}, k)
    # The two-phase form: k1 + f2 / (1 / (k2 - k1) + f1 / (3 k1)), and with the phases exchanged.
    assert found.hashin_shtrikman == pytest.approx((1 + 0.4 / (1 / 9 + 0.6 / 3), 10 + 0.6 / (-1 / 9 + 0.4 / 30)))
    assert found.outside(4.9) == ["Wiener", "Hashin-Shtrikman"] and found.outside(2.4) == []
    insulating = bounds({"pore": 0.6, "solid": 0.4}, {"pore": 1.0})
    assert insulating.hashin_shtrikman == pytest.approx((0.0, maxwell(0.4, 3)))


def test_bruggeman_exponent_is_fitted() -> None:
    eps = np.array([0.3, 0.4, 0.6])
    assert bruggeman_exponent(eps, eps**1.7) == pytest.approx(1.7)
    with pytest.raises(InputError, match="fractions"):
        bruggeman_exponent([0.3], [0.0])


def test_what_does_not_percolate_is_named_with_its_fraction() -> None:
    labels = np.zeros((10, 4, 4), np.uint8)
    labels[5] = 1
    with pytest.raises(InputError, match=r"'a' \(90.00 % of the image\) does not percolate along x"):
        tortuosity(image_of(labels), "a")
    assert percolating(image_of(labels), 1, "a").mean() == 0.9


@pytest.mark.parametrize(
    ("conductivities", "axes", "words"),
    [
        ({"a": -1.0}, (0,), "0 or more"),
        ({"a": 0.0}, (0,), "not all 0"),
        ({"c": 1.0}, (0,), "no phase 'c'"),
        ({"a": 1.0}, (3,), "Axes"),
    ],
)
def test_bad_conductivities_are_refused(conductivities: dict[str, float], axes: tuple[int, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        effective_conductivity(image_of(noise((4, 4, 4), 0, 2)), conductivities, axes=axes)


def test_image_too_large_for_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("femcell.images.memory.available_bytes", lambda: 20**3 * 50)
    with pytest.raises(InputError, match=r"Solving on the image of 40 x 40 x 40 .* 19 x 19 x 19 voxels fit"):
        tortuosity(image_of(np.zeros((40, 40, 40))), "a")


@pytest.mark.parametrize("closed", [True, False])
def test_percolation_through_the_repeated_image(closed: bool) -> None:
    """Three pieces that meet across the faces of y: together they go on along x, and nowhere else."""
    labels = np.zeros((4, 4, 3), np.uint8)
    for x, y in ((0, 0), (1, 0), (1, 3), (2, 3), (3, 3)):
        labels[x, y, 1] = 1
    labels[3, 0, 1] = closed
    image = image_of(labels)
    with pytest.raises(InputError, match="does not percolate along x"):
        percolating(image, 0, "b")
    found = [periodically_percolating(image, axis, "b").sum() for axis in range(3)]
    assert found == [6 if closed else 0, 0, 0]
    conducted = effective_conductivity(image, {"b": 1.0}).tensor
    assert (np.diag(conducted) > 1e-3).tolist() == [closed, False, False]
