"""The faults of a moment, and switching lasting ones on."""

from typing import TYPE_CHECKING

from simulator.faults import FLOOD_FRAMES, HUGE_FRAME_BYTES, Fault

if TYPE_CHECKING:
    from simulator.charger import Charger


async def misbehave(charger: "Charger", fault: Fault) -> None:
    match fault:
        case Fault.DROP_CONNECTION:
            await charger.go_offline()
        case Fault.HALF_OPEN:
            await charger.abandon_connection()
        case Fault.TRUNCATED_JSON:
            await charger.send_text(f'[2,"{charger.wire.new_message_id()}","MeterValues",{{"connectorId":1,"mete')
        case Fault.METER_RESET:
            for evse in charger.evse_list:
                evse.meter.energy_wh = 0.0
        case Fault.HUGE_FRAME:
            filler = "x" * HUGE_FRAME_BYTES
            await charger.send_text(f'[2,"{charger.wire.new_message_id()}","DataTransfer",{{"vendorId":"{filler}"}}]')
        case Fault.FLOOD:
            await charger.wire.flood(FLOOD_FRAMES)
        case _:
            charger.faults.active.add(fault)
