"""REV studies: spread and gap between conditions fall with the size of the sub-volumes."""

from pathlib import Path

import numpy as np
import pytest

from femcell.analysis.conduction import Boundary
from femcell.analysis.rev import CONDITIONS, draw, rev_study
from femcell.errors import InputError
from femcell.images import Image, read_image
from tests.validation.microstructures import overlapping

SPHERES = Path(__file__).resolve().parents[1] / "data" / "images" / "spheres100.tif"


def spheres() -> Image:
    return read_image(SPHERES, voxel=0.4, phases={"solid": 0, "pore": 1})


def test_spread_and_bracket_fall_with_size(tmp_path: Path) -> None:
    pore = overlapping(64, 4.0, 2e-3)
    image = Image(pore.astype(np.uint8), (0.4e-6,) * 3, {"solid": 0, "pore": 1})
    study = rev_study(image, "pore", (12, 24, 48), count=8)
    print("\n".join(study.table()))
    small, middle, large = study.samples
    assert small.spread > middle.spread > large.spread
    assert middle.bracket > large.bracket > large.gap > 0
    for sample in study.samples:
        flux, periodic, plates, potential = (sample.relative[boundary][0] for boundary in CONDITIONS)
        assert flux < periodic < potential and flux < plates < potential
    assert study.big_enough(1.01 * large.spread, 1.01 * large.gap) == 48
    assert study.big_enough(large.spread / 2, large.gap) is None
    assert 1.3 < study.exponent < 2
    draw(study, tmp_path / "rev.png")
    assert (tmp_path / "rev.png").stat().st_size > 10_000
    with pytest.raises(InputError, match="Cannot write"):
        draw(study, tmp_path / "nowhere" / "rev.png")


def test_the_whole_image_is_one_sample() -> None:
    image = spheres()
    whole = Image(image.labels[:24, :24, :24], image.voxel, image.phases)
    (sample,) = rev_study(whole, "pore", (24,)).samples
    assert sample.count == 1 and sample.fraction == (whole.fractions["pore"], 0.0) and np.isnan(sample.spread)


def test_blocked_samples_count_as_nothing_under_flux() -> None:
    labels = np.zeros((12, 12, 12), np.uint8)
    labels[5:7] = 1
    (sample,) = rev_study(Image(labels, (1e-6,) * 3, {"pore": 0, "wall": 1}), "pore", (12,)).samples
    assert sample.blocked == 1 and sample.relative[Boundary.FLUX] == (0.0, 0.0)
    assert sample.relative[Boundary.PERIODIC][0] == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize(("sizes", "count"), [((200,), 4), ((1,), 4), ((), 4), ((16,), 0)])
def test_bad_sizes_are_refused(sizes: tuple[int, ...], count: int) -> None:
    with pytest.raises(InputError, match="Sub-volumes"):
        rev_study(spheres(), "pore", sizes, count=count)
