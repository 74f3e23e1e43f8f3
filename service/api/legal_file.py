"""A debtor's legal file for whoever has to prove what was done: taken by a named agent, for a reason that is kept."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from service.api.agents import Operator
from service.api.deps import services
from service.api.problems import refuses
from service.domain.desk.legal_file import MEDIA_TYPES, FileForm
from service.legal_file_download import download
from service.usecases.desk.export_legal_file import Wish

router = APIRouter(prefix="/desk")
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            kind.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()
        },
        "description": "The file, its last line being its manifest or seal",
    }
}


class LegalFileWish(BaseModel):
    """The form of the file, and why it is taken out; kept beside the agent's name."""

    form: FileForm = FileForm.JSON
    reason: str = Field(min_length=1, max_length=400)


@router.post("/borrowers/{borrower_id}/legal-file", response_class=StreamingResponse, responses=FILES)
@refuses("borrower_unknown", "reason_required")
def export_file(
    request: Request, agent: Operator, borrower_id: Annotated[str, Path(max_length=64)], wish: LegalFileWish
) -> StreamingResponse:
    """Everything done, said and blocked about a borrower, and why, as a file whose every line is chained to the last.

    Nothing in it is masked. That it was taken, by whom and why is itself a row, and stands in the next file.
    """
    order = Wish(borrower_id, wish.form, agent.agent, wish.reason, "api")
    return download(services(request), order)
