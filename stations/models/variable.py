"""What a station reports of itself: OCPP 2.x component variables and OCPP 1.6 configuration keys in one table."""

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Upper

from accounts.scoping import TenantQuerySet


class AttributeType(models.TextChoices):
    ACTUAL = "Actual", "Actual"
    TARGET = "Target", "Target"
    MIN_SET = "MinSet", "Minimum"
    MAX_SET = "MaxSet", "Maximum"


class Mutability(models.TextChoices):
    READ_ONLY = "ReadOnly", "Read only"
    WRITE_ONLY = "WriteOnly", "Write only"
    READ_WRITE = "ReadWrite", "Read and write"


class Variable(models.Model):
    """One attribute of one variable. For OCPP 1.6 the component is empty and the name is the key."""

    organization_path = "station__organization"

    station = models.ForeignKey("ChargingStation", on_delete=models.CASCADE, related_name="variables")
    component = models.CharField(max_length=50, blank=True)
    component_instance = models.CharField(max_length=50, blank=True)
    evse_number = models.PositiveSmallIntegerField(null=True)
    connector_number = models.PositiveSmallIntegerField(null=True)
    name = models.CharField(max_length=50)
    instance = models.CharField(max_length=50, blank=True)
    attribute = models.CharField(max_length=10, choices=AttributeType, default=AttributeType.ACTUAL)
    value = models.TextField(blank=True, help_text="Empty when the station reported none or must not tell")
    mutability = models.CharField(max_length=10, choices=Mutability, default=Mutability.READ_WRITE)
    unit = models.CharField(max_length=20, blank=True)
    data_type = models.CharField(max_length=20, blank=True)
    values_list = models.TextField(blank=True, help_text="Allowed values, separated by commas")
    min_limit = models.FloatField(null=True, help_text="Smallest number allowed, in the variable's unit")
    max_limit = models.FloatField(
        null=True, help_text="Largest number allowed, in the variable's unit; of a text or list, its longest length"
    )
    updated_at = models.DateTimeField(help_text="When the station reported it")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["component", "component_instance", "evse_number", "name", "instance"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "station",
                    "component",
                    "component_instance",
                    "evse_number",
                    "connector_number",
                    "name",
                    "instance",
                    "attribute",
                ],
                name="unique_variable_attribute",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(OpClass(Upper("name"), name="text_pattern_ops"), name="variables_by_name"),
            models.Index(OpClass(Upper("component"), name="text_pattern_ops"), name="variables_by_component"),
        ]

    def __str__(self) -> str:
        return f"{self.component}.{self.name}" if self.component else self.name
