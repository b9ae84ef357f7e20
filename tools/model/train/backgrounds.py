"""Fits the kinds of backgrounds from the training scenes alone: no picture from outside the domain is needed."""

from __future__ import annotations

import numpy as np

from tools.model.network import Backgrounds, pooled_features

SHRINKAGE = 0.02


def fit(backgrounds: Backgrounds, maps: np.ndarray, kinds: np.ndarray, batch: int = 500) -> None:
    """`maps` [n, cells, cells, channels] of pictures of `kinds` [n], numbered from 0. Sets the module's variables."""
    pooled = np.concatenate(
        [pooled_features(maps[i : i + batch].astype(np.float32)).numpy() for i in range(0, len(maps), batch)]
    )
    middles = np.stack([pooled[kinds == kind].mean(0) for kind in range(backgrounds.middles.shape[0])])
    within = pooled - middles[kinds]
    covariance = within.T @ within / len(within)
    covariance += SHRINKAGE * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    whitening = np.linalg.inv(np.linalg.cholesky(covariance)).T
    backgrounds.whitening.assign(whitening.astype(np.float32))
    backgrounds.middles.assign((middles @ whitening).astype(np.float32))
