"""The closed loop alone: this gateway beside a bare server, its own server and a naive handler (``closed_loop.py``).

python -m csms.embedded exec --durable -- python -m benchmarks.ingest [--chargers 500] [--seconds 4] [--rounds 3]
"""

import sys

from benchmarks.__main__ import main

if __name__ == "__main__":
    main(["loop", *sys.argv[1:]])
