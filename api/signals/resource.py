"""Signals, as the rest of the API knows them: below the paths of jobs."""

from api.resource import Resource
from api.signals.routes import router

RESOURCE = Resource(router=router)
