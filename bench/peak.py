"""Run a command and write down the most memory that it, or a process below it, ever had: `python -m bench.peak FILE COMMAND…`.

A process inherits the peak of whoever started it. The bench itself is large, so a small process stands between the two.
"""

import resource
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    exit_code = subprocess.call(sys.argv[2:])
    peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    Path(sys.argv[1]).write_text(str(peak_kib), encoding="ascii")
    sys.exit(exit_code)
