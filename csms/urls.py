"""URLs of the web process. Chargers have a process of their own: see gateway/."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView

from csms import metrics
from csms.console import joining

admin.autodiscover()


def alive(request: HttpRequest) -> HttpResponse:
    """The process runs and answers."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", include("csms.console.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("api.urls")),
    path("files/", include("firmware.urls")),
    path("invitation/<str:secret>/", joining.page, name="invitation"),
    path("livez", alive),
    path("metrics", metrics.page),
]
