"""Reading a document from outside in a process of its own: bounded time and memory, and no secret in its environment.

`python -m core.collect.apart FORM NAME CHARSET` reads the document from standard input and answers in JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys

from core.collect.model import Read
from core.config import ROOT, bare
from core.errors import Invalid, TimbreError

SECONDS = 25
MEMORY = 1_500_000_000
"""Bytes of address space, where the system can hold a process to it."""


def read_apart(form: str, name: str, content: bytes, charset: str = "") -> Read:
    """Read a document (form: html, pdf, docx) in another process. Raises Invalid, also where it takes too long."""
    shown = "".join(c for c in name if c.isprintable())[:200]
    command = [sys.executable, "-m", "core.collect.apart", form, shown, charset]
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, cwd=ROOT, env=bare(), timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise _unreadable(name, "takes too long to read") from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise _unreadable(name, "cannot be read") from None
    if "error" in answer:
        raise Invalid(answer["error"], answer["hint"])
    return Read(answer["title"], answer["text"], answer["meta"])


def _unreadable(name: str, why: str) -> Invalid:
    return Invalid(f"{name[:120]} {why}; nothing was kept.", "Copy the text that you need and add it as a note.")


def _bound() -> None:
    """Hold this process to its memory and its time, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def _answer(form: str, name: str, charset: str) -> dict[str, object]:
    from core.collect import paper, web_page, word_file

    content = sys.stdin.buffer.read()
    try:
        if form == "html":
            read = web_page.read(content, charset)
        else:
            read = (paper.read if form == "pdf" else word_file.read)(name, content)
    except TimbreError as error:
        return {"error": error.message, "hint": error.hint}
    return {"title": read.title, "text": read.text, "meta": read.meta}


if __name__ == "__main__":
    _bound()
    print(json.dumps(_answer(*sys.argv[1:4])))  # noqa: T201 - this is its answer
