"""What happens to stations, announced when it is committed. Receivers are listed in docs/events.md."""

from django.dispatch import Signal

station_connected = Signal()  # station_id, connection_id
station_disconnected = Signal()  # station_id, connection_id
connector_changed = Signal()  # station_id, connector_id, status
command_finished = Signal()  # command_id, kind, status
