"""/api/v1/: the routes of the router, its document, and where programs get access tokens."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView, SpectacularYAMLAPIView
from rest_framework.routers import SimpleRouter

from api.views import charging, commands, events, network, people, tokens
from api.views.missing import Nowhere

app_name = "api"

router = SimpleRouter()
router.register("organizations", network.OrganizationViews)
router.register("sites", network.SiteViews)
router.register("stations", network.StationViews)
router.register("evses", network.EvseViews)
router.register("variables", network.VariableViews)
router.register("sessions", charging.SessionViews)
router.register("anomalies", charging.AnomalyViews)
router.register("commands", commands.CommandViews)
router.register("events", events.EventViews)
router.register("drivers", people.DriverViews)
router.register("tokens", people.TokenViews)

urlpatterns = [
    path("openapi.json", SpectacularJSONAPIView.as_view(), name="document"),
    path("openapi.yaml", SpectacularYAMLAPIView.as_view(), name="document_yaml"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api:document", template_name="api/docs.html"),
        name="docs",
    ),
    path("oauth/token/", tokens.Tokens.as_view(), name="token"),
    path("oauth/revoke/", tokens.Revocation.as_view(), name="revoke"),
    path("", include(router.urls)),
    re_path("", Nowhere.as_view()),
]
