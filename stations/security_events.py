"""OCPP's security events: which are critical, and which of them call for somebody to look.

1.6 security whitepaper §8, OCPP 2.0.1 and 2.1 part 2 appendix 1. Where the lists disagree, the stricter counts. Names
have no case, and 1.6 and 2.x name some differently.
"""

# Critical by the lists, and a part of daily life: each boot tells some of them.
ROUTINE = frozenset({"firmwareupdated", "settingsystemtime", "startupofthedevice", "resetorreboot"})
CRITICAL = ROUTINE | frozenset(
    {
        *("securitylogwascleared", "memoryexhaustion", "tamperdetectionactivated"),
        *("invalidfirmwaresignature", "invalidfirmwaresigningcertificate"),
        *("invalidcentralsystemcertificate", "invalidcsmscertificate"),
        *("invalidchargepointcertificate", "invalidchargingstationcertificate"),
        *("invalidtlsversion", "invalidtlsciphersuite", "maintenanceloginaccepted", "maintenanceloginfailed"),
    }
)
# Not critical by the lists, yet what an attack would look like.
SUSPICIOUS = frozenset({"attemptedreplayattacks", "proxyheadersforged"})
# Ours, of no list.
FORGED_HEADERS = "ProxyHeadersForged"


def is_critical(kind: str) -> bool:
    return kind.casefold() in CRITICAL


def is_alarm(kind: str) -> bool:
    return kind.casefold() in (CRITICAL - ROUTINE) | SUSPICIOUS
