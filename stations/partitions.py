"""Which tables of this app are partitioned by time."""

from live.partitions import PartitionedTable, Step

FRAMES = PartitionedTable("stations_frame", time_column="at", step=Step.DAY, ahead=7)
