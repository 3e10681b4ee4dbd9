"""Uploads, as the rest of the API knows them."""

from api.access.scopes import BY_METHOD
from api.answers.errors import TusVersionUnsupported
from api.answers.problems import Kind
from api.resource import Limit, Resource
from api.uploads.routes import router
from db.datasets.uploads import MAX_PARTS, MAX_PER_PROJECT
from db.errors import TooManyUploads, UploadExpired, UploadMoved, UploadNotFound
from services.uploads import ChecksumMismatch

RESOURCE = Resource(
    router=router,
    asked={"/v1/uploads": BY_METHOD},
    ids={"upload_id": "up"},
    limits=(
        Limit("max_uploads", MAX_PER_PROJECT, "Unfinished uploads of a project."),
        Limit("max_upload_parts", MAX_PARTS, "Requests in which an upload can be sent."),
    ),
    problems={
        UploadNotFound: Kind(404, "upload_not_found", "Upload not found"),
        UploadMoved: Kind(409, "upload_moved", "Upload is at another offset"),
        TooManyUploads: Kind(409, "too_many_uploads", "Too many uploads"),
        UploadExpired: Kind(410, "upload_expired", "Upload has expired"),
        TusVersionUnsupported: Kind(412, "unsupported_tus_version", "Unsupported version of tus"),
        ChecksumMismatch: Kind(460, "checksum_mismatch", "Checksum does not match"),
    },
)
