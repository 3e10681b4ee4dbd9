"""Findings, as the rest of the API knows them: below the paths of jobs."""

from api.findings.routes import router
from api.resource import Resource

RESOURCE = Resource(router=router)
