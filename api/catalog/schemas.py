"""The document of the catalog."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class CatalogDocument(BaseModel):
    """Every layer, optimizer, loss, data set and so on that a spec can name, with arguments, defaults and ranges."""

    model_config = ConfigDict(extra="allow")

    object: Literal["catalog"] = "catalog"
