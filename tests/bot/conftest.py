"""The bot's tests run as the bot does: the stand-in for TensorFlow first, then Rasa."""

from __future__ import annotations

import os
import warnings

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ["RASA_MAX_CACHE_SIZE"] = "0"

from bot import without_tensorflow

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    without_tensorflow.install()
    import rasa.core.agent
    import rasa.core.run
    import rasa.model_training  # noqa: F401
