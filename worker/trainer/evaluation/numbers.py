"""Predicted numbers beside true ones."""

from typing import Any

import numpy as np

from worker.trainer.untyped import Array

QUANTILES: tuple[float, ...] = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
"""Those of the residuals that are told, the least and the greatest among them."""

MOST_RESIDUALS = 1_000_000
"""So many are kept for their quantiles, 8 MB; of more rows, every second, third … one."""


class NumbersEvaluation:
    """Sums the errors of predictions; its memory is bounded whatever the rows.

    Args:
        rows: How many will be added.
        means: Of the training rows, float64 (units,): what is said without a network.
        most_residuals: How many are kept for their quantiles.
    """

    def __init__(self, rows: int, means: Array, most_residuals: int = MOST_RESIDUALS) -> None:
        self._every = max(1, -(-rows * len(means) // most_residuals))
        self._means = means
        self._seen = 0
        self._rows = 0
        self._residuals: list[Array] = []
        self._absolute = np.zeros(len(means))
        self._squared = np.zeros(len(means))
        self._usual_absolute = np.zeros(len(means))
        # Mean of the targets, and their squared distances from it, added up as Chan, Golub and LeVeque (1983) do.
        self._mean = np.zeros(len(means))
        self._distances = np.zeros(len(means))

    def add(self, target: Array, outputs: Array) -> None:
        """Count some rows; those with an output that is not finite are left out.

        Args:
            target: Float, shape (rows, units).
            outputs: Float, of the same shape.
        """
        true, residuals = target.astype(np.float64), target.astype(np.float64) - outputs
        is_finite = np.isfinite(residuals).all(axis=1)
        # By their place among all rows, so that it does not matter how many come at once.
        is_kept = np.arange(self._seen, self._seen + len(true)) % self._every == 0
        self._seen += len(true)
        self._residuals.append(residuals[is_finite & is_kept])
        true, residuals = true[is_finite], residuals[is_finite]
        if not len(true):
            return
        self._absolute += np.abs(residuals).sum(axis=0)
        self._squared += np.square(residuals).sum(axis=0)
        self._usual_absolute += np.abs(true - self._means).sum(axis=0)
        mean, rows = true.mean(axis=0), self._rows + len(true)
        apart = mean - self._mean
        self._distances += np.square(true - mean).sum(axis=0) + np.square(apart) * self._rows * len(true) / rows
        self._mean += apart * len(true) / rows
        self._rows = rows

    def told(self) -> dict[str, Any]:
        """As the results tell it; None for what cannot be said of so few rows."""
        residuals = np.concatenate(self._residuals) if self._residuals else np.zeros((0, len(self._means)))
        means: list[float] = self._means.tolist()
        return {
            "target": "number",
            "rows": self._seen,
            "non_finite_rows": self._seen - self._rows,
            "r2": self._r2(),
            "mean_absolute_error": self._mean_of(self._absolute),
            "residual_quantiles": _quantiles_of(residuals),
            "residuals_counted": residuals.size,
            "baseline": {
                "mean": means[0] if len(means) == 1 else means,
                "mean_absolute_error": self._mean_of(self._usual_absolute),
            },
        }

    def _mean_of(self, sums: Array) -> float | None:
        return float((sums / self._rows).mean()) if self._rows else None

    def _r2(self) -> float | None:
        """The mean of the units' R², as scikit-learn has it: of targets that are all equal 1 or 0."""
        two_rows = 2
        if self._rows < two_rows:
            return None
        is_constant = self._distances == 0
        r2 = 1 - self._squared / np.where(is_constant, 1.0, self._distances)
        r2[is_constant] = self._squared[is_constant] == 0
        return float(r2.mean())


def _quantiles_of(residuals: Array) -> dict[str, float] | None:
    """Interpolated between neighbours; None of no residuals."""
    if not residuals.size:
        return None
    values: list[float] = np.quantile(residuals, QUANTILES).tolist()
    return {f"{quantile:g}": value for quantile, value in zip(QUANTILES, values, strict=True)}
