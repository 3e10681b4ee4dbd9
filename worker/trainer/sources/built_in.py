"""Where the rows of the built-in data sets come from: one declaration a data set, offline first."""

import keras
import sklearn.datasets

from spec.datasets.synthetic import REVIEWS, WAVEFORMS
from worker.trainer.sources.arrays import CaliforniaHousing
from worker.trainer.sources.cifar import CIFAR_10, CIFAR_100, CifarImages
from worker.trainer.sources.idx import IdxImages
from worker.trainer.sources.scikit_learn import Digits, Table
from worker.trainer.sources.source import Source
from worker.trainer.sources.synthetic import Reviews, Waveforms

SOURCES: dict[str, Source] = {
    "digits": Digits(),
    "mnist": IdxImages(("mnist", "mnist.npz"), "mnist", keras.datasets.mnist.load_data),
    "fashion_mnist": IdxImages(("fashion-mnist",), "fashion-mnist", keras.datasets.fashion_mnist.load_data),
    "cifar10": CifarImages((CIFAR_10.folder, CIFAR_10.download), CIFAR_10),
    "cifar100": CifarImages((CIFAR_100.folder, CIFAR_100.download), CIFAR_100),
    "iris": Table(sklearn.datasets.load_iris),
    "wine": Table(sklearn.datasets.load_wine),
    "breast_cancer": Table(sklearn.datasets.load_breast_cancer),
    "diabetes": Table(sklearn.datasets.load_diabetes),
    "california_housing": CaliforniaHousing(("california_housing.npz",)),
    WAVEFORMS: Waveforms(4_000, 1_000, seed=17),
    REVIEWS: Reviews(4_000, 1_000, seed=17),
}
"""Every built-in data set; `spec.datasets.built_in.BUILT_IN` says what each must turn out to be."""
