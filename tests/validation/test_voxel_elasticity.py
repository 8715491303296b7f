"""Effective stiffness on voxels: laminates, Hill's exact result, dilute pores, bounds, and the same on all ranks."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI

from femcell.analysis import Loading, effective_stiffness, stiffness_bounds
from femcell.analysis.stiffness import stiffness_matrix
from femcell.errors import InputError
from femcell.images import Image
from femcell.materials.mechanical import Anisotropic, Isotropic
from femcell.physics.elasticity import PAIRS

GPA, UM = 1e9, 1e-6
STIFF = Isotropic(youngs_modulus=140 * GPA, poissons_ratio=0.25)
STIFFER = Isotropic(youngs_modulus=420 * GPA, poissons_ratio=0.2)
SOFT = Isotropic(youngs_modulus=2 * GPA, poissons_ratio=0.35)
SKEW = Anisotropic(
    # Graphite, O. L. Blakslee et al., J. Appl. Phys. 41 (1970) 3373, its C44 raised from 4 to 40 GPa
    stiffness=tuple(
        tuple(GPA * x for x in row)
        for row in (
            (1060, 180, 15, 0, 0, 0),
            (180, 1060, 15, 0, 0, 0),
            (15, 15, 36.5, 0, 0, 0),
            (0, 0, 0, 40, 0, 0),
            (0, 0, 0, 0, 40, 0),
            (0, 0, 0, 0, 0, 440),
        )
    ),
    orientation=((0.6, 0.0, 0.8), (0.0, 1.0, 0.0), (-0.8, 0.0, 0.6)),
)
SOLIDS: Mapping[str, Isotropic | Anisotropic] = {"a": STIFF, "b": SOFT, "c": SKEW}


def image_of(labels: Any, voxel: tuple[float, float, float] = (UM, UM, UM)) -> Image:
    labels = np.asarray(labels, dtype=np.uint8)
    return Image(labels, voxel, dict(zip("abc", range(int(labels.max()) + 1), strict=False)))


def noise(shape: tuple[int, int, int], phases: int = 3, seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, phases, shape)


def sphere(n: int, radius: float) -> Any:
    """In the middle of a unit cube of n voxels a side."""
    x = (np.arange(n) + 0.5) / n - 0.5
    return (sum(part**2 for part in np.ix_(x, x, x)) < radius**2).astype(np.uint8)


@pytest.mark.parametrize("loading", Loading)
def test_uniform_image_is_itself(loading: Loading) -> None:
    image = Image(np.zeros((4, 6, 5), np.uint8), (UM, 2 * UM, 3 * UM), {"c": 0})
    found = effective_stiffness(image, {"c": SKEW}, loading, 1e-8)
    np.testing.assert_allclose(found.voigt, stiffness_matrix("c", SKEW), atol=1e-7 * found.voigt.max())


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_laminates_are_exact(axis: int) -> None:
    """Of three solids, one of them anisotropic and turned: by averages of blocks (Backus for isotropic layers)."""
    layers = np.moveaxis(np.zeros((7, 3, 4), np.uint8), 0, axis)
    np.moveaxis(layers, axis, 0)[[0, 1, 4]] = 1
    np.moveaxis(layers, axis, 0)[[2, 6]] = 2
    image = image_of(layers, (UM, 2 * UM, 1.5 * UM))
    found = effective_stiffness(image, SOLIDS, tolerance=1e-7).voigt
    f = list(image.fractions.values())
    C = [stiffness_matrix(name, SOLIDS[name]) for name in image.phases]
    N = [row for row, pair in enumerate(PAIRS) if axis in pair]
    T = [row for row in range(6) if row not in N]

    def mean(parts: list[Any]) -> Any:
        return sum(share * part for share, part in zip(f, parts, strict=True))

    inverse = [np.linalg.inv(c[np.ix_(N, N)]) for c in C]
    across = [i @ c[np.ix_(N, T)] for i, c in zip(inverse, C, strict=True)]
    expected = np.zeros((6, 6))
    expected[np.ix_(N, N)] = np.linalg.inv(mean(inverse))
    expected[np.ix_(N, T)] = np.linalg.inv(mean(inverse)) @ mean(across)
    expected[np.ix_(T, N)] = expected[np.ix_(N, T)].T
    along = [c[np.ix_(T, T)] - c[np.ix_(T, N)] @ x for c, x in zip(C, across, strict=True)]
    expected[np.ix_(T, T)] = mean(along) + mean(across).T @ expected[np.ix_(N, T)]
    np.testing.assert_allclose(found, expected, atol=1e-6 * expected.max())


def test_one_shear_modulus() -> None:
    """With one G everywhere 1 / (K + 4/3 G) is averaged, whatever the microstructure (R. Hill, JMPS 11 (1963) 357)."""
    G, K = 10 * GPA, np.array([5 * GPA, 60 * GPA])
    solids = {
        name: Isotropic(youngs_modulus=9 * k * G / (3 * k + G), poissons_ratio=(3 * k - 2 * G) / (2 * (3 * k + G)))
        for name, k in zip("ab", K, strict=True)
    }
    coarse, errors = sphere(8, 0.35), []
    for split in (1, 2, 4):
        image = image_of(np.kron(coarse, np.ones((split,) * 3, np.uint8)))
        f = np.array(list(image.fractions.values()))
        exact = 1 / (f / (K + 4 / 3 * G)).sum() - 4 / 3 * G
        found = effective_stiffness(image, solids)
        errors.append(found.bulk / exact - 1)
        assert found.shear == pytest.approx(G, rel=1e-6)
    print("bulk modulus as voxels are split", errors)
    assert 0 < errors[2] < 0.005 and errors[0] > 2.5 * errors[1] > 2.5**2 * errors[2]


@pytest.mark.parametrize(("inclusion", "matrix", "end"), [(None, STIFF, 1), (STIFFER, STIFF, 0)])
def test_dilute_spheres(inclusion: Isotropic | None, matrix: Isotropic, end: int) -> None:
    """Simple cubic, 3.3 %: what they change K and G by is that of the nearest bound of Hashin and Shtrikman.

    To first order in their fraction that bound is exact (J. D. Eshelby, Proc. R. Soc. A 241 (1957) 376).
    """
    solids = {"a": matrix} | ({"b": inclusion} if inclusion else {})
    image = image_of(sphere(32, 0.2))
    found, bounds = effective_stiffness(image, solids), stiffness_bounds(image.fractions, solids)
    assert bounds.bulk is not None and bounds.shear is not None
    C = stiffness_matrix("a", matrix)
    bulk, shear = C[:3, :3].sum() / 9, C[3, 3]
    effects = [(found.bulk - bulk) / (bounds.bulk[end] - bulk), (found.shear - shear) / (bounds.shear[end] - shear)]
    print("effect over that of the bound: bulk, shear", effects)
    assert effects[0] == pytest.approx(1.0, abs=0.05) and effects[1] == pytest.approx(1.0, abs=0.05)


def test_loadings_and_bounds_are_in_order() -> None:
    image = image_of(noise((7, 6, 5)), (UM, UM, 2 * UM))
    bounds = stiffness_bounds(image.fractions, SOLIDS)
    found = [effective_stiffness(image, SOLIDS, loading).voigt for loading in reversed(Loading)]
    for low, high in zip([bounds.reuss, *found], [*found, bounds.voigt], strict=True):
        assert np.linalg.eigvalsh(high - (low + low.T) / 2).min() > 0
    for C in found:
        np.testing.assert_allclose(C, C.T, atol=1e-4 * C.max())


@pytest.mark.mpi
@pytest.mark.parametrize("loading", Loading)
def test_same_number_on_any_rank_and_thread(loading: Loading) -> None:
    solids = {"a": STIFF, "b": SOFT} | ({"c": SOFT} if loading is Loading.TRACTION else {})
    image = image_of(noise((12, 6, 5)))
    alone = effective_stiffness(image, solids, loading, 1e-3, threads=1, comm=MPI.COMM_SELF)
    shared = effective_stiffness(image, solids, loading, 1e-3, threads=2, comm=MPI.COMM_WORLD)
    assert shared.iterations == alone.iterations
    np.testing.assert_allclose(shared.voigt, alone.voigt, rtol=1e-10, atol=1e-10 * alone.voigt.max())


@pytest.mark.parametrize(
    ("solids", "loading", "words"),
    [
        ({"d": STIFF}, Loading.PERIODIC, "no phase 'd'"),
        ({}, Loading.PERIODIC, "no voxel of a phase with a stiffness"),
        ({"a": STIFF}, Loading.TRACTION, "phase 'b' has no stiffness, and no traction can act on it"),
        (
            {"a": Isotropic(youngs_modulus=lambda c: 1e9 + c, poissons_ratio=0.3)},
            Loading.PERIODIC,
            "'a' depends on the concentration",
        ),
    ],
)
def test_what_cannot_be_solved_is_refused(solids: dict[str, Isotropic], loading: Loading, words: str) -> None:
    with pytest.raises(InputError, match=words):
        effective_stiffness(image_of(noise((4, 4, 4))), solids, loading)
