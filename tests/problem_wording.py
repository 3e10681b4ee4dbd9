"""Every problem document that a test reads over HTTP has to be in ordinary English, whatever the test is about."""

import json
import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.wording import faults_of_sentence

MEDIA_TYPE = "application/problem+json"
_TITLE = re.compile(r"[A-Z][^.]*[^.\s]")
_SENT = re.compile(r'"[^"]*"')
"""A value that the client sent, which may be anything."""


def faults_of_title(title: str) -> list[str]:
    """What is wrong with a heading: it begins with a capital letter and has no full stop."""
    return [] if _TITLE.fullmatch(title) else ["is not a title"]


def faults_of_message(message: str) -> list[str]:
    """What is wrong with sentences that may repeat what a client sent, in double quotes."""
    return faults_of_sentence(_SENT.sub('"x"', message))


def faults_of_problem(document: Mapping[str, Any]) -> list[str]:
    """What is wrong with the sentences of a problem document, each after the sentence."""
    found = [f"{document['title']!r} {fault}" for fault in faults_of_title(document["title"])]
    for text in (document["detail"], *(error["message"] for error in document.get("errors") or ())):
        found += [f"{text!r} {fault}" for fault in faults_of_message(text)]
    for error in document.get("errors") or ():
        suggestion = error.get("suggestion")
        if suggestion is not None and error["message"].count("Did you mean") != 1:
            found.append(f"{error['message']!r} does not ask once for the suggestion {suggestion!r}")
    return found


class Listener:
    """Reads along, once `start` was called.

    Attributes:
        is_strict: Whether a faulty sentence fails the test that read it. Where any text is sent, quotes among it, what
            a client sent cannot be told from what the service says.
    """

    def __init__(self) -> None:
        self.is_strict = True

    def start(self) -> None:
        """Has all clients of httpx read their answers through this."""
        read, aread = httpx.Response.read, httpx.Response.aread

        def read_and_check(response: httpx.Response) -> bytes:
            content = read(response)
            self._check(response, content)
            return content

        async def aread_and_check(response: httpx.Response) -> bytes:
            content = await aread(response)
            self._check(response, content)
            return content

        patch = pytest.MonkeyPatch()
        patch.setattr(httpx.Response, "read", read_and_check)
        patch.setattr(httpx.Response, "aread", aread_and_check)

    def _check(self, response: httpx.Response, content: bytes) -> None:
        if self.is_strict and content and response.headers.get("content-type") == MEDIA_TYPE:
            faults = faults_of_problem(json.loads(content))
            assert not faults, "\n".join(faults)
