"""What the configuration of a finished run says of its report."""

from pydantic import ValidationError

from harness.report_settings import ReportSettings
from harness.run_folder.manifest import damaged
from harness.run_folder.run_data import RunData
from harness.settings import first_problem


def report_settings(run: RunData) -> ReportSettings:
    """Return what the configuration of a run says of its report."""
    said = run.manifest.configuration.get("report") or {}
    try:
        return ReportSettings.model_validate(said)
    except ValidationError as error:
        raise damaged(run.directory, f"configuration.report.{first_problem(error)}") from error
