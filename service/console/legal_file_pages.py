"""The console's page where an agent takes a borrower's legal file out, and says why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from service.console.route import HOME, Acting, AtDesk, ConsoleRoute, render
from service.domain.desk.legal_file import FileForm
from service.domain.errors import Refused
from service.legal_file_download import download
from service.usecases.desk.export_legal_file import Wish

router = APIRouter(prefix=f"{HOME}/legal-file", route_class=ConsoleRoute, include_in_schema=False)


@router.get("/{borrower_id}")
def ask(request: Request, desk: AtDesk, borrower_id: str) -> Response:
    return render(request, "legal_file.html", desk=desk, borrower_id=borrower_id, error="")


@router.post("/{borrower_id}")
def take_out(
    request: Request,
    desk: Acting,
    borrower_id: str,
    form: Annotated[FileForm, Form()] = FileForm.PDF,
    reason: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """The agent who is logged in gets the file; his name and reason are kept, and stand in it."""
    try:
        return download(request.app.state.services, Wish(borrower_id, form, desk.agent.name, reason, "console"))
    except Refused as refused:
        context = {"desk": desk, "borrower_id": borrower_id, "error": refused.detail}
        return render(request, "legal_file.html", status=422, **context)
