"""What granian serves: one process kind for pages, the API and event streams (docs/adr/0004)."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from sas.directory.gazetteer import gazetteer  # noqa: E402 — needs the settings that Django just read

gazetteer()  # 35,000 communes: read before the first regulator asks, and frozen with the rest
# What start-up made lives for ever: keep it out of the collector's sight, or each full collection walks it again.
gc.collect()
gc.freeze()
