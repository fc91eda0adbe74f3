"""The model's server of the generation tests."""

from tests.core.generate.conftest import model, model_server

__all__ = ["model", "model_server"]
