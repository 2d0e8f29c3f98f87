"""Names of the types that the services take and answer with, for annotations: nothing is imported at run time.

What is here is defined beside the code that makes it. A front end that could import it from there could call that
code too, past the services.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wantui.captions.bulk import BulkPreview
    from wantui.captions.encodings import EncodingReading
    from wantui.captions.files import CaptionChange, SaveReport
    from wantui.captions.operations import Operation
    from wantui.captions.proposal_review import Accepted, ProposedCaption
    from wantui.config.named import NamedPreset
    from wantui.dataset.scan import Found
    from wantui.doctor.smoke import Stage
    from wantui.fixes.apply import Fixed
    from wantui.history.columns import Figure, Spans, StepColumns
    from wantui.journal.import_plan import ImportPlan
    from wantui.journal.media_folder import MediaFolder
    from wantui.journal.trash import Trashed
    from wantui.runs.after.order import AfterOrder
    from wantui.runs.attempt_logs import AttemptLog
    from wantui.runs.averaging.order import AverageOrder, WantedAverage
    from wantui.runs.board import JobView
    from wantui.runs.forecast import Forecast
    from wantui.runs.log_times import LineTimes
    from wantui.runs.output_names import NamesInUse
    from wantui.runs.plan import RunPlan
    from wantui.runs.probing.results import ItemLoss, Probed
    from wantui.runs.pruning import PrunedCheckpoint, PrunePlan
    from wantui.runs.releasing.plan import ReleaseFile, ReleasePlan
    from wantui.runs.releasing.upload import Uploaded
    from wantui.runs.releasing.writing import Released
    from wantui.runs.resume_plan import ExpertResume, ResumePlan
    from wantui.runs.run_report import RunReport
    from wantui.runs.sampling.judging import Judged
    from wantui.runs.sampling.pairs import Pair
    from wantui.runs.sampling.pictures import SamplePicture
    from wantui.runs.sampling.prompt_file import PromptFile
    from wantui.runs.watch.state import WatchState
    from wantui.services.queue import QueuedRun, QueueView
    from wantui.setup.disk_needs import Disk
    from wantui.setup.plan import PlannedStep, SetupPlan
    from wantui.trainer.prompts import Prompt
    from wantui.weights.checking import Listing, WeightVerdict
    from wantui.weights.model import DownloadProgress
    from wantui.weights.state import WeightPlace

    __all__ = [
        "Accepted", "AfterOrder", "AttemptLog", "AverageOrder", "BulkPreview", "CaptionChange", "Disk",
        "DownloadProgress", "EncodingReading", "ExpertResume", "Figure", "Fixed", "Forecast", "Found",
        "ImportPlan", "ItemLoss", "JobView", "Judged", "LineTimes", "Listing", "MediaFolder", "NamedPreset",
        "NamesInUse", "Operation", "Pair", "PlannedStep", "Probed", "Prompt", "PromptFile", "ProposedCaption",
        "PrunePlan", "PrunedCheckpoint", "QueueView", "QueuedRun", "ReleaseFile", "ReleasePlan", "Released",
        "ResumePlan", "RunPlan", "RunReport", "SamplePicture", "SaveReport", "SetupPlan", "Spans", "Stage",
        "StepColumns", "Trashed", "Uploaded", "WantedAverage", "WatchState", "WeightPlace", "WeightVerdict",
    ]  # fmt: skip
