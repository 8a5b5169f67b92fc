"""The rain benchmark: rain sets in, derainers through, tasks judge, a report out.

Imports run one way: ``run_benchmark`` > ``harness.cli`` > {``harness.run``, ``report``,
``training``, ``cost``} > {``tasks``, ``baselines``, ``rain_sets``, ``streets``} >
{``run_folder``, ``statistics``, ``plugins``} > the files beside this one, which are what a plugin
or a configuration may touch.
"""

__version__ = "0.1.0"
