"""The rain benchmark: rain sets in, derainers through, tasks judge, a report out.

Imports run one way: ``run_benchmark`` > ``harness.cli`` > ``harness.pipeline`` > {``tasks``,
``baselines``, ``harness.rain_sets``} > the core of this package (``registry``, ``records``,
``images``, ``samples``, ``derainer``, ``task``).
"""

__version__ = "0.1.0"
