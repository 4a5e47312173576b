"""What granian serves: one process kind for pages, the API and event streams (docs/adr/0004)."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
# What start-up made lives for ever: keep it out of the collector's sight, or each full collection walks it again.
gc.collect()
gc.freeze()
