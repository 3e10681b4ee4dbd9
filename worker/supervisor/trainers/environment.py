"""What a trainer gets to see of the worker's environment: it runs what clients describe, so no more than it needs."""

from collections.abc import Collection, Mapping
from pathlib import Path

from worker.supervisor.devices import Seat

_SOURCE = Path(__file__).parents[3]

NAMES = frozenset(
    {
        # The system: programs, libraries, who one is, where temporary files go, language, time.
        *("PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "HOME", "USER", "LOGNAME", "SHELL", "TERM"),
        *("TMPDIR", "TMP", "TEMP", "LANG", "LANGUAGE", "TZ", "TZDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"),
        *("MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES"),
        # Python.
        *("PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONUNBUFFERED", "PYTHONUTF8"),
        *("PYTHONFAULTHANDLER", "PYTHONMALLOC", "PYTHONWARNINGS", "PYTHONNOUSERSITE", "PYTHONHOME", "VIRTUAL_ENV"),
        # Data sets come from the disk, or are downloaded by Keras and scikit-learn.
        *("DATASETS_FOLDER", "KERAS_HOME", "SCIKIT_LEARN_DATA", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
        # Devices.
        *("CUDA_HOME", "CUDA_PATH"),
    }
)
"""Variables that are passed on."""

PREFIXES = (
    "LC_",
    *("TF_", "XLA_", "TFDS_", "KERAS_"),
    *("CUDA_", "CUDNN_", "CUBLAS_", "NCCL_", "NVIDIA_"),
    *("OMP_", "MKL_", "KMP_", "ONEDNN_", "DNNL_", "OPENBLAS_", "NUMEXPR_", "GOMP_"),
)
"""Of the libraries that compute and of language: what begins so is passed on too, unless it looks like a secret."""

_SECRETIVE = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL")


def trainer_environment(mine: Mapping[str, str], seat: Seat, passed_on: Collection[str] = ()) -> dict[str, str]:
    """The environment of a seat's trainer.

    Args:
        mine: The worker's.
        seat: What the trainer computes on.
        passed_on: Further names, which whoever runs the worker vouches for.
    """
    return {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **plain_environment(mine, passed_on),
        "KERAS_BACKEND": "tensorflow",
        "CUDA_VISIBLE_DEVICES": seat.cuda_visible_devices,
    }


def plain_environment(mine: Mapping[str, str], passed_on: Collection[str] = ()) -> dict[str, str]:
    """The environment of a process that computes nothing.

    Args:
        mine: The worker's.
        passed_on: Further names, which whoever runs the worker vouches for.
    """
    inherited = {name: value for name, value in mine.items() if name in passed_on or _is_needed(name)}
    return {**inherited, "PYTHONPATH": str(_SOURCE)}


def _is_needed(name: str) -> bool:
    if name in NAMES:
        return True
    return name.startswith(PREFIXES) and not any(word in name.upper() for word in _SECRETIVE)
