"""What a trained model is made of, and so what makes it old; and keys that are too short to sign with."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from service import prepare
from service.settings import Settings


@pytest.mark.parametrize("changed", ["domain.yml", "uv.lock", "data/nlu.yml", "bot/text/dates.py"])
def test_a_model_is_old_when_what_it_was_made_from_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    """The lock file, too: the model is a pickle, and another scikit-learn may read it otherwise."""
    for name in ("config.yml", "domain.yml", "uv.lock", "data/nlu.yml", "bot/components/a.py", "bot/text/dates.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one")
    (tmp_path / "models").mkdir()
    (tmp_path / "models/a.tar.gz").touch()
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    monkeypatch.setattr(prepare, "FINGERPRINT", tmp_path / "models/trained-on.sha256")
    prepare.FINGERPRINT.write_text(prepare.fingerprint() + "\n")
    assert prepare.model_is_current()
    (tmp_path / changed).write_text("two")
    assert not prepare.model_is_current()


@pytest.mark.parametrize("name", ["app_signing_key", "console_signing_key"])
def test_a_signing_key_that_could_be_found_by_trying_is_refused_with_its_name_and_why(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(_env_file=None, **{name: "k" * 31})
    told = prepare.what_is_wrong(refused.value) or ""
    assert f"XIAOQING_{name.upper()}（至少 32 个字符）" in told
    assert "kkk" not in told
    for fits in ("k" * 32, ""):
        assert getattr(Settings(_env_file=None, **{name: fits}), name) == fits
