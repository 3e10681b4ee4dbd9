"""Examples of data sets; a test sends every one of them."""

from typing import Any

FORMS: dict[str, dict[str, Any]] = {
    "table": {
        "summary": "A table, with a description of it",
        "value": {"description": '{"name": "fruits", "target": "fruit"}', "file": "weight,fruit\n1.5,apple\n2,pear\n"},
    },
}
DATASETS: dict[str, dict[str, Any]] = {
    "again": {
        "summary": "The file of another data set, read in another way",
        "value": {
            "from": "ds_01jgz8q6v5x0r3w2m4n6p8s9tb",
            "description": {"name": "fruits", "columns": {"weight": {"type": "category"}}},
        },
    },
    "upload": {
        "summary": "A file that was sent in parts",
        "value": {"upload": "up_01jgz8q6v5x0r3w2m4n6p8s9tb"},
    },
}
