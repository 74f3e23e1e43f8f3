"""The bot's command line, `python -m bot run|train|test|shell|data …`: Rasa's own, without TensorFlow, kept quiet."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from bot import without_tensorflow

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
# Rasa gives up a conversation's lock after this; above the worst case: ten actions, as many as it lets a turn have, of
# eight seconds, after which `remote_action` ends each.
LOCK_SECONDS = 90
NEEDS_MODEL = {"run", "shell"}


def _prepare_environment() -> None:
    defaults = {
        "XIAOQING_DATA_DIR": str(ROOT / "var"),
        "XIAOQING_BOT_PORT": "5005",
        "XIAOQING_ACTIONS_PORT": "5055",
        "XIAOQING_BOT_TOKEN": "",
        "XIAOQING_ACTIONS_TOKEN": "",
        "TICKET_LOCK_LIFETIME": str(LOCK_SECONDS),
        # Rasa's cache knows a component by its class alone and would miss a change in bot/text; training is quick.
        "RASA_MAX_CACHE_SIZE": "0",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
    Path(os.environ["XIAOQING_DATA_DIR"]).mkdir(mode=0o700, parents=True, exist_ok=True)


def _import_rasa() -> Callable[[], None]:
    """Rasa's command line; deprecations of its dependencies are no news to whoever starts the bot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pkg_resources  # noqa: F401  warns of itself, else in the middle of a training
        import sanic.app  # noqa: F401  switches deprecation warnings on

        _ignore_deprecations()
        from rasa.__main__ import main
    _ignore_deprecations()
    if not sys.stdout.isatty():
        _hide_progress_bars()
    return main


def _ignore_deprecations() -> None:
    if not sys.warnoptions:
        for category in (DeprecationWarning, PendingDeprecationWarning, FutureWarning, SyntaxWarning):
            warnings.filterwarnings("ignore", category=category)


def _hide_progress_bars() -> None:
    """In a log each step of a bar is a line of its own; the components are named all the same."""
    from tqdm import tqdm

    shown = tqdm.__init__
    tqdm.__init__ = lambda self, *args, **kwargs: shown(self, *args, **{**kwargs, "disable": True})


def _serving_arguments() -> list[str]:
    token = os.environ["XIAOQING_BOT_TOKEN"]
    if not token:
        sys.exit("bot: XIAOQING_BOT_TOKEN is not set. The bot does not listen without a token.")
    return [
        *("-i", "127.0.0.1", "-p", os.environ["XIAOQING_BOT_PORT"]),
        *("--enable-api", f"--auth-token={token}"),  # "=": a token may begin with a dash like an option
        *("--credentials", str(HERE / "credentials.yml")),
        *("--endpoints", str(HERE / "endpoints.yml")),
    ]


def _arguments(given: list[str]) -> list[str]:
    """Rasa's arguments: ours first, so that what was typed wins."""
    command, rest = (given[0], given[1:]) if given else ("", [])
    if command in NEEDS_MODEL and not {"-m", "--model", "-h", "--help"} & set(rest) and not _models():
        sys.exit("bot: there is no model in models/. Train one first: python -m bot train")
    if command == "run":
        return [command, *_serving_arguments(), *rest]
    if command == "train":
        # `python -m bot data validate` checks; twelve seconds more for who only wants to start
        return [command, *rest, *([] if rest[:1] in (["nlu"], ["core"]) else ["--skip-validation"])]
    if command == "test" and "--no-plot" not in rest:
        return [*given, "--no-plot"]  # Rasa's histograms recurse without end in today's matplotlib
    if command == "shell" and rest[:1] != ["nlu"]:
        return [command, "--endpoints", str(HERE / "endpoints.yml"), *rest]
    return given


def _models() -> list[Path]:
    return list(Path("models").glob("*.tar.gz"))


def main() -> None:
    _prepare_environment()
    arguments = _arguments(sys.argv[1:])
    without_tensorflow.install()
    rasa_main = _import_rasa()
    from bot import one_pass, remote_action, validation

    without_tensorflow.refuse_neural_components()
    validation.install()
    if arguments[:1] == ["run"]:
        remote_action.install()
        one_pass.install()
    if arguments[:1] == ["test"]:
        # None of our policies extracts entities, and scikit-learn no longer counts an empty list of them.
        import rasa.core.test

        rasa.core.test.POLICIES_THAT_EXTRACT_ENTITIES = set()
    sys.argv = ["rasa", *arguments]
    try:
        rasa_main()
    except without_tensorflow.TensorFlowIsNotHere as missing:
        sys.exit(f"bot: {missing}")


if __name__ == "__main__":
    main()
