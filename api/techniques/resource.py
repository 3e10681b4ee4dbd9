"""Techniques, as the rest of the API knows them."""

from api.access.scopes import READING_ALONE
from api.answers.problems import Kind
from api.resource import Resource
from api.techniques.routes import router
from services.techniques import TechniqueNotApplicable, TechniqueNotFound

RESOURCE = Resource(
    router=router,
    asked={"/v1/techniques": READING_ALONE},
    problems={
        TechniqueNotFound: Kind(404, "technique_not_found", "Technique not found"),
        TechniqueNotApplicable: Kind(409, "technique_not_applicable", "Technique does not apply"),
    },
)
