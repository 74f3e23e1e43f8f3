"""Where things are and which secrets open them; what the business decided is in `service/policy/`.

Every value comes from an environment variable `XIAOQING_<NAME>`, else from `var/secrets.env` (written by
`xiaoqing up`, readable by its owner only), else from the default here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("XIAOQING_DATA_DIR") or ROOT / "var")
SECRETS_FILE = DATA_DIR / "secrets.env"
SHORTEST_SIGNING_KEY = 32  # HS256 wants as many bytes as it makes (RFC 7518, 3.2): a short one is found from one token


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="XIAOQING_", env_file=SECRETS_FILE, extra="ignore")

    data_dir: Path = DATA_DIR
    database_url: str = ""
    service_host: str = "127.0.0.1"
    service_port: int = Field(8000, ge=1, le=65535)
    bot_port: int = Field(5005, ge=1, le=65535, description="several bots take the ports from here on")
    bot_processes: int = Field(1, ge=1, le=32, description="bots; each conversation has one of them for its own")
    actions_port: int = Field(5055, ge=1, le=65535)

    service_token: str = Field("", description="actions → service")
    bot_token: str = Field("", description="service → bot")
    actions_token: str = Field("", description="bot → actions")
    app_signing_key: str = Field("", description="HS256 key the lender's app signs borrowers' tokens with")
    statement_key: str = Field("", description="makes the verification codes of documents; never change it")
    legal_file_key: str = Field("", description="signs the legal files of debtors; empty: they are not signed")
    console_signing_key: str = ""
    console_password: str = Field("", description="the demo agent's password")

    demo: bool = Field(False, description="the demo log-in page, the sandbox gateways, the WeChat stand-in")
    payment_gateway_url: str = Field("", description="empty: the sandbox of this service (demo only)")
    payment_gateway_key: str = ""
    payment_delay_seconds: float = Field(2.0, gt=0, description="how long the sandbox takes for a payment")
    wechat_api_url: str = Field("", description="empty: the stand-in of this service (demo only)")
    wechat_app_id: str = ""
    wechat_app_secret: str = ""
    wechat_token: str = ""
    wechat_aes_key: str = ""
    wechat_previous_aes_key: str = ""
    wechat_notice_template: str = Field(
        "", description="id of the 订阅通知 template; empty: none (in a demo the stand-in's)"
    )
    wechat_notice_fields: tuple[str, ...] = Field(
        ("thing1", "thing2", "thing3"), description="its fields as JSON, in the order of the text's lines"
    )

    sms_url: str = Field("", description="empty: no text messages; in a demo the sandbox of this service")
    sms_key: str = ""
    sms_secret: str = ""
    voice_url: str = Field("", description="empty: no calls; in a demo the sandbox of this service")
    voice_key: str = ""
    voice_secret: str = ""

    clock_offset_seconds: int = Field(0, description="shifts the clock, to show the system at another hour")
    scheduler_seconds: int = Field(10, ge=1, description="how often the scheduler looks for what is due")
    workers: int = Field(4, ge=1, le=64, description="threads that answer borrowers")

    @field_validator("app_signing_key", "console_signing_key")
    @classmethod
    def _is_no_guess(cls, key: str) -> str:
        if 0 < len(key) < SHORTEST_SIGNING_KEY:
            raise ValueError(f"至少 {SHORTEST_SIGNING_KEY} 个字符")
        return key

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'xiaoqing.db'}"

    @property
    def propensity_model(self) -> Path:
        """Written by `xiaoqing propensity train`; without it rules decide."""
        return self.data_dir / "propensity.json"

    @property
    def sandbox_pays(self) -> bool:
        """Whether payments go to the sandbox of this service."""
        return self.demo and not self.payment_gateway_url

    @property
    def stands_in_for_wechat(self) -> bool:
        """Whether the stand-in of this service is WeChat."""
        return self.demo and not self.wechat_api_url

    @property
    def notice_template(self) -> str:
        """The template of the notices that borrowers may subscribe to, "" where there is none."""
        return self.wechat_notice_template or ("notice" if self.stands_in_for_wechat else "")

    @property
    def stands_in_for_phones(self) -> bool:
        """Whether text messages and calls go to the sandbox of this service."""
        return self.demo and not (self.sms_url or self.voice_url)

    @property
    def has_gateway(self) -> bool:
        """Whether there is anybody who takes payments."""
        return self.sandbox_pays or bool(self.payment_gateway_url and self.payment_gateway_key)

    @property
    def service_url(self) -> str:
        return f"http://127.0.0.1:{self.service_port}"

    @property
    def bot_ports(self) -> Mapping[str, int]:
        """By the name of the process."""
        return {f"bot-{n}" if n else "bot": self.bot_port + n for n in range(self.bot_processes)}

    @property
    def bot_urls(self) -> tuple[str, ...]:
        return tuple(f"http://127.0.0.1:{port}" for port in self.bot_ports.values())


@lru_cache
def settings() -> Settings:
    return Settings()
