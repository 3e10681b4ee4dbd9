"""Artifacts, as the rest of the API knows them: below the paths of jobs."""

from api.answers.errors import ArtifactNotFound
from api.answers.problems import Kind
from api.artifacts.routes import router
from api.resource import Resource
from storage.errors import FileMissing

RESOURCE = Resource(
    router=router,
    problems={
        ArtifactNotFound: Kind(404, "artifact_not_found", "Artifact not found"),
        FileMissing: Kind(410, "artifact_gone", "Artifact no longer available"),
    },
)
