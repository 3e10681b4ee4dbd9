"""Pictures from a zip: decoded as they were at reading, brought to one size, scaled."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.reader.files import picture, zip_of
from tests.tables.tables import Prepared, uploaded
from worker.pictures.decoding import decode
from worker.pictures.pixels import PixelForm, pixels_of

CHANCE = np.random.default_rng(6)


def png(array: np.ndarray, **saved: Any) -> bytes:  # noqa: ANN401 -- Pillow's
    made = io.BytesIO()
    Image.fromarray(array).save(made, "PNG", **saved)
    return made.getvalue()


def grey(rows: int = 8, shape: tuple[int, ...] = (5, 7)) -> list[np.ndarray]:
    return list(CHANCE.integers(0, 256, (rows, *shape), np.uint8))


def prepared(tmp_path: Path, pictures: list[bytes], reading: dict[str, Any] | None = None, **said: Any) -> Prepared:  # noqa: ANN401
    members = {f"{'ab'[place % 2]}/{place:03}.png": data for place, data in enumerate(pictures)}
    asked = {"target": "class", **({"image": reading} if reading else {}), **said}
    return uploaded(zip_of(members), tmp_path).prepared(asked, "classes")


def in_rows(pictures: list[Any]) -> list[Any]:
    """In the order of the data set: by class."""
    return [*pictures[::2], *pictures[1::2]]


def test_grey_pictures_are_divided_by_255(tmp_path: Path) -> None:
    arrays = grey()
    found = prepared(tmp_path, [png(array) for array in arrays])
    expected = np.stack(in_rows(arrays)).astype(np.float32) / np.float32(255)
    assert found.training.tobytes() == expected.tobytes()
    assert found.feature()["scaling"] == {"kind": "unit", "offset": None, "divisor": [255.0]}
    assert found.told["classes"] == ["a", "b"]
    assert found.fitted["versions"].keys() == {"numpy", "pillow"}


def test_every_pixel_can_be_standardized(tmp_path: Path) -> None:
    arrays = grey()
    found = prepared(tmp_path, [png(array) for array in arrays], scaling="standard", split={"test": 0.25})
    rows = np.stack(in_rows(arrays)).astype(float)
    trained = rows[:6]
    np.testing.assert_allclose(
        found.training, (trained - trained.mean(axis=0)) / trained.std(axis=0), rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(found.feature()["scaling"]["offset"], trained.mean(axis=0).ravel(), rtol=1e-12)


@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "lanczos"])
def test_other_sizes_are_brought_to_one_as_pillow_does(tmp_path: Path, fit: str, interpolation: str) -> None:
    arrays = [*grey(2, (6, 9, 3)), *grey(2, (12, 5, 3))]
    reading = {"size": [4, 8], "mode": "rgb", "fit": fit, "interpolation": interpolation}
    found = prepared(tmp_path, [png(array) for array in arrays], reading, scaling="none")
    method = Image.Resampling[interpolation.upper()]
    ways: dict[str, Any] = {
        "stretch": lambda image: image.resize((8, 4), method),
        "crop": lambda image: ImageOps.fit(image, (8, 4), method),
        "pad": lambda image: ImageOps.pad(image, (8, 4), method, color="black"),
    }
    expected = [np.asarray(ways[fit](Image.fromarray(array))) for array in in_rows(arrays)]
    np.testing.assert_array_equal(found.training, np.stack(expected))
    assert found.training.shape == (4, 4, 8, 3)


def test_colours_become_grey_as_pillow_does(tmp_path: Path) -> None:
    arrays = grey(4, (5, 5, 3))
    found = prepared(tmp_path, [png(array) for array in arrays], {"mode": "grey"}, scaling="none")
    expected = [np.asarray(Image.fromarray(array).convert("L")) for array in in_rows(arrays)]
    np.testing.assert_array_equal(found.training, np.stack(expected))


def test_pictures_are_upright_and_opaque(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = grey(1, (4, 4, 3))[0]
    clear = np.zeros((4, 4, 4), np.uint8)
    found = prepared(tmp_path, [png(turned, exif=exif), png(clear)], scaling="none")
    np.testing.assert_array_equal(found.training[0], np.rot90(turned, -1))
    np.testing.assert_array_equal(found.training[1], np.full((4, 4, 3), 255))


def test_16_bits_are_kept_and_8_are_brought_to_them(tmp_path: Path) -> None:
    wide = CHANCE.integers(0, 2**16, (4, 4), np.uint16)
    narrow = grey(1, (4, 4))[0]
    found = prepared(tmp_path, [png(wide), png(narrow)])
    np.testing.assert_array_equal(found.training[0], wide.astype(np.float64).astype(np.float32) / np.float32(65535))
    np.testing.assert_array_equal(found.training[1], (narrow * 257.0 / 65535).astype(np.float32))
    assert found.feature()["maximum"] == 65535
    larger = prepared(tmp_path, [png(wide), png(narrow)], {"size": [8, 8], "interpolation": "bicubic"}, scaling="none")
    assert len(np.unique(larger.training[0])) > 40
    assert larger.training.min() >= 0
    assert larger.training.max() <= 65535


def test_a_picture_of_16_bits_among_pictures_of_8() -> None:
    wide = np.array([[0, 257], [65535, 514]], np.uint16)
    image = decode(png(wide), 4).image
    np.testing.assert_array_equal(pixels_of(image, PixelForm(2, 2, "grey")), [[0, 1], [255, 2]])
    colours = pixels_of(image, PixelForm(2, 2, "rgb"))
    np.testing.assert_array_equal(colours, np.repeat([[[0], [1]], [[255], [2]]], 3, axis=2))
    assert pixels_of(decode(picture(7), 12).image, PixelForm(3, 4, "grey")).dtype == np.uint8
