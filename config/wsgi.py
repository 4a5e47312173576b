"""What granian serves: one process kind for pages, the API and event streams (docs/adr/0004)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from config.collector import settle  # noqa: E402 — after the settings that Django just read
from sas.directory.gazetteer import gazetteer  # noqa: E402

gazetteer()  # 35,000 communes: read before the first regulator asks
settle()
