"""What calls cost: tokens, seconds and money. What runs on one's own machine costs nothing."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from core.config import settings

UNSET = "price not set (TIMBRE_PRICE_IN and TIMBRE_PRICE_OUT, for a million tokens)"


@dataclass(frozen=True)
class Cost:
    """Money in `currency`; `amount` is None where nobody has said what a token costs. `said` is for people."""

    amount: float | None
    currency: str
    said: str


@dataclass(frozen=True)
class Spent:
    """Tokens, seconds of model time (calls at the same time add up) and cost of several calls."""

    tokens_in: int
    tokens_out: int
    seconds: float
    cost: Cost
    said: str


class Call(Protocol):
    """What a record of a model call has."""

    @property
    def model(self) -> str:
        """Provider and name, as `Model.id` has them."""

    @property
    def tokens_in(self) -> int:
        """Tokens read."""

    @property
    def tokens_out(self) -> int:
        """Tokens written."""

    @property
    def milliseconds(self) -> int:
        """How long it took."""


def cost(model_id: str, tokens_in: int, tokens_out: int) -> Cost:
    """What a call of that model (as `Model.id` has it) costs, by the prices in the settings."""
    current = settings()
    unit = current.timbre_price_currency
    if not hosted(model_id):
        return Cost(0.0, unit, "no cost: it runs on your own machine")
    if current.timbre_price_in is None or current.timbre_price_out is None:
        if current.openai_base_url and own(current.openai_base_url):
            return Cost(0.0, unit, "no cost: it runs on your own machine or network")
        return Cost(None, unit, UNSET)
    amount = (tokens_in * current.timbre_price_in + tokens_out * current.timbre_price_out) / 1e6
    return Cost(amount, unit, said(amount, unit))


def price(model_id: str) -> str:
    """What a million tokens of that model cost, as people say it."""
    read, written = cost(model_id, 1_000_000, 0), cost(model_id, 0, 1_000_000)
    if not read.amount and not written.amount:
        return read.said
    return f"{read.said} for a million tokens read, {written.said} written"


def spent(calls: Iterable[Call]) -> Spent:
    """What these calls came to; a sum holds no amount as soon as one of them has none."""
    rows = list(calls)
    tokens_in, tokens_out = sum(r.tokens_in for r in rows), sum(r.tokens_out for r in rows)
    seconds = sum(r.milliseconds for r in rows) / 1000
    costs = [cost(r.model, r.tokens_in, r.tokens_out) for r in rows]
    whole = _sum(costs)
    if not rows:
        return Spent(0, 0, 0.0, whole, "No model was asked.")
    counted = (
        f"{tokens_in:,} tokens read and {tokens_out:,} written" if tokens_in + tokens_out else "tokens not counted"
    )
    number = "1 call" if len(rows) == 1 else f"{len(rows)} calls"
    return Spent(
        tokens_in, tokens_out, seconds, whole, f"{number}, {counted}, {seconds:.1f} s of model time; {whole.said}."
    )


def _sum(costs: list[Cost]) -> Cost:
    unit = settings().timbre_price_currency
    unknown = next((c for c in costs if c.amount is None), None)
    if unknown is not None:
        return unknown
    amount = sum(c.amount or 0.0 for c in costs)
    if amount == 0:
        return costs[0] if costs else Cost(0.0, unit, "no cost")
    return Cost(amount, unit, said(amount, unit))


def said(amount: float, unit: str) -> str:
    """An amount as people say it: cents where it has any, else two significant digits."""
    return f"{amount:.2f} {unit}" if amount >= 0.1 or amount == 0 else f"{amount:.2g} {unit}"


def hosted(model_id: str) -> bool:
    """Whether its tokens may cost money: what an OpenAI-compatible server gives, and Ollama's models in the cloud."""
    provider, _, name = model_id.partition("/")
    return provider == "openai" or (provider == "ollama" and name.endswith(("-cloud", ":cloud")))


def own(url: str) -> bool:
    """Whether an address is of this machine or of a private network, as far as it says so without being asked."""
    host = (urlsplit(url).hostname or "").lower()
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".lan")) or "." not in host + ":":
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False
