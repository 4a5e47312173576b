"""Variables are read once, wrong ones are all named, and nothing secret is repeated in a message."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.environment import DEFAULTS, REPOSITORY, InvalidEnvironmentError, kept_secret_key, read_environment

LONG_KEY = "k" * 50
PRODUCTION = {
    "SAS_ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://sas:secret@db.example:5432/sas?sslmode=verify-full&sslrootcert=/etc/ca.pem",
    "SAS_SECRET_KEY": LONG_KEY,
    "SAS_ALLOWED_HOSTS": "sas.example, www.sas.example",
    "SAS_BASE_URL": "https://sas.example/",
    "SAS_EMAIL_URL": "smtp://sas:secret@smtp.example:587?tls=starttls",
}


def refusal(**variables: str) -> str:
    with pytest.raises(InvalidEnvironmentError) as caught:
        read_environment({"SAS_ENVIRONMENT": "test", **variables})
    return str(caught.value)


def test_an_empty_environment_gives_a_demo_on_the_loopback_address(tmp_path: Path) -> None:
    env = read_environment({"SAS_DATA_DIR": str(tmp_path)})
    assert (env.environment, env.base_url, env.origin) == ("demo", "http://127.0.0.1:8000", "sas")
    assert env.allowed_hosts == ("127.0.0.1", "localhost")
    assert (env.database, env.geocoder_url, env.production) == (None, "", False)
    assert (env.editor_deadline, env.editor_timeout, env.search_days) == (2.5, 7.0, 3)


def test_a_complete_production_environment_is_read() -> None:
    env = read_environment({**PRODUCTION, "SAS_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8"})
    assert env.production
    assert env.base_url == "https://sas.example"
    assert env.allowed_hosts == ("sas.example", "www.sas.example")
    assert [str(network) for network in env.trusted_proxies] == ["127.0.0.1/32", "10.0.0.0/8"]
    options = env.database_settings["OPTIONS"]
    assert options["sslmode"] == "verify-full"
    assert options["sslrootcert"] == "/etc/ca.pem"
    assert options["pool"] == {"min_size": 2, "max_size": 8, "timeout": 5}


@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "SAS_SECRET_KEY", "SAS_ALLOWED_HOSTS", "SAS_BASE_URL", "SAS_EMAIL_URL"]
)
def test_production_refuses_to_start_without_what_protects_it(name: str) -> None:
    incomplete = {key: value for key, value in PRODUCTION.items() if key != name}
    assert f"  {name} : " in refusal(**incomplete)


def test_every_mistake_is_named_in_one_message() -> None:
    message = refusal(SAS_EDITOR_TIMEOUT="30", SAS_BASE_URL="sas.example", SAS_ORIGIN="a b&c")
    assert re.findall(r"^  (\w+) : ", message, re.MULTILINE) == ["SAS_BASE_URL", "SAS_EDITOR_TIMEOUT", "SAS_ORIGIN"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SAS_ENVIRONMENT", "prod"),
        ("SAS_DATA_DIR", str(Path(__file__))),
        ("SAS_DATA_DIR", "~nobody-has-this-name/data"),
        ("SAS_DATA_DIR", "a" * 5000),
        ("SAS_DATA_DIR", "a\0b"),
        ("SAS_BASE_URL", "http://[::1"),
        ("SAS_BASE_URL", "http://user@sas.example"),
        ("SAS_GEOCODER_URL", "ftp://adresse.example"),
        ("SAS_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("SAS_SECRET_KEY", "court"),
        ("SAS_SEARCH_DAYS", "0"),
        ("SAS_SEARCH_DAYS", "²"),
        ("SAS_EDITOR_DEADLINE", "inf"),
        ("SAS_EDITOR_DEADLINE", "nan"),
        ("SAS_CACHE_SECONDS", "-1"),
        ("SAS_FHIR_AUTH", "none"),
        ("SAS_FHIR_AUTH", "mtls"),  # which nobody could pass without a trusted proxy
        ("DATABASE_URL", "sqlite:///db.sqlite3"),
        ("DATABASE_URL", "postgresql://sas@localhost:5432"),
        ("DATABASE_URL", "postgresql://sas@localhost/sas?unknown=1"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(name: str, value: str) -> None:
    assert f"  {name} : " in refusal(**{name: value})


def test_the_first_answer_is_never_due_after_the_last_one() -> None:
    env = read_environment({"SAS_ENVIRONMENT": "test", "SAS_EDITOR_TIMEOUT": "1"})
    assert (env.editor_deadline, env.editor_timeout) == (1.0, 1.0)


@pytest.mark.parametrize("url", ["postgresql://sas:hun@ter2@db/sas", "postgresql://sas:hunter2@db:port/sas"])
def test_a_refused_database_address_is_not_repeated_since_it_holds_a_password(url: str) -> None:
    message = refusal(DATABASE_URL=url)
    assert "DATABASE_URL" in message
    assert "ter2" not in message


def test_a_password_is_percent_decoded() -> None:
    env = read_environment({**PRODUCTION, "DATABASE_URL": "postgres://s%40s:p%2Fw%20%25@[::1]:5433/ma%20base"})
    settings = env.database_settings
    assert (settings["USER"], settings["PASSWORD"], settings["NAME"]) == ("s@s", "p/w %", "ma base")
    assert (settings["HOST"], settings["PORT"]) == ("::1", "5433")


def test_a_relative_data_directory_starts_at_the_repository_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    env = read_environment({"SAS_ENVIRONMENT": "test", "SAS_DATA_DIR": "données"})
    assert env.data_dir == REPOSITORY / "données"


def test_processes_that_start_together_get_the_same_private_secret_key(tmp_path: Path) -> None:
    data_dir = tmp_path / "new"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: kept_secret_key(data_dir), range(32)))
    assert len(keys) == 1
    assert read_environment({"SAS_DATA_DIR": str(data_dir)}).secret_key in keys
    assert stat.S_IMODE((data_dir / "secret-key").stat().st_mode) == 0o600
    assert [path.name for path in data_dir.iterdir()] == ["secret-key"]


def test_tests_leave_no_secret_key_behind(tmp_path: Path) -> None:
    env = read_environment({"SAS_ENVIRONMENT": "test", "SAS_DATA_DIR": str(tmp_path)})
    assert len(env.secret_key) >= 50
    assert not list(tmp_path.iterdir())


@given(st.sampled_from(sorted(DEFAULTS)), st.text(max_size=60))
def test_no_text_makes_the_reader_fail_in_another_way(name: str, text: str) -> None:
    others = {"SAS_ENVIRONMENT": "test", "SAS_SECRET_KEY": LONG_KEY, "SAS_DATA_DIR": "x"}
    try:
        read_environment({**others, name: text})
    except InvalidEnvironmentError as error:
        said = str(error)
    else:
        said = name
    assert name in said


def test_the_operators_page_lists_every_variable_with_its_default() -> None:
    page = (REPOSITORY / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`|\(vide\)) \|", page, re.MULTILINE)
    assert dict(rows) == DEFAULTS
    assert len(rows) == len(DEFAULTS)


@pytest.mark.parametrize(
    "address",
    [
        "https://cartes.example/{z}/{x}.png",
        "ftp://cartes.example/{z}/{x}/{y}.png",
        "https:///{z}/{x}/{y}.png",
        "https://cartes.example;script-src/{z}/{x}/{y}.png",
        "https://qui@cartes.example/{z}/{x}/{y}.png",
        "https://cartes.example/{z}/{x}/{y} .png",
        "https://{z}{x}{y}",
    ],
)
def test_an_address_of_tiles_that_cannot_be_one_is_refused(address: str) -> None:
    assert "  SAS_TILES_URL : " in refusal(SAS_TILES_URL=address)


def test_tiles_are_off_unless_said_and_keep_their_address() -> None:
    assert read_environment({"SAS_ENVIRONMENT": "test"}).tiles_url == ""
    address = "https://data.example/wmts?TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"
    assert read_environment({"SAS_ENVIRONMENT": "test", "SAS_TILES_URL": address}).tiles_url == address
    assert "  SAS_TILES_ATTRIBUTION : " in refusal(SAS_TILES_ATTRIBUTION="a\nb")


def test_the_hub_is_off_unless_said_and_asks_for_what_it_needs(tmp_path: Path) -> None:
    assert not read_environment({"SAS_ENVIRONMENT": "test"}).hub.enabled
    assert re.findall(r"^  (\w+) : ", refusal(HUB_ENABLED="yes"), re.MULTILINE) == ["HUB_URL", "HUB_CLIENT_ID"]
    told = {"HUB_ENABLED": "yes", "HUB_CLIENT_ID": "fr.health.test.ptfsas"}
    over_tls = refusal(**told, HUB_URL="amqps://hub.example:5671/15-sas_v1.0")
    assert re.findall(r"^  (\w+) : ", over_tls, re.MULTILINE) == ["HUB_CERT", "HUB_KEY", "HUB_CA"]
    pem = tmp_path / "sas.pem"
    pem.write_text("…", encoding="utf-8")
    files = dict.fromkeys(("HUB_CERT", "HUB_KEY", "HUB_CA"), str(pem))
    hub = read_environment({"SAS_ENVIRONMENT": "test", **told, **files, "HUB_URL": "amqps://hub.example/v"}).hub
    assert (hub.enabled, hub.certificate, hub.url) == (True, str(pem), "amqps://hub.example/v")


def test_the_password_of_the_hub_never_travels_in_clear_in_production() -> None:
    address = "amqp://nom:mot-de-passe@hub.example/v"
    message = refusal(**PRODUCTION, HUB_ENABLED="yes", HUB_CLIENT_ID="fr.health.ptfsas", HUB_URL=address)
    assert "  HUB_URL : " in message
    assert "mot-de-passe" not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUB_ENABLED", "oui"),
        ("HUB_URL", "https://hub.example/v"),
        ("HUB_URL", "amqps://:secret@/v"),
        ("HUB_URL", "amqps://hub.example/v?auth=PLAIN"),
        ("HUB_CLIENT_ID", "fr.health.ptf_sas"),
        ("HUB_CERT", "/nothing/there.pem"),
        ("HUB_MESSAGE_HOURS", "0"),
    ],
)
def test_a_setting_of_the_hub_that_cannot_be_one_is_refused(name: str, value: str) -> None:
    message = refusal(**{name: value})
    assert f"  {name} : " in message
    assert "secret" not in message
