"""Kinds of connectors and of their supply."""

from django.db import models


class ConnectorType(models.TextChoices):
    """In the words of OCPP 2.0.1 ConnectorEnumType; those that are seen everywhere come first."""

    TYPE_2 = "cType2", "Type 2 cable"
    TYPE_2_SOCKET = "sType2", "Type 2 socket"
    TYPE_1 = "cType1", "Type 1 cable"
    CCS_2 = "cCCS2", "CCS 2"
    CCS_1 = "cCCS1", "CCS 1"
    CHADEMO = "cG105", "CHAdeMO"
    NACS = "cTesla", "NACS"
    SCHUKO = "sCEE-7-7", "Schuko socket"
    TYPE_3 = "sType3", "Type 3 socket"
    GBT = "cGBT", "GB/T"
    CHAOJI = "cChaoJi", "ChaoJi"
    BS_1363 = "sBS1361", "British socket"
    CEE_BLUE_16 = "s309-1P-16A", "CEE socket, 1 phase, 16 A"
    CEE_BLUE_32 = "s309-1P-32A", "CEE socket, 1 phase, 32 A"
    CEE_RED_16 = "s309-3P-16A", "CEE socket, 3 phases, 16 A"
    CEE_RED_32 = "s309-3P-32A", "CEE socket, 3 phases, 32 A"
    PANTOGRAPH_DOWN = "OppCharge", "Pantograph on the roof (OppCharge)"
    PANTOGRAPH = "Pan", "Pantograph"
    INDUCTIVE = "wInductive", "Wireless, inductive"
    RESONANT = "wResonant", "Wireless, resonant"
    OTHER_1_PHASE_16 = "Other1PhMax16A", "Other, 1 phase, up to 16 A"
    OTHER_1_PHASE_OVER_16 = "Other1PhOver16A", "Other, 1 phase, over 16 A"
    OTHER_3_PHASE = "Other3Ph", "Other, 3 phases"
    UNDETERMINED = "Undetermined", "Not determined"
    UNKNOWN = "Unknown", "Unknown"


class PowerType(models.TextChoices):
    AC_1 = "ac_1", "AC, 1 phase"
    AC_2 = "ac_2", "AC, 2 phases"
    AC_3 = "ac_3", "AC, 3 phases"
    DC = "dc", "DC"


# OCPP 2.0.1 part 2, appendix 3.1: SupplyPhases, of which none is direct current.
OF_PHASES = {"0": PowerType.DC, "1": PowerType.AC_1, "2": PowerType.AC_2, "3": PowerType.AC_3}
