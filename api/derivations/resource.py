"""Derivations, as the rest of the API knows them: below the paths of jobs."""

from api.derivations.routes import router
from api.resource import Limit, Resource
from spec.patches.operations import MAX_OPERATIONS

RESOURCE = Resource(
    router=router,
    limits=(Limit("max_patch_operations", MAX_OPERATIONS, "Operations of the patch that derives a job."),),
)
