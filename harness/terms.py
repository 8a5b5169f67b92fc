"""The words that configurations, keys and records share with derainers and devices."""

from typing import Literal

Quantiser = Literal["round", "floor"]
"""How a restored image becomes 8 bits."""

Bound = Literal["lower", "upper"]
"""Which end of the tables a row only bounds; see `harness.derainer.Derainer`."""

Padding = Literal["end", "centred"]
"""Where pixels are added to a picture: at the right and bottom, or half of them on each side."""

Precision = Literal["float32", "bfloat16", "float16"]
"""Of the models: exact, or that of the autocast."""
