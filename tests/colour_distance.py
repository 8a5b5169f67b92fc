"""How far apart colours are for readers who see all of them, no red or no green.

Matrices: Machado, Oliveira and Fernandes, IEEE TVCG 15(6), 2009, severity 1.0, on linear RGB;
distances: CIE 1976 L*a*b* under D65.
"""

import numpy as np

SEEN = {
    "all": np.eye(3),
    "no red": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "no green": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(colours):
    """(N, 3) sRGB in 0..255 to linear RGB in 0..1."""
    shares = np.asarray(colours, float) / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def lab(light):
    xyz = np.clip(light, 0, 1) @ TO_XYZ.T / WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1
    )


def nearest(colours):
    """Return by who looks the least distance of any two colours."""
    found = {}
    for who, matrix in SEEN.items():
        places = lab(linear(colours) @ matrix.T)
        apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
        found[who] = apart[np.triu_indices(len(places), 1)].min()
    return found


def from_hex(text):
    return tuple(int(text[place : place + 2], 16) for place in (1, 3, 5))
