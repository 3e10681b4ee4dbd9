"""Files as people have them: scikit-learn's own, Fashion-MNIST in several formats, and tables with a known rule."""

import csv
import datetime as dt
import gzip
import importlib.resources
import io
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from install import fashion_mnist

GARMENTS = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


# --- formats --------------------------------------------------------------------------------------------------------


def csv_of(columns: Mapping[str, Sequence[Any]]) -> bytes:
    """A table as CSV; None is an empty field, and booleans are as JSON has them."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(columns)
    shown = [[str(one).lower() if isinstance(one, bool) else one for one in values] for values in columns.values()]
    writer.writerows(zip(*shown, strict=True))
    return made.getvalue().encode()


def parquet_of(columns: Mapping[str, Any]) -> bytes:
    """A table as Parquet."""
    made = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), made)
    return made.getvalue()


def npz_of(**arrays: np.ndarray) -> bytes:
    """Arrays as NPZ."""
    made = io.BytesIO()
    np.savez(made, **arrays)
    return made.getvalue()


def zip_of(members: Mapping[str, bytes]) -> bytes:
    """Files in a zip."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made.getvalue()


def png(pixels: np.ndarray) -> bytes:
    """A picture of grey levels."""
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, "PNG", compress_level=1)
    return made.getvalue()


# --- scikit-learn's -------------------------------------------------------------------------------------------------


def scikit_learns(name: str) -> bytes:
    """A file of scikit-learn's as it is, unpacked."""
    data = importlib.resources.files("sklearn.datasets.data").joinpath(name).read_bytes()
    return gzip.decompress(data) if name.endswith(".gz") else data


def without_first_line(data: bytes) -> bytes:
    """A file whose first line counts the rows, as scikit-learn writes them, without it."""
    return data.partition(b"\n")[2]


def diabetes() -> bytes:
    """The ten numbers of each patient, and what became of the illness after a year."""
    rows = [line.split() for line in scikit_learns("diabetes_data_raw.csv.gz").decode().splitlines()]
    after = [float(line) for line in scikit_learns("diabetes_target.csv.gz").decode().split()]
    names = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
    return csv_of({**dict(zip(names, zip(*rows, strict=True), strict=True)), "progression": after})


# --- Fashion-MNIST --------------------------------------------------------------------------------------------------


@cache
def garments(part: str) -> tuple[np.ndarray, np.ndarray]:
    """The pictures of a part, ``train`` or ``t10k``, and their classes."""
    folder = fashion_mnist.present()
    assert folder is not None
    pictures, classes = (
        gzip.decompress((folder / f"{part}-{name}-ubyte.gz").read_bytes()) for name in ("images-idx3", "labels-idx1")
    )
    return np.frombuffer(pictures, np.uint8, offset=16).reshape(-1, 28, 28), np.frombuffer(classes, np.uint8, offset=8)


def garments_as_npz() -> bytes:
    """All of them, as Keras saves its data sets."""
    (x_train, y_train), (x_test, y_test) = garments("train"), garments("t10k")
    return npz_of(x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)


def garments_as_pictures(rows: int) -> bytes:
    """PNGs in a folder for each class."""
    pictures, classes = garments("train")
    made = zip(pictures[:rows], classes[:rows], strict=True)
    return zip_of({f"{GARMENTS[kind]}/{place}.png": png(pixels) for place, (pixels, kind) in enumerate(made)})


def garments_as_parquet(rows: int) -> bytes:
    """A column for each pixel, and one of names."""
    pictures, classes = garments("train")
    pixels = pictures[:rows].reshape(rows, -1)
    columns: dict[str, Any] = {f"pixel_{place}": pixels[:, place] for place in range(pixels.shape[1])}
    return parquet_of({**columns, "garment": [GARMENTS[kind] for kind in classes[:rows]]})


# --- with a known rule ----------------------------------------------------------------------------------------------


def passengers(rows: int = 600) -> bytes:
    """As of the Titanic: women, and children in the first two classes, survive; one in twenty is an exception."""
    chance = np.random.default_rng(1912)
    ages, sexes = chance.integers(1, 75, rows), chance.choice(["female", "male"], rows, p=[0.4, 0.6])
    classes, is_exception = chance.integers(1, 4, rows), chance.random(rows) < 0.05
    survives = ((sexes == "female") | ((ages < 13) & (classes < 3))) ^ is_exception
    cabins = [f"{'ABCDE'[row % 5]}{row}" if row % 4 == 0 else None for row in range(rows)]
    return csv_of(
        {
            "PassengerId": range(1, rows + 1),
            "Survived": survives.astype(int).tolist(),
            "Pclass": classes.tolist(),
            "Sex": sexes.tolist(),
            "Age": [None if lost else int(age) for age, lost in zip(ages, chance.random(rows) < 0.2, strict=True)],
            "Fare": np.round(chance.gamma(2, 40 / classes), 2).tolist(),
            "Cabin": cabins,
            "Embarked": [
                None if lost else str(port)
                for port, lost in zip(chance.choice(list("SCQ"), rows), chance.random(rows) < 0.02, strict=True)
            ],
        }
    )


def reviews(rows: int = 500) -> bytes:
    """Opinions in words: there are more good words than bad ones, or fewer, among others that say nothing."""
    chance = np.random.default_rng(7)
    good, bad = ["great", "lovely", "superb", "fresh"], ["awful", "broken", "stale", "rude"]
    neutral = ["The", "room,", "was", "on", "a", "Monday", "street", "with", "coffee."]
    texts: list[str] = []
    opinions: list[str] = []
    for _ in range(rows):
        goods = int(chance.integers(0, 4))
        bads = int(chance.choice([number for number in range(4) if number != goods]))
        words = [*chance.choice(good, goods), *chance.choice(bad, bads), *chance.choice(neutral, 6)]
        chance.shuffle(words)
        texts.append(" ".join(words))
        opinions.append("good" if goods > bads else "bad")
    return csv_of({"review": texts, "opinion": opinions})


def series(rows: int = 300) -> bytes:
    """Two curves of twelve steps in each row: which of them has its peak first is the class."""
    chance = np.random.default_rng(13)
    peaks = np.array([chance.choice(12, 2, replace=False) for _ in range(rows)])
    curves = chance.normal(0, 0.1, (rows, 12, 2)) + np.exp(-((np.arange(12)[:, None] - peaks[:, None, :]) ** 2) / 2)
    return npz_of(x=curves.astype("float32"), y=(peaks[:, 0] < peaks[:, 1]).astype("int64"))


def days(count: int = 900) -> bytes:
    """What a shop sells on each day: more in summer, late in the week and in the rain, with some noise."""
    chance = np.random.default_rng(11)
    dates = [dt.date(2023, 1, 1) + dt.timedelta(days=day) for day in range(count)]
    rain = chance.gamma(1, 3, count)
    sold = [
        50 + 10 * np.cos((date.month - 7) * np.pi / 6) + 4 * date.weekday() + 2 * wet + chance.normal(0, 2)
        for date, wet in zip(dates, rain, strict=True)
    ]
    order = chance.permutation(count)
    return csv_of(
        {
            "day": [dates[place].isoformat() for place in order],
            "rain": np.round(rain[order], 1).tolist(),
            "sold": np.round(np.array(sold)[order], 1).tolist(),
        }
    )


def letters(rows: int = 400) -> bytes:
    """Letters of customers: which of three labels hold follows from two numbers."""
    chance = np.random.default_rng(5)
    length, hours = chance.uniform(0, 1000, rows), chance.uniform(0, 100, rows)
    return csv_of(
        {
            "length": np.round(length).tolist(),
            "hours": np.round(hours, 1).tolist(),
            "urgent": (hours < 30).astype(int).tolist(),
            "long": (length > 600).astype(int).tolist(),
            "angry": (length / 1000 > hours / 100).astype(int).tolist(),
        }
    )


def signs(rows: int = 300) -> bytes:
    """Pictures of a bar and a table of temperatures: only both together tell the class."""
    chance = np.random.default_rng(9)
    members: dict[str, bytes] = {}
    listed: list[tuple[str, float, str]] = []
    for row in range(rows):
        pixels = chance.integers(0, 60, (8, 8)).astype(np.uint8)
        is_upright, degrees = bool(chance.integers(2)), float(np.round(chance.normal(0, 10), 1))
        place = int(chance.integers(8))
        pixels[(slice(None), place) if is_upright else (place, slice(None))] = 220
        members[f"pictures/{row}.png"] = png(pixels)
        listed.append(
            (f"pictures/{row}.png", degrees, f"{'post' if is_upright else 'beam'}, {'warm' if degrees > 0 else 'cold'}")
        )
    names, degrees_of, kinds = zip(*listed, strict=True)
    return zip_of({**members, "metadata.csv": csv_of({"file_name": names, "degrees": degrees_of, "kind": kinds})})


def anything(rows: int = 200) -> tuple[bytes, bytes]:
    """A random table of every type with gaps, as CSV and as Parquet."""
    chance = np.random.default_rng(2)
    gaps = chance.random((5, rows)) < 0.1
    columns: dict[str, Sequence[Any]] = {
        "ratio": (chance.normal(size=rows) * 10.0 ** chance.integers(-5, 6, rows)).tolist(),
        "count": chance.integers(-1000, 1000, rows).tolist(),
        "town": chance.choice(["Ulm", "Köln", "x,y", 'the "old" one'], rows).tolist(),
        "member": chance.choice([True, False], rows).tolist(),
        "since": [dt.datetime(2020, 1, 1) + dt.timedelta(minutes=int(at)) for at in chance.integers(0, 10**6, rows)],  # noqa: DTZ001
    }
    columns = {
        name: [None if gap else value for value, gap in zip(values, lost, strict=True)]
        for (name, values), lost in zip(columns.items(), gaps, strict=True)
    }
    columns["kind"] = chance.choice(["a", "b", "c"], rows).tolist()
    return csv_of(columns), parquet_of(columns)
