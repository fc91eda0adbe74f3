"""Exemplars: an author's own texts that help to write a new one, found through a LanceDB index that can be rebuilt."""

from core.exemplars.commands import Status, ensure, rebuild, request, status
from core.exemplars.retrieval import Exemplar, retrieve

__all__ = ["Exemplar", "Status", "ensure", "rebuild", "request", "retrieve", "status"]
