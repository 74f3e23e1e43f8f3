"""What the gateways of messages and calls tell us: signed, once, in whatever order."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import APIKeyHeader

from service.api.answers import CarrierReceipt, ReceiptTaken
from service.api.bodies import bounded_body
from service.api.deps import services
from service.api.errors import Problem
from service.api.openapi import reads
from service.api.problems import refuses
from service.domain.collect.receipt import Receipt
from service.domain.errors import NotFound
from service.usecases.collect.take_receipt import take_receipt

router = APIRouter(prefix="/channels")

MAX_BODY = 16 * 1024
SIGNATURE = APIKeyHeader(
    name="X-Gateway-Signature",  # as the adapters of `service.channels` sign, which routes never import
    scheme_name="message_gateway_signature",
    description="k=<key>,t=<seconds>,n=<nonce>,v1=<hex>: HMAC-SHA256 over the lines key, time, nonce, method, path and "
    "SHA-256 of the body, no older than 5 minutes.",
    auto_error=False,
)


@router.post("/{channel}/receipts", openapi_extra=reads(CarrierReceipt, says="At most 16 KiB, signed as it is sent."))
@refuses("not_the_carrier", "not_found", "outreach_unknown")
async def post_receipt(
    request: Request,
    channel: Annotated[str, Path(max_length=16)],
    given: Annotated[str | None, Security(SIGNATURE)],
) -> ReceiptTaken:
    """One receipt: 403 where the gateway did not sign it, else kept; the same again changes nothing."""
    gateway = services(request).message_gateways.get(channel)
    if gateway is None:
        raise NotFound
    body = await bounded_body(request, limit=MAX_BODY)
    receipt = None
    if body is not None:
        receipt = gateway.read_receipt(signature=given or "", method=request.method, path=request.url.path, body=body)
    if receipt is None:
        raise Problem(403, code="not_the_carrier")
    return await run_in_threadpool(_take, request, receipt)


def _take(request: Request, receipt: Receipt) -> ReceiptTaken:
    at = services(request)
    with at.database.transaction() as conn:
        return ReceiptTaken(new=take_receipt(conn, receipt, now=at.clock.now()))
