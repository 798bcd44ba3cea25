"""Where stations send files. Some append the name of the file with a slash, some without."""

from django.urls import re_path

from firmware import views
from firmware.addresses import SECRET

urlpatterns = [re_path(rf"^(?P<secret>{SECRET})/?(?P<name>[^/]*)$", views.files, name="files")]
