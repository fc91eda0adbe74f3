"""All configuration, read from the environment and `.env`. Nothing else reads the environment."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import Invalid

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting by the name of its environment variable, in lower case. An empty variable counts as unset."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", env_ignore_empty=True, extra="ignore")

    timbre_data: Path = Field(default=ROOT / "data", description="where everything is kept")
    port: int = Field(default=8501, ge=1, le=65535, description="the app")
    api_port: int = Field(default=8600, ge=1, le=65535, description="the HTTP API")
    database_url: str | None = Field(default=None, description="PostgreSQL instead of SQLite")
    timbre_llm: str = Field(default="embedded", description="embedded, ollama/MODEL or openai/MODEL")
    timbre_model_path: Path | None = Field(default=None, description="another GGUF file for the embedded runtime")
    timbre_embedder: str = Field(default="minilm", description="minilm, or the folder of a sentence-transformers model")
    ollama_host: str = Field(default="http://127.0.0.1:11434", description="where Ollama is looked for")
    openai_base_url: str | None = Field(default=None, description="any OpenAI-compatible server")
    openai_api_key: SecretStr | None = Field(default=None, description="its key")
    timbre_price_in: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="price of a million tokens that a hosted model reads"
    )
    timbre_price_out: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="price of a million tokens that a hosted model writes"
    )
    timbre_price_training_hour: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="what an hour of training on this machine costs"
    )
    timbre_price_fal_picture: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="what a picture costs at fal, by your price list"
    )
    timbre_price_fal_training: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="what a portrait training of 1,000 steps costs at fal"
    )
    timbre_price_currency: str = Field(default="USD", max_length=12, description="the currency of these prices")
    notion_token: SecretStr | None = Field(default=None, description="token of an internal integration")
    notion_base_url: str = Field(default="https://api.notion.com", description="where Notion answers")
    notion_parent_page: str | None = Field(default=None, description="the page that gets the data sources")
    notion_requests_per_minute: int = Field(default=180, ge=1, description="Notion's budget for this connection")
    notion_settle_seconds: int = Field(
        default=120, ge=0, description="how long a row whose creation was not answered may still turn up in Notion"
    )
    notion_webhook_token: SecretStr | None = Field(
        default=None, description="verification token of Notion's webhooks; kept in a file when Notion sends one"
    )
    timbre_webhook_url: SecretStr | None = Field(
        default=None, description="where a finished form is sent by a button; never by itself"
    )
    timbre_secret_key: SecretStr | None = Field(default=None, description="signs what is sent there (HMAC-SHA256)")
    linkedin_access_token: SecretStr | None = Field(
        default=None, description="token that may post as a LinkedIn account"
    )
    linkedin_base_url: str = Field(default="https://api.linkedin.com", description="where LinkedIn answers")
    linkedin_version: str = Field(
        default="202608", pattern=r"^20\d{4}$", description="version of LinkedIn's API, a year and a month"
    )
    stability_api_key: SecretStr | None = Field(default=None, description="key of Stability's image models")
    stability_base_url: str = Field(default="https://api.stability.ai", description="where Stability answers")
    stability_grpc_host: str = Field(
        default="grpc.stability.ai:443", description="where Stability's older engines answer, over gRPC"
    )
    fal_key: SecretStr | None = Field(default=None, description="key of fal's image models and portrait trainer")
    fal_base_url: str = Field(default="https://queue.fal.run", description="where fal's queue answers")
    fal_rest_url: str = Field(default="https://rest.fal.ai", description="where fal takes files")
    fal_api_url: str = Field(default="https://api.fal.ai/v1", description="where fal hides files and deletes them")
    timbre_diffusion_model: Path | None = Field(
        default=None, description="the folder of a diffusers model (SDXL or smaller), for pictures made on this machine"
    )
    timbre_image_embedder: Path | None = Field(
        default=None, description="the folder of a CLIP or DINOv2 model, to measure how like a person pictures are"
    )
    timbre_api_token: SecretStr | None = Field(default=None, description="bearer token of the API; made when unset")
    timbre_api_bind: str = Field(default="127.0.0.1", description="the address that the API listens on")
    timbre_api_hosts: str = Field(default="", description="further host names that the API answers to, comma-separated")
    omp_wait_policy: Literal["active", "passive"] | None = Field(
        default=None, description="how idle model threads wait"
    )

    @field_validator("timbre_data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("database_url")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        if value and not re.match(r"(postgres|postgresql|postgresql\+psycopg)://", value):
            raise ValueError("it should begin with postgresql://; unset, SQLite in the data folder is used")
        return value

    @property
    def database(self) -> str:
        """The store's SQLAlchemy URL."""
        if self.database_url:
            head, _, tail = self.database_url.partition("://")
            return f"postgresql+psycopg://{tail}" if head in ("postgres", "postgresql") else self.database_url
        return f"sqlite:///{self.timbre_data / 'timbre.db'}"


@functools.cache
def settings() -> Settings:
    """The settings of this process. Tests call `settings.cache_clear()` after changing the environment.

    Raises Invalid that names each variable which cannot be used, never its value: it may be a secret.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = {str(e["loc"][0]).upper(): e["msg"].removeprefix("Value error, ") for e in error.errors()}
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise Invalid(f"The file .env cannot be read ({said}).", "Save it as UTF-8 text, then start again.") from None
    raise Invalid(
        "; ".join(f"{name}: {said[:1].lower()}{said[1:]}" for name, said in wrong.items()) + ". Nothing was started.",
        f"Correct {' and '.join(wrong)} in the environment or in .env, then start again.",
    )


def bare() -> dict[str, str]:
    """The environment of a helper process that reads what came from outside: what Python needs, and no secret."""
    needed = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
    return needed | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"}
