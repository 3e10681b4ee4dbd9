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
from spec.datasets.read_limits import LIMITS, MOST_CATEGORIES
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
        Limit("max_dataset_rows", LIMITS.rows, "Rows of a data set."),
        Limit("max_dataset_columns", LIMITS.columns, "Columns of a table, or arrays of an NPZ file."),
        Limit("max_row_bytes", LIMITS.record_bytes, "The size of a row of a CSV file."),
        Limit("max_archive_files", LIMITS.members, "Files in a zip."),
        Limit("max_unpacked_bytes", LIMITS.unpacked_bytes, "What a compressed file can unpack to."),
        Limit("max_picture_pixels", LIMITS.pixels, "Pixels of a picture."),
        Limit("max_categories", MOST_CATEGORIES, "Different values of a category. A column with more is text."),
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
