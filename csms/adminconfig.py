"""Which admin site is the default one."""

from django.contrib.admin.apps import AdminConfig


class ConsoleAdminConfig(AdminConfig):
    default_site = "csms.adminsite.ConsoleSite"
