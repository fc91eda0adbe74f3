"""The lab's tests write with the pipeline's model server."""

from tests.core.generate.conftest import model, model_server

__all__ = ["model", "model_server"]
