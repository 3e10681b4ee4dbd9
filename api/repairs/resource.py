"""Repairs, as the rest of the API knows them: below the paths of jobs."""

from api.answers.problems import Kind
from api.repairs.routes import router
from api.resource import Resource
from services.errors import NoRepair

RESOURCE = Resource(router=router, problems={NoRepair: Kind(404, "no_repair", "No repair")})
"""``/v1/jobs/{id}/repair``."""
