"""Every public rain set that a configuration can name, as data."""

from collections.abc import Mapping

from harness.rain_sets.public_annotated import ANNOTATED
from harness.rain_sets.public_real import REAL
from harness.rain_sets.public_set import PublicSet
from harness.rain_sets.public_synthetic import SYNTHETIC

PUBLIC_SETS: Mapping[str, PublicSet] = {**SYNTHETIC, **REAL, **ANNOTATED}
"""By the layout's name in a configuration, in lower case."""
