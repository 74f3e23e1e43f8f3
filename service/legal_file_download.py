"""A legal file as a download, the same for the operators' API and for the console."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO

from fastapi.responses import StreamingResponse

from service.documents.legal_file import print_legal_file
from service.domain.desk.legal_file import MEDIA_TYPES
from service.usecases.desk.export_legal_file import Wish, export_legal_file
from service.wiring import Services

PIECE = 1 << 16


def download(at: Services, wish: Wish) -> StreamingResponse:
    """The whole file first goes to the disk: a refusal is an answer, not half a download, and memory stays small."""
    written = TemporaryFile()  # noqa: SIM115  closed when the last piece is sent
    try:
        made = export_legal_file(
            at.database,
            wish,
            out=written,  # type: ignore[arg-type]
            clock=at.clock,
            key=at.settings.legal_file_key,
            print_pdf=print_legal_file,
        )
    except BaseException:
        written.close()
        raise
    headers = {
        "Content-Disposition": f'attachment; filename="legal-file-{made.export_id}.{wish.form}"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_pieces(written), media_type=MEDIA_TYPES[wish.form], headers=headers)


def _pieces(written: IO[bytes]) -> Iterator[bytes]:
    with written:
        written.seek(0)
        while piece := written.read(PIECE):
            yield piece
