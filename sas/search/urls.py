"""The search: fixed paths of interfaces §2."""

app_name = "search"
urlpatterns: list[object] = []
