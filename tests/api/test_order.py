"""Answers are in one order: no set of texts, which each process goes through in an order of its own, leads to one."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).with_name("answers_in_order.py")
ROOMS = ("api", "spec", "db", "storage", "broker", "services")
_COPIES = frozenset({"list", "tuple", "next", "iter", "enumerate", "map", "filter", "zip"})


def test_faults_catalog_and_description_are_the_same_in_every_process() -> None:
    started = [
        subprocess.Popen(
            [sys.executable, PROGRAM],
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("0", "1")
    ]
    answers = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0]
    first, other = map(json.loads, answers)
    assert sum(isinstance(answer, list) for answer in first) > 50, "few of the corpus are faulty"
    assert first == other


def test_no_set_is_gone_through_without_being_sorted() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        for line in walks_over_sets(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def walks_over_sets(module: ast.Module) -> Iterator[int]:
    """Lines on which the order of a set decides something: loops, and copies into what has an order."""
    for node in ast.walk(module):
        walked: list[ast.expr] = []
        if isinstance(node, ast.For | ast.AsyncFor):
            walked = [node.iter]
        elif isinstance(node, ast.ListComp | ast.DictComp):
            walked = [generator.iter for generator in node.generators]
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            walked = node.args if name in _COPIES or name == "join" else []
        if any(map(is_set, walked)):
            yield node.lineno


def is_set(node: ast.expr) -> bool:
    """Whether it is one, as far as the expression itself tells."""
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in {"set", "frozenset"}
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr | ast.Sub | ast.BitXor):
        return any(is_set(side) or _is_keys(side) for side in (node.left, node.right))
    return False


def _is_keys(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "keys"
