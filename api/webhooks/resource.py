"""Webhooks and their messages, as the rest of the API knows them."""

from api.access.scopes import ADMIN_ALONE
from api.answers.problems import Kind
from api.resource import Limit, Resource
from api.webhooks.routes import router
from db.errors import DeliveryNotFound, TooManyWebhooks, WebhookDisabled, WebhookNotFound
from db.webhooks.webhooks import MAX_PER_PROJECT

RESOURCE = Resource(
    router=router,
    asked={"/v1/webhooks": ADMIN_ALONE},
    ids={"webhook_id": "hook", "delivery_id": "dlv"},
    limits=(Limit("max_webhooks", MAX_PER_PROJECT, "Webhooks of a project."),),
    problems={
        WebhookNotFound: Kind(404, "webhook_not_found", "Webhook not found"),
        DeliveryNotFound: Kind(404, "delivery_not_found", "Delivery not found"),
        WebhookDisabled: Kind(409, "webhook_disabled", "Webhook is disabled"),
        TooManyWebhooks: Kind(409, "too_many_webhooks", "Too many webhooks"),
    },
)
