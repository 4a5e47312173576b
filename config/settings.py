"""Django's settings. Environments differ by variables only: see config/environment.py and docs/settings.md."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF, STRICT_DYNAMIC

from config.environment import InvalidEnvironmentError, read_environment

try:
    ENVIRONMENT = read_environment(os.environ)
except InvalidEnvironmentError as error:
    sys.exit(str(error))

EMAIL_BACKENDS = {"console": "console", "file": "filebased", "smtp": "smtp", "memory": "locmem"}
BASE_URL = ENVIRONMENT.base_url
SECURE = BASE_URL.startswith("https://")
SECRET_KEY = ENVIRONMENT.secret_key
DEBUG = False
ALLOWED_HOSTS = [*ENVIRONMENT.allowed_hosts, *(["testserver"] if ENVIRONMENT.environment == "test" else [])]

INSTALLED_APPS = [
    "sas.web",
    "sas.directory",
    "sas.accounts",
    "sas.participation",
    "sas.agenda",
    "sas.aggregator",
    "sas.lrm",
    "sas.search",
    "sas.orientation",
    "demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "procrastinate.contrib.django",
    "django_htmx",
    "widget_tweaks",
    "dsfr",
    "django.forms",
    "csp",
]
if ENVIRONMENT.production:
    INSTALLED_APPS.remove("demo")

MIDDLEWARE = [
    "sas.web.proxies.TrustedProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "sas.web.errors.UnreadableAddressMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sas.web.audit.ActingMiddleware",
    "sas.web.private_pages.PrivatePagesMiddleware",
    "sas.accounts.gate.GateMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "sas.web.errors.RefusedMethodMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

CONTEXT_PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "sas.web.context.shell",
    "sas.accounts.navigation.navigation",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": CONTEXT_PROCESSORS, "builtins": ["django.templatetags.static"]},
    },
    {
        # Result cards only: they are rendered by the hundred while someone is on the phone.
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {"environment": "sas.web.jinja.environment"},
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": ENVIRONMENT.database_settings}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# E-mail is unique whatever its case, by a database constraint that this check does not know.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by people who answer for them, never by sign-up
ACCOUNT_ADAPTER = "sas.accounts.adapter.ClosedSignUpAdapter"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "break_glass": "10/m/ip,5/5m/key"}

MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A key that opens a session alone proves who holds it, in every ceremony: with « preferred », the challenge of a second
# step could be answered by a stolen key without its PIN, then sent to the sign-in by passkey.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE  # the demonstration on http://localhost
MFA_ALLOW_UNVERIFIED_EMAIL = True  # accounts are made by people who answer for their address
MFA_TOTP_ISSUER = "Plateforme SAS"
MFA_ADAPTER = "sas.accounts.adapter.SecondFactorAdapter"
MFA_TOTP_TOLERANCE = 1  # a phone whose clock is half a minute wrong
PASSWORD_RESET_TIMEOUT = 2 * 3600

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "web_cache",
        # It counts attempts to enter: beyond 300 rows (the default) it forgets a third, live ones included, and every
        # throttle is lifted. Rows of a few hundred bytes, of which those that are over go first.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = int(ENVIRONMENT.entering.session_limit.total_seconds())
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "sas.web.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.trusted_proxies else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
TILES = urlsplit(ENVIRONMENT.tiles_url)
TILES_HOST = [f"{TILES.scheme}://{TILES.netloc}"] if ENVIRONMENT.tiles_url else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [NONCE, STRICT_DYNAMIC],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *TILES_HOST],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

PROCRASTINATE_ON_APP_READY = "sas.web.job_failures.configure"

EMAIL_BACKEND = f"django.core.mail.backends.{EMAIL_BACKENDS[ENVIRONMENT.email.kind]}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = ENVIRONMENT.email.host, ENVIRONMENT.email.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = ENVIRONMENT.email.user, ENVIRONMENT.email.password
EMAIL_USE_TLS, EMAIL_USE_SSL = ENVIRONMENT.email.tls == "starttls", ENVIRONMENT.email.tls == "implicit"
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = ENVIRONMENT.email.path
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.email_from

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
USE_I18N = True
USE_TZ = True
# What a page shows when no place gives its own time zone; slots always carry the zone of their place.
TIME_ZONE = "Europe/Paris"

STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.data_dir / "static"
# Leaflet's own files, from the package that carries them: its Django part asks for GDAL, so it is never installed.
LEAFLET = find_spec("leaflet")
STATICFILES_DIRS = [
    ("leaflet", str(Path(folder) / "static/leaflet"))
    for folder in (LEAFLET.submodule_search_locations or [] if LEAFLET else [])
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# The product's own settings, read by their package only.
SAS_DEMO = ENVIRONMENT.environment == "demo"
SAS_DATA_DIR = ENVIRONMENT.data_dir
SAS_ORIGIN = ENVIRONMENT.origin
SAS_GEOCODER_URL = ENVIRONMENT.geocoder_url
SAS_TILES_URL = ENVIRONMENT.tiles_url
SAS_TILES_ATTRIBUTION = ENVIRONMENT.tiles_attribution
SAS_SEARCH_DAYS = ENVIRONMENT.search_days
SAS_SEARCH_LOT = 200  # professionals asked about at once: one page, one count (« 200+ » beyond)
SAS_SEARCH_ENOUGH = 5  # with fewer professionals who have slots, the radius widens by itself (platform.md §3.6)
SAS_EDITOR_DEADLINE = ENVIRONMENT.editor_deadline
SAS_EDITOR_TIMEOUT = ENVIRONMENT.editor_timeout
SAS_CACHE_SECONDS = ENVIRONMENT.cache_seconds
SAS_FHIR_AUTH = ENVIRONMENT.fhir_auth  # how callers of /fhir/ are known: token, mtls or both
SAS_TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
SAS_ENTERING = ENVIRONMENT.entering  # Pro Santé Connect, passwords, sessions, invitations, dormant accounts
SAS_HUB = ENVIRONMENT.hub  # the Hub Santé, through which LRMs are told of orientations
SAS_DELEGATION_DAYS = 365  # the longest a delegation lasts, from the day it is given (platform.md §2.6)
SAS_TERMS_VERSION = "2026-11"  # of sas/accounts/templates/accounts/own/terms.html; empty: nothing to accept
SAS_BASE_URL = BASE_URL

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"links": {"()": "sas.web.safe_logs.WithoutLinks"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["links"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"sas": {"level": "INFO"}},
}
