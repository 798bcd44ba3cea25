"""Which tables of this app are partitioned by time."""

from live.partitions import PartitionedTable, Step

READINGS = PartitionedTable("charging_meterreading", time_column="at", step=Step.MONTH, ahead=2)
