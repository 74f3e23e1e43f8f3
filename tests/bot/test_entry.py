"""The entry `python -m bot`: what it refuses, and that everything the YAML files name is really there."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def bot(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {k: v for k, v in os.environ.items() if not k.startswith("XIAOQING_")} | environment
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=120, check=False)


def named_classes() -> list[str]:
    config = yaml.safe_load((ROOT / "config.yml").read_text())
    endpoints = yaml.safe_load((ROOT / "bot/endpoints.yml").read_text())
    components = [part["name"] for part in (*config["pipeline"], *config["policies"])]
    channels = list(yaml.safe_load((ROOT / "bot/credentials.yml").read_text()))
    return [name for name in (*components, *channels, endpoints["tracker_store"]["type"]) if "." in name]


@pytest.mark.parametrize("name", named_classes())
def test_every_class_that_a_yaml_file_names_can_be_imported(name: str) -> None:
    module, _, cls = name.rpartition(".")
    assert isinstance(getattr(import_module(module), cls), type)


def test_the_yaml_files_do_name_classes_of_ours() -> None:
    assert len(named_classes()) >= 6


def test_it_does_not_listen_without_a_token(tmp_path: Path) -> None:
    refused = bot("run", "-m", str(tmp_path), XIAOQING_DATA_DIR=str(tmp_path))
    assert refused.returncode == 1
    assert "XIAOQING_BOT_TOKEN" in refused.stderr


@pytest.mark.parametrize("token", ["-cAb9", "--x_Y", "plain"])
def test_a_token_that_looks_like_an_option_is_read_as_a_token(tmp_path: Path, token: str) -> None:
    no_port = ("-p", "harbour")  # the parser reads the token first and then stops here, so that nothing listens
    refused = bot("run", "-m", str(tmp_path), *no_port, XIAOQING_DATA_DIR=str(tmp_path), XIAOQING_BOT_TOKEN=token)
    assert refused.returncode == 2
    assert "expected one argument" not in refused.stderr
    assert "invalid int value: 'harbour'" in refused.stderr


@pytest.mark.parametrize("neural", ["DIETClassifier", "rasa.nlu.classifiers.diet_classifier.DIETClassifier"])
def test_a_neural_component_in_the_configuration_is_one_clear_error(tmp_path: Path, neural: str) -> None:
    config = yaml.safe_load((ROOT / "config.yml").read_text())
    config["pipeline"].insert(1, {"name": neural})
    (tmp_path / "config.yml").write_text(yaml.safe_dump(config))
    (tmp_path / "nlu.yml").write_text('version: "3.1"\nnlu:\n- intent: affirm\n  examples: |\n    - 好\n    - 行\n')
    refused = bot(
        *("train", "nlu", "-c", str(tmp_path / "config.yml"), "-u", str(tmp_path / "nlu.yml"), "--out", str(tmp_path)),
        XIAOQING_DATA_DIR=str(tmp_path),
    )
    assert refused.returncode != 0
    assert "without TensorFlow" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_nothing_is_a_tensor_so_that_charts_are_drawn_beside_the_bot() -> None:
    import tensorflow

    assert tensorflow.is_tensor([1.0]) is False
