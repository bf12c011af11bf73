"""The desk of the cut-over: reads a file whole, holds it against what is here, and writes it in parts that stay."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path

import structlog

from safehand.app.cutover.errors import RowDiffers, RowRepeated
from safehand.app.cutover.goods import explains
from safehand.app.cutover.nouns import NUMBER_CHARS_MAX, Cells, Earlier, Kind, Noun, Secretive
from safehand.app.cutover.reading import read_rows
from safehand.kernel.clock import Clock
from safehand.kernel.errors import SafehandError
from safehand.kernel.rows import Fault, Row
from safehand.store.database import Store, Tx

TOGETHER = 200
"""Rows of one transaction: what was written before a crash stays, and running again goes on from there."""

log = structlog.get_logger(__name__)

type Progress = Callable[[int, int], None]
"""Told how many rows are done, and of how many."""


@dataclass(slots=True)
class Findings:
    """What a file would do: rows to write, rows that are here already, and what is wrong."""

    kind: Kind
    fresh: list[tuple[Row, object]] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Secret:
    """What is told once: a merchant's first key, a new colleague's first link."""

    number: str
    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CutoverDesk:
    """Imports files. One broken row, and nothing of its file is written."""

    store: Store
    clock: Clock
    nouns: Mapping[Kind, Noun]

    async def check(self, kind: Kind, path: Path, progress: Progress) -> Findings:
        """Hold a file against what is here; writes nothing.

        Errors
            FileUnusable  it cannot be read at all.
        """
        noun, findings = self.nouns[kind], Findings(kind)
        rows = list(self._numbered(noun, path, findings))
        done = 0
        for part in batched(rows, TOGETHER):
            async with self.store.transaction(readonly=True) as tx:
                await self._check_part(tx, noun, part, findings)
            done += len(part)
            progress(done, len(rows))
        findings.faults.sort(key=lambda fault: fault.line)
        return findings

    async def write(
        self, findings: Findings, tell: Callable[[Sequence[Secret]], None] | None, progress: Progress
    ) -> int:
        """Write what `check` found fresh; returns how many rows. Findings with faults are never written.

        Shapes
            tell  is given secrets just before they are committed: they can be told this once only. None: none are made.
        """
        if findings.faults:
            raise ValueError("a file with broken rows is not written")
        noun, done = self.nouns[findings.kind], 0
        for part in batched(findings.fresh, TOGETHER):
            async with self.store.transaction() as tx:
                made: list[Secret] = []
                for row, thing in part:
                    now_ms = self.clock.now_ms()
                    id, number = await noun.write(tx, thing, row, now_ms), row.cells[noun.number]
                    await tx.run(
                        "INSERT INTO imported (kind, number, id, row_hash, made_ms) VALUES ($1, $2, $3, $4, $5)",
                        findings.kind.value,
                        number,
                        id,
                        row.hash,
                        now_ms,
                    )
                    if tell is not None and isinstance(noun, Secretive):
                        secret = await noun.secret(tx, thing, id, now_ms)
                        made += [] if secret is None else [Secret(number, id, secret)]
                if tell is not None:
                    tell(made)
            done += len(part)
            progress(done, len(findings.fresh))
        log.info("imported", kind=findings.kind.value, rows=done)
        return done

    def _numbered(self, noun: Noun, path: Path, findings: Findings) -> Iterator[Row]:
        """Rows with a number of their own; the others are faults."""
        first: dict[str, int] = {}
        for row in read_rows(path, noun.columns):
            if isinstance(row, Fault):
                findings.faults.append(row)
                continue
            cells = Cells(row)
            try:
                number = cells.text(noun.number, at_most=NUMBER_CHARS_MAX)
                if number in first:
                    raise RowRepeated(number, first[number])
            except SafehandError as error:
                findings.faults.append(Fault(row.line, noun.number, error))
                continue
            first[number] = row.line
            yield row

    async def _check_part(self, tx: Tx, noun: Noun, rows: Sequence[Row], findings: Findings) -> None:
        before = await _before(tx, findings.kind, [row.cells[noun.number] for row in rows])
        earlier = await _earlier(tx, noun, rows)
        for row in rows:
            known = before.get(row.cells[noun.number])
            if known == row.hash:
                findings.unchanged += 1
                continue
            cells = Cells(row, noun.number)
            try:
                if known is not None:
                    raise RowDiffers(row.cells[noun.number])
                findings.fresh.append((row, await noun.read(tx, cells, earlier)))
            except SafehandError as error:
                if not explains(error):
                    raise
                findings.faults.append(Fault(row.line, cells.column, error))


async def _before(tx: Tx, kind: Kind, numbers: Sequence[str]) -> dict[str, bytes]:
    """Hashes of rows that were imported before, by number."""
    rows = await tx.fetch(
        "SELECT number, row_hash FROM imported WHERE kind = $1 AND number = ANY($2::text[])", kind.value, list(numbers)
    )
    return {row["number"]: row["row_hash"] for row in rows}


async def _earlier(tx: Tx, noun: Noun, rows: Sequence[Row]) -> Earlier:
    """Ids of what these rows name."""
    asked = {
        (kind.value, row.cells[column])
        for column, kinds in noun.names.items()
        for row in rows
        if row.cells.get(column)
        for kind in kinds
    }
    found = await tx.fetch(
        "SELECT kind, number, id FROM imported JOIN unnest($1::text[], $2::text[]) AS said(kind, number)"
        " USING (kind, number)",
        [kind for kind, _ in asked],
        [number for _, number in asked],
    )
    return Earlier({(Kind(row["kind"]), row["number"]): row["id"] for row in found})
