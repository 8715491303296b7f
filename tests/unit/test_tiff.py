"""TIFF: axes that are no direction, compressions, and the size of a voxel that a file states itself."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from femcell.cli import main
from femcell.errors import InputError
from femcell.images import read_image

PHASES = {"pore": 0, "nmc": 1}


def labels(*shape: int) -> Any:
    return np.random.default_rng(5).integers(0, 2, shape).astype(np.uint8)


def write(path: Path, shape: tuple[int, ...], axes: str | None, **options: Any) -> Any:
    """Labels of a shape; axes as ImageJ or OME names them, or none."""
    found = labels(*shape)
    more = {"metadata": {"axes": axes}} if axes else {}
    tifffile.imwrite(path, found, **({"photometric": "minisblack"} | more | options))
    return found


def read(path: Path, **options: Any) -> Any:
    return read_image(path, **({"voxel": 1.0, "phases": PHASES} | options)).labels


IJ, OME = {"imagej": True}, {"ome": True}
RGB = {"photometric": "rgb"}


@pytest.mark.parametrize(
    ("shape", "axes", "options", "words"),
    [
        ((64, 80, 3), None, RGB, r"axes y \(64\), x \(80\), sample \(3\): that is one slice .*--slices sample"),
        ((3, 64, 80), None, RGB | {"planarconfig": "separate"}, r"sample \(3\), y \(64\).*one slice and no volume"),
        ((5, 8, 9, 3), None, RGB, r"colours are no labels; .*channel=0 \(--channel 0\)"),
        ((5, 8, 9, 4), None, RGB | {"extrasamples": ["unassalpha"]}, "colours are no labels"),
        ((5, 8, 9, 2), None, {"planarconfig": "contig", "extrasamples": ["unassalpha"]}, r"sample \(2\)"),
        ((5, 8, 9, 3), "ZYXS", IJ | RGB, "colours are no labels"),
        ((3, 8, 9), "CYX", IJ, r'channel \(3\).*slices="channel"'),
        ((3, 8, 9), "TYX", IJ, r'time \(3\).*slices="time"'),
        ((2, 5, 8, 9), "TZYX", IJ, r"time \(2\), z \(5\), y \(8\), x \(9\): choose .* time=0 \(--time 0\)"),
        ((5, 3, 8, 9), "ZCYX", IJ, r"choose .* channel=0 \(--channel 0\)"),
        ((2, 5, 3, 8, 9), "TZCYX", OME, r"time=0 and channel=0 \(--time 0 --channel 0\)"),
        ((5, 8, 9), "AYX", {}, r"angle \(5\).*write the volume"),
        ((2, 3, 8, 9), None, {}, "4 dimensions"),
    ],
)
def test_axes_that_are_no_direction_are_asked_for(
    tmp_path: Path, shape: tuple[int, ...], axes: str | None, options: dict[str, Any], words: str
) -> None:
    write(tmp_path / "scan.tif", shape, axes, **options)
    with pytest.raises(InputError, match=words):
        read(tmp_path / "scan.tif")


def test_one_time_and_one_channel_are_read(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    for options in (IJ, OME):
        found = write(path, (2, 5, 3, 8, 9), "TZCYX", **options)
        np.testing.assert_array_equal(read(path, time=1, channel=2), found[1, :, 2])
    found = write(path, (5, 8, 9, 3), None, **RGB)
    np.testing.assert_array_equal(read(path, channel=1), found[..., 1])
    found = write(path, (3, 5, 8, 9), "CTYX", **IJ | {"imagej": False})
    np.testing.assert_array_equal(read(path, channel=1, slices="time"), found[1])
    for one in ("CYX", "TYX"):
        found = write(path, (3, 8, 9), one, **OME)
        np.testing.assert_array_equal(read(path, slices={"C": "channel", "T": "time"}[one[0]]), found)
    # tifffile takes three slices along the last axis for colours.
    tifffile.imwrite(path, found := labels(8, 9, 3))
    np.testing.assert_array_equal(read(path, slices="sample"), found)
    found = write(path, (1, 5, 1, 8, 9), "TZCYX", **OME)
    np.testing.assert_array_equal(read(path, time=0), found[0, :, 0])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"time": 2}, r"there is no time 2"),
        ({"time": 0, "channel": 1}, "there is no channel 1"),
        ({"time": -1}, "counted from 0"),
        ({"time": True}, "whole number"),
        ({"time": "0"}, "whole number"),
        ({"slices": "channel"}, "there is no channel axis"),
        ({"slices": "z"}, "channel, time, sample"),
        ({"slices": "time", "time": 0}, "none of them can be chosen"),
    ],
)
def test_choices_that_a_file_does_not_have(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    write(tmp_path / "scan.tif", (2, 5, 8, 9), "TZYX")
    with pytest.raises(InputError, match=words):
        read(tmp_path / "scan.tif", **options)


def test_there_is_nothing_to_choose_without_names(tmp_path: Path) -> None:
    np.save(tmp_path / "scan.npy", labels(2, 5, 8, 9))
    with pytest.raises(InputError, match="4 dimensions"):
        read(tmp_path / "scan.npy")
    with pytest.raises(InputError, match="only of a TIFF"):
        read(tmp_path / "scan.npy", time=0)


def test_the_command_line_asks_and_is_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scan.tif"
    write(path, (2, 5, 8, 9), "TZYX", **IJ)
    words = ["image", "inspect", str(path), "--voxel", "1um", "--phase", "pore=0", "--phase", "nmc=1"]
    assert main(words) == 2
    assert "(--time 0)" in capsys.readouterr().err
    assert main([*words, "--time", "1", "--through", "pore", "--axis", "x"]) == 0
    assert "5 x 8 x 9 voxels" in capsys.readouterr().out


@pytest.mark.parametrize("compression", ["lzw", "zstd", "jpeg2000", "deflate", "packbits", "lzma"])
def test_every_lossless_compression_is_read(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "scan.tif"
    found = write(path, (5, 64, 80), None, compression=compression)
    np.testing.assert_array_equal(read(path), found)


def test_a_codec_that_is_missing_is_named_with_the_extra(tmp_path: Path) -> None:
    for name in ("lzw", "jpeg2000"):
        write(tmp_path / f"{name}.tif", (5, 16, 20), None, compression=name)
    code = (
        "import sys; sys.modules['imagecodecs'] = None\n"
        "from femcell.images import read_image\n"
        "from femcell.errors import InputError\n"
        "for name in ('lzw', 'jpeg2000'):\n"
        "    try: read_image(f'{name}.tif', voxel=1.0, phases={'pore': 0, 'nmc': 1})\n"
        "    except InputError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    said = done.stdout.splitlines()
    assert len(said) == 2 and not done.stderr, done
    for line, codec in zip(said, ("LZW", "JPEG2000"), strict=True):
        assert f"the codec {codec} of imagecodecs" in line and "femcell[image]" in line


def test_labels_are_the_numbers_in_the_file_however_they_are_shown(tmp_path: Path) -> None:
    """Palettes and white zeros are for the screen; bytes stand in any order."""
    path = tmp_path / "scan.tif"
    colours = np.random.default_rng(1).integers(0, 2**16, (3, 256)).astype(np.uint16)
    for options in ({"photometric": "palette", "colormap": colours}, {"photometric": "miniswhite"}):
        found = write(path, (5, 8, 9), None, **options)
        np.testing.assert_array_equal(read(path), found)
    found = labels(5, 8, 9)
    for dtype in (bool, np.uint16, np.int32):
        tifffile.imwrite(path, found.astype(dtype), byteorder=">")
        np.testing.assert_array_equal(read(path), found)
    tifffile.imwrite(path, found.astype(np.float32))
    with pytest.raises(InputError, match="write labels as whole numbers"):
        read(path)


def stating(path: Path, kind: str) -> None:
    """Slices 1 um apart of pixels of 0.4 um along x and 0.5 um along y, 5 x 8 x 9 of them."""
    if kind == "OME":
        sizes = {"PhysicalSizeX": 400, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 0.5, "PhysicalSizeZ": 1}
        tifffile.imwrite(path, labels(5, 8, 9), ome=True, metadata={"axes": "ZYX", **sizes})
    elif kind.startswith("ImageJ"):
        metadata = {"axes": "ZYX", "spacing": 1.0, "unit": kind.split()[1]}
        tifffile.imwrite(path, labels(5, 8, 9), imagej=True, metadata=metadata, resolution=(2.5, 2))
    else:
        tifffile.imwrite(path, labels(5, 8, 9), resolution=(25000, 20000), resolutionunit="CENTIMETER")


@pytest.mark.parametrize("kind", ["OME", "ImageJ um", "ImageJ micron", r"ImageJ \u00B5m", "plain"])
def test_a_voxel_size_that_the_file_contradicts_is_said(
    tmp_path: Path, kind: str, recwarn: pytest.WarningsRecorder
) -> None:
    path = tmp_path / "scan.tif"
    stating(path, kind)
    read(path, voxel=[0.4, 0.5, 1.0], order="zyx")
    read(path, voxel=[0.401, 0.499, 1.0], order="zyx")
    assert not recwarn.list
    page = r"\?" if kind == "plain" else "1"
    with pytest.warns(UserWarning, match=rf"states voxels of {page} x 0.5 x 0.4 um .* 1 x 1 x 1 um are given.*check"):
        read(path, voxel=1.0)
    with pytest.warns(UserWarning, match=r"they agree if its axes are zyx \(order\) and not xyz"):
        read(path, voxel=[0.4, 0.5, 1.0])


def test_the_resolution_of_a_print_is_no_voxel_size(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    path = tmp_path / "scan.tif"
    tifffile.imwrite(path, labels(5, 8, 9), resolution=(72, 72), resolutionunit="INCH")
    read(path)
    tifffile.imwrite(path, labels(5, 8, 9), imagej=True, metadata={"axes": "ZYX", "unit": "pixel", "spacing": 3})
    read(path)
    assert not recwarn.list
