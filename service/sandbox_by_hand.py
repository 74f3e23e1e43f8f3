"""The sandbox gateway of messages and calls as a process of its own: `xiaoqing sandbox-gateway`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.ready import clock_of, prepared
from service.screen import fail, screen


def sandbox_gateway(
    port: Annotated[int, typer.Option(min=1, max=65535, help="监听端口（只在本机）")] = 8090,
    seed: Annotated[int, typer.Option(help="随机种子，相同种子下同一条消息的遭遇相同")] = 7,
    behaviour: Annotated[
        Path | None, typer.Option(help="行为文件（概率与时延）；不写则用自带的", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """单独运行短信与语音的沙箱网关：会拒收、丢答复、超时，回执会迟到、重复、乱序。浏览器打开即可看到手机收到了什么。"""
    from tomllib import TOMLDecodeError

    import uvicorn

    from service.channels.sandbox.behaviour import FILE, read_behaviours
    from service.web import phone_sandbox

    config = prepared()
    try:
        behaviours = read_behaviours(behaviour or FILE)
    except (ValueError, TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise fail(f"{behaviour} 不能使用：{wrong}", code=2) from None
    sandbox = phone_sandbox(config, clock=clock_of(config), behaviours=behaviours, seed=seed)
    here = f"http://127.0.0.1:{port}"
    screen.print(f"沙箱网关：{here}  （回执发往 {config.service_url}）")
    screen.print(f"让 service 使用它：XIAOQING_SMS_URL={here}/sms XIAOQING_VOICE_URL={here}/voice")
    sandbox.start()
    try:
        uvicorn.run(sandbox.app(), host="127.0.0.1", port=port, log_level="warning", access_log=False, ws="none")
    finally:
        sandbox.stop()
