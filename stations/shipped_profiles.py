"""The vendor profiles we ship: what the field taught, with where it is known from.

``load_shipped_profiles`` brings them into the database after each ``migrate``. A profile that staff have edited stays
theirs; to be rid of one, disable it.
"""

from typing import NamedTuple

from stations.traits import Trait


class Shipped(NamedTuple):
    name: str
    vendor: str
    model: str
    firmware: str
    traits: tuple[Trait, ...]
    notes: str


SHIPPED: dict[str, Shipped] = {
    "wallbox": Shipped(
        "Wallbox",
        "wall*box*",
        "",
        "",
        (Trait.BOOTS_LATE, Trait.STACK_LEVEL_0, Trait.RELATIVE_ONLY),
        "Commands before the boot is answered make it boot again (lbbrhzn/ocpp 1503, 1510; evcc 27309). Stack level 0 "
        "only (evcc); relative profiles only (evcc 22139, 25042).",
    ),
    "abb": Shipped(
        "ABB",
        "abb*",
        "",
        "",
        (Trait.STACK_LEVEL_0, Trait.FEW_MEASURANDS),
        "Stack level 0 only (evcc). Accepts a long list of measurands and reboots (lbbrhzn/ocpp 1275).",
    ),
    "abb-terra": Shipped(
        "ABB Terra AC",
        "abb*",
        "*terra*",
        "",
        (Trait.SESSION_REGISTER,),
        "The register of its readings counts from the start of the session (lbbrhzn/ocpp 919).",
    ),
    "huawei": Shipped("Huawei", "huawei*", "", "", (Trait.WATTS_ONLY,), "Limits in watts only (evcc)."),
    "grizzl-e": Shipped(
        "Grizzl-E",
        "*united chargers*",
        "",
        "",
        (Trait.STATION_LIMIT_IGNORED,),
        "Accepts a limit of the whole station and does not obey it (firmware 03.09).",
    ),
    "grizzl-e-own-name": Shipped(
        "Grizzl-E, by its own name",
        "*grizzl*",
        "",
        "",
        (Trait.STATION_LIMIT_IGNORED,),
        "Accepts a limit of the whole station and does not obey it (firmware 03.09).",
    ),
    "en-plus": Shipped(
        "EN+",
        "en+*",
        "",
        "",
        (Trait.NEVER_PONGS, Trait.BOOTS_LATE),
        "Never answers WebSocket pings (lbbrhzn/ocpp 211). Commands before the boot confuse it (evcc 25069).",
    ),
    "foxess": Shipped(
        "FoxESS",
        "foxess*",
        "",
        "",
        (Trait.NEVER_REDIALS,),
        "Does not dial again after a close; a restart of the server within minutes leaves it offline.",
    ),
    "teison": Shipped("Teison", "teison*", "", "", (Trait.NEVER_REDIALS,), "Does not dial again after a close."),
    "smartevse": Shipped(
        "SmartEVSE", "smartevse*", "", "", (Trait.NEVER_REDIALS,), "Does not dial again after a close (SmartEVSE 202)."
    ),
    "alfen": Shipped(
        "Alfen", "alfen*", "", "", (Trait.HEX_TOKENS,), "Takes only hexadecimal tokens (lbbrhzn/ocpp 514)."
    ),
    "keba": Shipped(
        "KEBA master",
        "keba*",
        "*master*",
        "",
        (Trait.TOKEN_SUFFIX,),
        "One identity for several chargers; appends the serial number of the charger to the token (OCPP.Core).",
    ),
    "ev-server-schneider": Shipped(
        "Schneider",
        "schneider*",
        "",
        "",
        (Trait.NO_CONNECTOR_0,),
        "Takes limits only for its connectors (sap ev-server; lbbrhzn/ocpp 1736).",
    ),
}
