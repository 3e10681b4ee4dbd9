"""Data sets, as the rest of the API knows them."""

from api.access.scopes import BY_METHOD
from api.answers.problems import Kind
from api.datasets.routes import router
from api.requests.forms import FormMalformed
from api.resource import Limit, Resource
from db.errors import DatasetInUse, DatasetNotFound, UploadIncomplete
from services.datasets.dry_runs import DryRunTimedOut
from services.errors import DatasetNotReady
from services.incoming import MAX_OF_PROJECT, TooManyTransfers
from services.quotas.room import FileTooLarge
from spec.datasets.sizes import MOST_COLUMNS, MOST_PIXELS, MOST_ROWS
from storage.errors import StorageFull

RESOURCE = Resource(
    router=router,
    asked={"/v1/datasets": BY_METHOD},
    ids={"dataset_id": "ds"},
    limits=(
        Limit("max_upload_bytes", lambda settings: settings.max_upload_bytes, "The size of a file."),
        Limit(
            "max_transfers",
            MAX_OF_PROJECT,
            "Files of a project that one process of the service receives at the same time.",
        ),
        Limit("max_dataset_rows", MOST_ROWS, "Rows of a data set."),
        Limit("max_dataset_columns", MOST_COLUMNS, "Columns of a table, or arrays of an NPZ file."),
        Limit("max_picture_pixels", MOST_PIXELS, "Pixels of a picture."),
    ),
    problems={
        FormMalformed: Kind(400, "malformed_form", "Malformed form"),
        DatasetNotFound: Kind(404, "dataset_not_found", "Data set not found"),
        DatasetNotReady: Kind(409, "dataset_not_ready", "Data set is not ready"),
        DryRunTimedOut: Kind(409, "dry_run_timed_out", "Dry run timed out"),
        DatasetInUse: Kind(409, "dataset_in_use", "Data set is in use"),
        UploadIncomplete: Kind(409, "upload_incomplete", "Upload is not complete"),
        FileTooLarge: Kind(413, "file_too_large", "File too large"),
        TooManyTransfers: Kind(429, "too_many_transfers", "Too many files at once", retry_after_seconds=5),
        StorageFull: Kind(507, "storage_full", "Storage full", retry_after_seconds=60),
    },
)
