"""``/docs``: the OpenAPI document as one plain page, without scripts and without anything from elsewhere."""

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from api.answers.problems import FRAMEWORK, INTERNAL, KINDS, PROTOCOL

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc; }
code, pre { font: 14px/1.45 ui-monospace, monospace; background: #f4f4f2; }
pre { padding: .8rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #e4e4e4; }
summary { cursor: pointer; padding: .3rem 0; }
.method { display: inline-block; min-width: 3.5rem; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  body { background: #161616; color: #e6e6e6; } code, pre { background: #262626; } a { color: #8ab4f8; }
}
"""


def docs_page(document: Mapping[str, Any]) -> str:
    """The page for an OpenAPI document."""
    about = "".join(f"<p>{_prose(part)}</p>" for part in document["info"]["description"].strip().split("\n\n"))
    calls = "".join(
        _call(path, method, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    )
    schemas = "".join(_schema(name, schema) for name, schema in document["components"]["schemas"].items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Netcoach API</title><style>{_STYLE}</style></head><body>"
        f"<h1>Netcoach API <small>{escape(document['info']['version'])}</small></h1>{about}"
        '<p>The same document for programs: <a href="/openapi.json">openapi.json</a>.</p>'
        f"<h2>Endpoints</h2>{calls}<h2>Errors</h2>{_problems()}<h2>Schemas</h2>{schemas}</body></html>"
    )


def _call(path: str, method: str, operation: Mapping[str, Any]) -> str:
    parts = [f"<p>{_prose(operation.get('description', ''))}</p>"]
    if parameters := operation.get("parameters"):
        rows = ((f"<code>{escape(one['name'])}</code>", escape(one["in"]), _parameter(one)) for one in parameters)
        parts.append(_table(("parameter", "in", ""), rows))
    if body := operation.get("requestBody"):
        parts.append(f"<p>Request body: {_prose(body['description'])} {_contents(body['content'])}</p>")
        for content in body["content"].values():
            for example in content.get("examples", {}).values():
                text = json.dumps(example["value"], indent=2)
                parts.append(f"<details><summary>Example: {escape(example['summary'])}</summary>")
                parts.append(f"<pre>{escape(text)}</pre></details>")
    answers = (
        (escape(status), f"{_prose(answer['description'])} {_contents(answer.get('content', {}))}")
        for status, answer in sorted(operation["responses"].items())
    )
    parts.append(_table(("status", ""), answers))
    head = f'<span class="method">{method.upper()}</span> <code>{escape(path)}</code> {escape(operation["summary"])}'
    return f"<details><summary>{head}</summary>{''.join(parts)}</details>"


def _parameter(parameter: Mapping[str, Any]) -> str:
    schema: Mapping[str, Any] = parameter["schema"]
    told = ", ".join(
        f"{word} {escape(str(schema[key]))}"
        for key, word in (("minimum", "from"), ("maximum", "to"), ("default", "default"))
        if key in schema
    )
    return f"{_prose(parameter.get('description', ''))} {told}"


def _contents(content: Mapping[str, Any]) -> str:
    links: list[str] = []
    for media_type, shown in content.items():
        reference = shown.get("schema", {}).get("$ref", "")
        name = reference.rpartition("/")[2]
        link = f' <a href="#schema-{escape(name)}">{escape(name)}</a>' if name else ""
        links.append(f"<code>{escape(media_type)}</code>{link}")
    return ", ".join(links)


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    text = escape(json.dumps(schema, indent=1, ensure_ascii=False))
    return (
        f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary><pre>{text}</pre></details>'
    )


def _problems() -> str:
    kinds = {kind.code: kind for kind in (*KINDS.values(), *FRAMEWORK.values(), *PROTOCOL, INTERNAL)}
    rows = (
        (f'<code id="{escape(kind.code)}">{escape(kind.code)}</code>', str(kind.status), escape(kind.title))
        for kind in sorted(kinds.values(), key=lambda kind: (kind.status, kind.code))
    )
    return _table(("code", "status", ""), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{titles}</tr>{body}</table>"


def _prose(text: str) -> str:
    """Text with its backquotes as code."""
    pieces = escape(text, quote=False).split("`")
    return "".join(f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces))
