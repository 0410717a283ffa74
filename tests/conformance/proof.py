"""What was proved: collected while the tier runs, kept in proof.json, shown in the README. Standard library only."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

REQUIRED = os.environ.get("CONFORMANCE") == "required"
FOLDER = Path(__file__).parent
FILE = FOLDER / "proof.json"
_TABLE = re.compile(r"(?<=<!-- proof -->\n).*?(?=<!-- /proof -->)", re.DOTALL)

Record = dict[str, str | bool]


def path_of(claim: str) -> Path:
    """Return the file of a claim: `kustomize/trees` is kustomize/test_trees.py."""
    folder, _, name = claim.rpartition("/")
    return FOLDER / folder / f"test_{name}.py"


def claim_of(path: Path) -> str:
    """Return the claim of a file: kustomize/test_trees.py is `kustomize/trees`."""
    return f"{path.parent.name}/{path.stem.removeprefix('test_')}"


def claims() -> list[str]:
    """Return every claim that there is a file of."""
    return [claim_of(path) for path in sorted(FOLDER.glob("*/test_*.py"))]


def asks_examples(claim: str) -> bool:
    """Tell whether a claim is about what was rendered for the examples, or about something that it names itself."""
    tests = [node for node in ast.parse(path_of(claim).read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
    return any(argument.arg == "example" for test in tests for argument in test.args.args)


def committed() -> list[Record]:
    """Return what proof.json says."""
    return json.loads(FILE.read_text("utf-8")) if FILE.exists() else []


@dataclass
class Proof:
    """What the claims of one run found out, by claim, program, version and example; and which of them ran at all."""

    found: dict[tuple[str, str, str, str], set[str]] = field(default_factory=dict)
    ran: set[str] = field(default_factory=set)

    def add(self, key: tuple[str, str, str, str], what: str) -> None:
        """Note that something was `accepted`, or that its broken `twin_refused` was."""
        self.found.setdefault(key, set()).add(what)

    def records(self) -> list[Record]:
        """Return one record for each claim, program and example, sorted."""
        return [
            {
                "claim": claim, "program": program, "version": version, "example": example,
                "accepted": "accepted" in found, "twin_refused": "twin_refused" in found,
            }
            for (claim, program, version, example), found in sorted(self.found.items())
        ]  # fmt: skip

    def merged(self) -> list[Record]:
        """Return the records with the committed ones of claims that exist, but did not run."""
        kept = [record for record in committed() if record["claim"] in set(claims()) - self._ran()]
        return sorted([*kept, *self.records()], key=lambda record: [str(value) for value in record.values()])

    def problems(self) -> list[str]:
        """Return why this run is no proof, so that nothing of it may be written."""
        told = {key[0] for key in self.found}
        half = [record for record in self.records() if not (record["accepted"] and record["twin_refused"])]
        return [
            *([] if told else ["nothing was proved"]),
            *(f"ran, and told nothing: {claim}" for claim in sorted(self.ran - told)),
            *(f"no proof without both: {record}" for record in half),
        ]

    def _ran(self) -> set[str]:
        return self.ran | {key[0] for key in self.found}


def unproved(named: Iterable[str]) -> list[str]:
    """Return which of some claims proof.json does not hold, or not with a refused twin for every example."""
    records = committed()
    held = {record["claim"] for record in records}
    broken = {record["claim"] for record in records if not (record["accepted"] and record["twin_refused"])}
    return sorted(set(named) - held | set(named) & broken)


def text(records: list[Record]) -> str:
    """Return the contents of proof.json, a record on each line."""
    return "[\n" + ",\n".join(f"  {json.dumps(record)}" for record in records) + "\n]\n"


def lines(records: list[Record]) -> list[str]:
    """Return records as a table for the terminal."""
    rows = [[str(cell) for cell in record.values()] for record in records]
    rows.insert(0, ["claim", "program", "version", "example", "accepted", "twin refused"])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def in_readme(readme: str) -> str:
    """Return the README with its table of proofs made anew; a claim's words are the first line of its file."""
    rows = ["| holds, and its broken twin is refused | asked of | for |", "|---|---|---|"]
    records = committed()
    for claim in sorted({str(record["claim"]) for record in records}):
        of_claim = [record for record in records if record["claim"] == claim]
        path = path_of(claim)
        words = (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or claim).splitlines()[0].rstrip(".")
        programs = ", ".join(sorted({f"{record['program']} {record['version']}" for record in of_claim}))
        examples = ", ".join(sorted({str(record["example"]) for record in of_claim}))
        link = path.relative_to(FOLDER.parent.parent).as_posix()
        rows.append(f"| [{claim}]({link}): {words} | {programs} | {examples} |")
    return _TABLE.sub(lambda _: "\n".join(rows) + "\n", readme)
