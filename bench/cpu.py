"""How much CPU the processes of a server took: of its root, all below it, and those that have ended."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def seconds(root: int) -> float:
    """User and system time of a process and of everything below it, in seconds, to a hundredth."""
    table = _processes()
    family, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        family.append(pid)
        waiting += [child for child, (parent, _) in table.items() if parent == pid]
    return sum(table[pid][1] for pid in family if pid in table) / _TICKS


def _processes() -> dict[int, tuple[int, int]]:
    """Every process: its parent and its ticks, with those of the children it has buried."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it ended while we looked
                continue
            found[int(folder.name)] = (int(fields[1]), sum(map(int, fields[11:15])))
    return found


@dataclass
class Meter:
    """CPU by role between start() and stop(): {"web": 1.2, "worker": 0.8, …} in seconds."""

    roots: Mapping[str, int]
    taken: dict[str, float] = field(default_factory=dict)
    _before: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        """Remember what was used so far."""
        self._before = {role: seconds(pid) for role, pid in self.roots.items()}

    def stop(self) -> None:
        """Add what was used since start()."""
        for role, pid in self.roots.items():
            self.taken[role] = self.taken.get(role, 0.0) + seconds(pid) - self._before[role]


def shares(taken: Mapping[str, float]) -> str:
    """Who took how much of it, the largest first: "web 52 %, database 30 %, worker 18 %"; worker and worker1 together."""
    total = sum(taken.values()) or 1.0
    roles: dict[str, float] = {}
    for role, part in taken.items():
        roles[role.rstrip("0123456789")] = roles.get(role.rstrip("0123456789"), 0.0) + part
    ranked = sorted(roles.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{role} {part / total:.0%}".replace("%", " %") for role, part in ranked if part / total >= 0.005)
