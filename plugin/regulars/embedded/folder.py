"""The data folder of the embedded set-up: root key, database, queue; made once by `regulars init` or `regulars up`."""

import fcntl
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from regulars.errors import SettingsError
from regulars.keys import new_root_key

_DEFAULT = "regulars-data"


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where everything of one installation lies."""

    path: Path

    @classmethod
    def from_environment(cls) -> "DataFolder":
        """The folder named by REGULARS_DATA, else regulars-data in the present directory."""
        return cls(Path(os.environ.get("REGULARS_DATA") or _DEFAULT).absolute())

    @property
    def root_key_file(self) -> Path:
        """The one key; keep a copy of it apart from copies of the database."""
        return self.path / "root.key"

    @property
    def database_file(self) -> Path:
        """The SQLite database."""
        return self.path / "regulars.sqlite3"

    @property
    def queue_folder(self) -> Path:
        """Where the queue server keeps its append-only file."""
        return self.path / "queue"

    def fresh_metrics(self) -> Path:
        """An empty folder in which web, worker and clock count together, so that /metrics tells of all three."""
        place = self.path / "metrics"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(mode=0o700)
        return place

    def make(self) -> None:
        """Make the folder and its root key, readable by their owner alone; what is there stays.

        Raises SettingsError when the place cannot be written.
        """
        try:
            self._make()
        except OSError as error:
            remedy = "choose another with --data or REGULARS_DATA"
            raise SettingsError(f"The data folder {self.path} cannot be made ({error.strerror}): {remedy}.") from error

    def _make(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.queue_folder.mkdir(mode=0o700, exist_ok=True)
        if not self.root_key_file.exists():
            handle = os.open(self.root_key_file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(new_root_key())

    def lock(self) -> IO[str]:
        """Keep the folder for this process, until the file that is given is closed. Raises SettingsError when it is taken.

        Two supervisors on one folder would fight over its queue server.
        """
        file = (self.path / "lock").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise SettingsError(f"{self.path} is in use by another `regulars up`; stop that one first.") from error
        return file

    def settings(self) -> dict[str, str]:
        """The settings that the folder stands for; none while it has not been made."""
        if not self.root_key_file.exists():
            return {}
        return {
            "REGULARS_ROOT_KEY": self.root_key_file.read_text(encoding="utf-8").strip(),
            "REGULARS_DATABASE_URL": f"sqlite:///{self.database_file}",
        }
