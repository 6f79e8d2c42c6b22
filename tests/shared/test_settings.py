"""What the environment says."""

from pathlib import Path

import pytest

from shared.call import Effect
from shared.settings import HOSTED, NotConfigured, read_settings

NAMES = [
    "MISTRAL_API_KEY",
    "MISTRAL_SERVER_URL",
    "DATABASE_URL",
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_API_URL",
    "WORKFLOW_OPS_ALLOW",
    "WORKFLOW_OPS_AUDIT_READS",
    "WORKFLOW_OPS_STATE_DIR",
]


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_without_any_variable_it_reads_the_hosted_api_and_allows_reading() -> None:
    settings = read_settings()

    assert settings.server_url == HOSTED
    assert settings.allow is Effect.READ
    assert settings.audit_reads is False
    assert settings.database_url().startswith("sqlite+aiosqlite:////")
    assert settings.database_url().endswith("workflow-ops/workflow-ops.db")


def test_every_variable_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "sk-1")
    monkeypatch.setenv("MISTRAL_SERVER_URL", "http://127.0.0.1:8000/")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@h/db")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9000/api")
    monkeypatch.setenv("WORKFLOW_OPS_ALLOW", "Destructive")
    monkeypatch.setenv("WORKFLOW_OPS_AUDIT_READS", "1")
    monkeypatch.setenv("WORKFLOW_OPS_STATE_DIR", str(tmp_path))
    settings = read_settings()

    assert settings.key_for(sandbox=False) == "sk-1"
    assert settings.server_url == "http://127.0.0.1:8000"
    assert settings.database_url() == "postgresql+psycopg://u:p@h/db"
    assert settings.slack_bot_token is not None
    assert settings.slack_api_url == "http://127.0.0.1:9000/api"
    assert settings.allow is Effect.DESTRUCTIVE
    assert settings.audit_reads is True
    assert settings.state_dir == tmp_path


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MISTRAL_API_KEY", "DATABASE_URL", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.setenv(name, "hush-hush")

    assert "hush-hush" not in repr(read_settings())
    assert "hush-hush" not in str(read_settings().model_dump())


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "")
    monkeypatch.setenv("MISTRAL_SERVER_URL", "")
    settings = read_settings()

    assert settings.server_url == HOSTED
    assert settings.api_key is None


def test_no_key_and_no_sandbox_is_an_error_that_names_both() -> None:
    with pytest.raises(NotConfigured) as caught:
        read_settings().key_for(sandbox=False)

    assert "MISTRAL_API_KEY" in str(caught.value)
    assert "--sandbox" in str(caught.value)


def test_a_sandbox_needs_no_key() -> None:
    assert read_settings().key_for(sandbox=True) is None


def test_values_that_do_not_fit_are_named_by_their_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MISTRAL_SERVER_URL", "ftp://x")
    monkeypatch.setenv("WORKFLOW_OPS_ALLOW", "everything")
    monkeypatch.setenv("WORKFLOW_OPS_AUDIT_READS", "sometimes")

    with pytest.raises(NotConfigured) as caught:
        read_settings()

    assert str(caught.value) == (
        "Settings: MISTRAL_SERVER_URL must be an address such as https://api.mistral.ai; "
        "WORKFLOW_OPS_ALLOW must be 'read', 'write' or 'destructive'; "
        "WORKFLOW_OPS_AUDIT_READS must be true or false."
    )
