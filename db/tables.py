"""All tables there are: a table that this module does not import, no migration knows of."""

from sqlalchemy import MetaData

from db import account_models, models, webhook_models

__all__ = ["METADATA", "account_models", "webhook_models"]

METADATA: MetaData = models.Base.metadata
