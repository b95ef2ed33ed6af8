"""Clusters the lines of a file with Drain3's defaults, and says what that took."""

import json
import logging
import resource
import sys
import time

from drain3 import TemplateMiner
from drain3.template_miner_config import TemplateMinerConfig

logging.disable(logging.CRITICAL)
with open(sys.argv[1], encoding="utf-8") as file:
    lines = file.read().splitlines()
miner = TemplateMiner(config=TemplateMinerConfig())
cpu, start = time.process_time(), time.monotonic()
for line in lines:
    miner.add_log_message(line)
spent = {
    "cpu_seconds": time.process_time() - cpu,
    "seconds": time.monotonic() - start,
    "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    "clusters": len(miner.drain.clusters),
}
print(json.dumps(spent))
