"""The console's page of experiments: what each arm did beside the champion, and a person's hand to stop one."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.console import labels
from service.console.forms import Remark
from service.console.route import HOME, Acting, AtDesk, ConsoleRoute, Desk, render
from service.domain.collect.uplift import Measure, Verdict
from service.domain.days import business_date
from service.domain.errors import Refused
from service.usecases.collect.judge_experiments import report_on, stop_arm

router = APIRouter(prefix=f"{HOME}/experiments", route_class=ConsoleRoute, include_in_schema=False)

MEASURES = {Measure.RECOVERY: "回收比例", Measure.CURE: "全部还清", Measure.COMPLAINT: "投诉或要求停止联系"}
VERDICTS = {
    Verdict.GOES_ON: "继续观察",
    Verdict.BETTER: "更好",
    Verdict.WORSE: "更差",
    Verdict.HARMFUL: "有害，自动停止",
}


@router.get("")
def experiments(request: Request, desk: AtDesk) -> Response:
    return _page(request, desk)


@router.post("/{experiment_id}/{arm}/stop")
def stop(
    request: Request,
    desk: Acting,
    experiment_id: str,
    arm: str,
    reason: Remark = "",
) -> Response:
    """From the next planning on the arm's debtors get what the champion does."""
    services = request.app.state.services
    try:
        with services.database.transaction() as conn:
            stop_arm(
                conn,
                policy=services.policy,
                experiment_id=experiment_id,
                arm=arm,
                by=desk.agent.name,
                reason=reason,
                now=services.clock.now(),
            )
    except Refused as refused:
        return _page(request, desk, error=refused.detail, status=422)
    return RedirectResponse(f"{HOME}/experiments", status_code=303)


def _page(request: Request, desk: Desk, *, error: str = "", status: int = 200) -> Response:
    services = request.app.state.services
    today = business_date(services.clock.now())
    with services.database.reading() as conn:
        reports = [
            report_on(conn, one, today=today, policy=services.policy) for one in services.policy.experiments.rows
        ]
    return render(
        request,
        "experiments.html",
        status=status,
        desk=desk,
        reports=reports,
        today=today,
        measures=MEASURES,
        verdicts=VERDICTS,
        error=error,
        labels=labels,
    )
