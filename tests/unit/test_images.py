"""Images: what is refused, files of every kind, and cleaning that says what it did."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from femcell.analysis import effective_stiffness
from femcell.analysis.morphology import specific_areas
from femcell.errors import InputError
from femcell.images import Image, Layer, RawLayout, crop, joined, pieces, read_image, resample, with_layers
from femcell.images.islands import without_islands
from femcell.images.memory import require_memory
from femcell.images.segment import by_thresholds, otsu, split_particles
from femcell.materials.mechanical import Isotropic

UM = 1e-6
CUBE = (UM, UM, UM)
PHASES = {"pore": 0, "nmc": 1}
Change = Callable[[Image], tuple[Image, str]]


def image_of(labels: Any, voxel: tuple[float, float, float] = CUBE, phases: dict[str, int] = PHASES) -> Image:
    return Image(np.asarray(labels, dtype=np.uint8), voxel, phases)


def random_labels(shape: tuple[int, int, int] = (6, 5, 4)) -> Any:
    return np.random.default_rng(3).integers(0, 2, shape).astype(np.uint8)


def spheres(centres: list[tuple[float, float, float]], radius: float, n: int = 32) -> Any:
    x = np.arange(n) + 0.5
    grid = np.stack(np.meshgrid(x, x, x, indexing="ij"), axis=-1)
    return np.any([((grid - c) ** 2).sum(-1) < radius**2 for c in centres], axis=0).astype(np.uint8)


@pytest.mark.parametrize(
    ("labels", "voxel", "phases", "words"),
    [
        (np.zeros((4, 4), np.uint8), CUBE, PHASES, "three-dimensional"),
        (np.zeros((4, 4, 1), np.uint8), CUBE, PHASES, "three-dimensional"),
        (np.zeros((0, 4, 4), np.uint8), CUBE, PHASES, "empty"),
        (np.zeros((4, 4, 4)), CUBE, PHASES, "segment"),
        (np.full((4, 4, 4), 7, np.uint8), CUBE, PHASES, r"Label 7 of the image \(64 voxels\).*pore=0, nmc=1"),
        (np.zeros((4, 4, 4), np.uint8), (UM, -UM, UM), PHASES, "positive"),
        (np.zeros((4, 4, 4), np.uint8), (1e-306,) * 3, PHASES, "from 1e-12 to 1 m"),
        (np.zeros((4, 4, 4), np.uint8), (1e200,) * 3, PHASES, "from 1e-12 to 1 m"),
        (np.zeros((4, 4, 4), np.uint8), (UM, UM, np.nan), PHASES, "from 1e-12 to 1 m"),
        (np.zeros((4, 4, 4), np.uint8), (1e-12, UM, UM), PHASES, "at most 1000 times another"),
        (np.zeros((4, 4, 4), np.uint8), CUBE, {"pore": 0, "nmc": 0}, "both have label 0"),
        *(
            (np.zeros((4, 4, 4), np.uint8), CUBE, {name: 0}, "a double quote, a backslash or an unprintable")
            for name in ('n"mc', "nmc\\", "n\nmc", "\u2028", " ", "")
        ),
    ],
)
def test_bad_images_are_refused(labels: Any, voxel: Any, phases: dict[str, int], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Image(labels, voxel, phases)


def test_fractions_and_extent() -> None:
    image = image_of(np.arange(24).reshape(4, 3, 2) < 6, (UM, 2 * UM, 3 * UM))
    assert image.fractions == {"pore": 0.75, "nmc": 0.25}
    assert image.extent == pytest.approx((4e-6, 6e-6, 6e-6))
    assert image.mask("pore", "nmc").all()


@pytest.mark.parametrize("kind", ["tif", "npy", "raw", "zyx"])
def test_every_kind_of_file_gives_the_same_image(tmp_path: Path, kind: str) -> None:
    labels = random_labels()
    path = tmp_path / f"scan.{kind if kind in ('tif', 'npy') else 'raw'}"
    options: dict[str, Any] = {}
    if kind == "tif":
        tifffile.imwrite(path, labels, photometric="minisblack")
    elif kind == "npy":
        np.save(path, labels.astype(np.int64))
    elif kind == "raw":
        path.write_bytes(b"head" + labels.astype(">u2").tobytes())
        options = {"raw": RawLayout(labels.shape, ">u2", 4)}
    else:
        path.write_bytes(labels.T.tobytes())
        options = {"raw": RawLayout(labels.T.shape), "order": "zyx"}
    image = read_image(path, voxel=[0.4, 0.5, 0.6], phases=PHASES, **options)
    np.testing.assert_array_equal(image.labels, labels)
    assert image.voxel == pytest.approx((0.4e-6, 0.5e-6, 0.6e-6))


@pytest.mark.parametrize("large", [300, 2**32 - 1, 2**63, 2**64 - 1])
def test_labels_may_be_any_numbers(tmp_path: Path, large: int) -> None:
    small = image_of(random_labels())
    np.save(tmp_path / "scan.npy", np.where(small.labels == 1, np.uint64(large), np.uint64(0)))
    image = read_image(tmp_path / "scan.npy", voxel=1.0, phases={"pore": 0, "nmc": large})
    np.testing.assert_array_equal(image.numbered(), small.labels)
    assert specific_areas(image) == specific_areas(small)
    stack, _ = with_layers(image, 0, [Layer("foil", UM)])
    assert stack.fractions["foil"] == pytest.approx(1 / 7)
    nmc = Isotropic(youngs_modulus=1e9, poissons_ratio=0.2)
    found, same = (effective_stiffness(each, {"nmc": nmc}, threads=1).voigt for each in (image, small))
    np.testing.assert_allclose(found, same)


def test_labels_take_the_smallest_type(tmp_path: Path) -> None:
    for dtype in (bool, ">i4", np.int64, np.uint32):
        np.save(tmp_path / "scan.npy", random_labels().astype(dtype))
        assert read_image(tmp_path / "scan.npy", voxel=1.0, phases=PHASES).labels.dtype == np.uint8


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (np.zeros((4, 4), np.uint8), {}, "2 dimensions"),
        (np.zeros((0, 4, 4), np.uint8), {}, "empty"),
        (np.ones((3, 3, 3), np.float32), {}, "segment the grey values"),
        (-np.ones((3, 3, 3), np.int8), {}, "negative"),
        (np.zeros((3, 3, 3), np.uint8), {}, "no voxel of label 1, which 'nmc'"),
        (random_labels(), {"voxel": [1, 2]}, "one side or three"),
        (random_labels(), {"unit": "inch"}, "inch"),
        (random_labels(), {"order": "xyy"}, "permutation"),
        (None, {}, "does not exist"),
        (b"no array", {}, "cannot be read"),
        (b"1234567", {"raw": RawLayout((2, 2, 2))}, "7 bytes"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, content: Any, options: dict[str, Any], words: str) -> None:
    path = tmp_path / "scan.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        np.save(path, content)
    with pytest.raises(InputError, match=words):
        read_image(path, **({"voxel": 1.0, "phases": PHASES} | options))


def write_pages(path: Path, pages: Any, **options: Any) -> None:
    """Each page as an image of its own, as a loop writes them."""
    with tifffile.TiffWriter(path) as file:
        for page in pages:
            file.write(page, **options)


@pytest.mark.parametrize("place", ["between two pages", "in a page"])
def test_a_tiff_that_is_cut_off_is_no_shorter_stack(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    path = tmp_path / "scan.tif"
    write_pages(path, random_labels((20, 9, 7)), contiguous=False, metadata=None)
    with tifffile.TiffFile(path) as file:
        page = file.pages[12]
        end = page.dataoffsets[0] + page.databytecounts[0]
    path.write_bytes(path.read_bytes()[: end - 30 * (place == "in a page")])
    with pytest.raises(InputError, match=r"is damaged or cut off|cannot be read"):
        read_image(path, voxel=1.0, phases=PHASES)
    assert not caplog.records


def test_pages_that_are_images_of_their_own_are_a_stack_where_they_are_alike(tmp_path: Path) -> None:
    path, labels = tmp_path / "loop.tif", random_labels((8, 9, 7))
    write_pages(path, labels)
    np.testing.assert_array_equal(read_image(path, voxel=1.0, phases=PHASES).labels, labels)
    for others in ([labels[0], labels[1, :5]], [labels, labels[:, :5]], [labels, labels]):
        write_pages(path, others)
        with pytest.raises(InputError, match=r"holds 2 images .*one stack in a file"):
            read_image(path, voxel=1.0, phases=PHASES)


@pytest.mark.parametrize("dtype", ["u1,,", "u1,u1", "colour", "O", "S3"])
def test_what_is_no_type_of_voxels(dtype: str) -> None:
    with pytest.raises(InputError, match="is no type of voxels"):
        RawLayout((2, 2, 2), dtype)


def test_what_does_not_fit_is_said_before_with_the_size_that_fits() -> None:
    require_memory((10, 10, 10), 8, "solving", available=8000)
    with pytest.raises(InputError, match=r"20 x 20 x 20 voxels takes .* 10 x 10 x 10 voxels fit"):
        require_memory((20, 20, 20), 8, "solving", available=8000)


def test_crop_keeps_what_is_inside() -> None:
    image = image_of(random_labels())
    cut, said = crop(image, (1, 0, 2), (6, 5, 4))
    np.testing.assert_array_equal(cut.labels, image.labels[1:6, 0:5, 2:4])
    assert "6 x 5 x 4 to 5 x 5 x 2" in said


def test_resample_keeps_boxes_and_fractions() -> None:
    labels = np.zeros((12, 12, 12), np.uint8)
    labels[3:9, :, 6:] = 1
    image = image_of(labels, (UM, UM, UM))
    coarse, said = resample(image, (3 * UM, 2 * UM, 1.5 * UM))
    assert coarse.shape == (4, 6, 8) and coarse.extent == pytest.approx(image.extent)
    assert coarse.fractions["nmc"] == pytest.approx(0.25)
    fine, _ = resample(coarse, CUBE)
    np.testing.assert_array_equal(fine.labels, labels)
    assert "25.00 -> 25.00 %" in said


def test_resample_takes_the_majority() -> None:
    labels = np.zeros((3, 4, 4), np.uint8)
    labels[1] = 1  # each new slice of 1.5 old ones holds a third of nmc ...
    coarse, _ = resample(image_of(labels), (1.5 * UM, UM, UM))
    assert coarse.fractions["nmc"] == 0.0
    labels[:2] = 1  # ... and now the first is full of it
    coarse, _ = resample(image_of(labels), (1.5 * UM, UM, UM))
    assert coarse.labels[:, 0, 0].tolist() == [1, 0]


def floating() -> Image:
    """A block at the low x face, an islet in the middle and one at the high end."""
    labels = np.zeros((9, 5, 5), np.uint8)
    labels[:3, :2] = 1
    labels[5, 3, 3] = labels[8, 0, 0] = 1
    return image_of(labels)


def test_islands_are_removed_but_for_those_at_the_faces_named() -> None:
    image = floating()
    assert pieces(image, "nmc")[1] == 3
    largest, said = without_islands(image, "nmc", "pore")
    assert pieces(largest, "nmc")[1] == 1 and largest.labels[0, 0, 0] == 1
    assert "Removed 2 of 3 pieces of nmc: 2 voxels" in said
    reached, _ = without_islands(image, "nmc", "pore", keep=[(0, 0), (0, -1)])
    assert pieces(reached, "nmc")[1] == 2 and reached.labels[8, 0, 0] == 1 and reached.labels[5, 3, 3] == 0


def test_islands_are_joined_by_shortest_bridges() -> None:
    whole, said = joined(floating(), "nmc")
    assert pieces(whole, "nmc")[1] == 1
    # (5, 3, 3) to (2, 1, 3): 3 + 2 steps, 4 voxels between; (8, 0, 0) to (2, 0, 0): 5 between.
    assert "by 9 voxels" in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda image: crop(image, (0, 0, 0), (10, 5, 4)), "along x"),
        (lambda image: crop(image, (0, 3, 0), (6, 3, 4)), "along y"),
        (lambda image: resample(image, (9 * UM, UM, UM)), "two a side"),
        (lambda image: without_islands(image, "pore", "pore"), "another phase"),
        (lambda image: without_islands(image, "binder", "pore"), "no phase 'binder'"),
        (lambda image: with_layers(image, 3, [Layer("foil", UM)]), "axis"),
        (lambda image: with_layers(image, 0, [Layer("foil", 0.4 * UM)]), "thinner than half a voxel"),
        (lambda image: with_layers(image, 0, [Layer("foil", -UM)]), "positive"),
    ],
)
def test_bad_changes_are_refused(change: Change, words: str) -> None:
    with pytest.raises(InputError, match=words):
        change(image_of(random_labels()))


def test_island_kept_at_a_face_that_is_not_touched() -> None:
    with pytest.raises(InputError, match="'nmc' does not touch the high face along y"):
        without_islands(floating(), "nmc", "pore", keep=[(1, -1)])


def test_layers_are_added_in_order() -> None:
    image = image_of(random_labels())
    stack, said = with_layers(image, 2, [Layer("lithium", UM), Layer("separator", 2 * UM)], [Layer("foil", 3 * UM)])
    assert stack.shape == (6, 5, 10)
    assert stack.labels[0, 0].tolist()[:3] == [2, 3, 3] and stack.labels[0, 0].tolist()[-3:] == [4, 4, 4]
    np.testing.assert_array_equal(stack.labels[:, :, 3:7], image.labels)
    assert said.startswith("Layers along z: lithium (1 voxels, 1 um), separator (2 voxels, 2 um), the image, foil")


@pytest.mark.parametrize("classes", [2, 3])
def test_otsu_finds_the_phases_of_a_noisy_image(classes: int) -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, classes, (12, 12, 12))
    labels, said = otsu(100.0 * truth + rng.normal(0, 12, truth.shape), classes)
    assert np.mean(labels != truth) < 1e-3
    assert "Thresholds at" in said


def test_thresholds_and_what_cannot_be_segmented() -> None:
    labels, _ = by_thresholds(np.array([[[1, 2, 3, 4]]]), [2, 3.5])
    assert labels.tolist() == [[[0, 0, 1, 2]]]
    with pytest.raises(InputError, match="increase"):
        by_thresholds(labels, [3, 2])
    with pytest.raises(InputError, match="fewer than 2"):
        otsu(np.zeros((3, 3, 3)))
    with pytest.raises(InputError, match="255 thresholds at most, not 256"):
        by_thresholds(labels, range(256))
    with pytest.raises(InputError, match="are finite"):
        by_thresholds(labels, [1, np.nan])


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("segment", [otsu, lambda grey: by_thresholds(grey, [0.5])])
def test_grey_values_that_are_not_finite_are_refused(value: float, segment: Callable[[Any], Any]) -> None:
    grey = random_labels().astype(np.float32)
    grey[2, 1, 3] = grey[4, 0, 0] = value
    with pytest.raises(InputError, match=r"2 of the 120 grey values are not finite, the first at voxel \(2, 1, 3\)"):
        segment(grey)


def test_touching_particles_are_told_apart() -> None:
    image = image_of(spheres([(11, 16, 16), (23, 16, 16)], 7.0))
    assert pieces(image, "nmc")[1] == 1
    numbers, said = split_particles(image, "nmc", 3 * UM)
    assert "2 particles" in said
    assert numbers[8, 16, 16] != numbers[26, 16, 16] and (numbers > 0).sum() == (image.labels == 1).sum()
    sizes = np.bincount(numbers.ravel())[1:]
    assert sizes.max() - sizes.min() < 0.05 * sizes.max()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_particles_are_told_apart_along_every_side_of_a_voxel(axis: int) -> None:
    """Two spheres of 8 um, 15 um apart, on voxels four times as long along z."""
    voxel = np.array([1.0, 1.0, 4.0])
    middles = np.full((2, 3), 20.0) + np.outer([-7.5, 7.5], np.eye(3)[axis])
    grid = np.moveaxis(np.indices((40, 40, 10)) + 0.5, 0, -1) * voxel
    solid = np.any([((grid - middle) ** 2).sum(-1) < 64 for middle in middles], axis=0)
    image = image_of(solid, (UM, UM, 4 * UM))
    numbers, said = split_particles(image, "nmc", 4 * UM)
    assert "2 particles" in said and ((numbers > 0) == solid).all()


def test_a_rod_is_one_particle() -> None:
    labels = np.zeros((40, 12, 12), np.uint8)
    labels[2:38, 2:10, 2:10] = 1
    assert "1 particles" in split_particles(image_of(labels), "nmc", 2 * UM)[1]
