"""What scikit-learn's simple models reach on the rows of a job: a linear model, neighbours, and a few boosted trees.

On standard input it reads a JSON list of objects: ``key``, ``path`` of an NPZ with ``x`` and ``y`` or a built-in
``name``, ``target`` (``classes`` or ``number``), ``validation`` (the share of the rows, the last ones). Its last line
is a JSON object: for each key ``metric``, ``guess``, and ``models`` with a score each.
"""

import json
import os
import sys
import warnings
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # several threads wait for each other where others use the processors

import numpy as np
from sklearn import datasets
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

MOST_ROWS = 5_000
MOST_COLUMNS = 100
"""Of what trees are grown on: pictures take them a minute."""
CLASSIFIERS = {
    "logistic_regression": lambda: LogisticRegression(max_iter=300),
    "nearest_neighbours": lambda: KNeighborsClassifier(5),
    "gradient_boosting": lambda: HistGradientBoostingClassifier(max_iter=40, random_state=0),
}
REGRESSORS = {
    "ridge_regression": Ridge,
    "nearest_neighbours": lambda: KNeighborsRegressor(5),
    "gradient_boosting": lambda: HistGradientBoostingRegressor(max_iter=60, random_state=0),
}


def rows_of(wanted: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Features, one row flat, and targets, in the order in which a job reads them."""
    if wanted["path"] is not None:
        with np.load(wanted["path"]) as arrays:
            x, y = arrays["x"], arrays["y"]
    else:
        loaded = getattr(datasets, f"load_{wanted['name']}")()
        x, y = loaded.data, loaded.target
        if wanted["name"] != "digits":
            order = np.random.default_rng(0).permutation(len(x))
            x, y = x[order], y[order]
    return x.reshape(len(x), -1).astype(np.float64), y


def reference(wanted: dict[str, Any]) -> dict[str, Any]:
    """The scores on the validation rows, of models that saw the training rows."""
    x, y = rows_of(wanted)
    cut = int(len(x) * (1 - wanted["validation"]))
    seen = min(cut, MOST_ROWS)
    is_number = wanted["target"] == "number"
    models = {}
    for name, make in (REGRESSORS if is_number else CLASSIFIERS).items():
        if name == "gradient_boosting" and x.shape[1] > MOST_COLUMNS:
            continue
        model = make_pipeline(StandardScaler(), make()).fit(x[:seen], y[:seen])
        models[name] = float(model.score(x[cut:], y[cut:]))
    if is_number:
        return {"metric": "r2", "guess": 0.0, "models": models}
    values, counts = np.unique(y[:cut], return_counts=True)
    guess = float((y[cut:] == values[counts.argmax()]).mean())
    return {"metric": "accuracy", "guess": guess, "models": models}


def main() -> None:
    """Answers for all that is asked."""
    warnings.filterwarnings("ignore")
    found = {wanted["key"]: reference(wanted) for wanted in json.load(sys.stdin)}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
