"""A real PostgreSQL for tests: started from the installed programs, in a folder of its own, as an ordinary user."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PASSWORD = "pg-planted-secret"
_FOLDERS = sorted(
    Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name) if p.parent.name.isdigit() else 0
)


def programs() -> Path | None:
    """The folder with initdb and pg_ctl, or None."""
    named = shutil.which("pg_ctl")
    places = [*reversed(_FOLDERS), *([Path(named).resolve().parent] if named else [])]
    return next((place for place in places if (place / "initdb").is_file() and (place / "pg_ctl").is_file()), None)


def ordinary_user() -> str | None:
    """Whom to run as when we are root, which PostgreSQL refuses; None: as we are."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Postgres:
    """One cluster; `stop` and `start` keep its data."""

    def __init__(self, programs: Path) -> None:
        self._programs, self._user = programs, ordinary_user()
        self.folder = Path(tempfile.mkdtemp(prefix="brandtune-pg-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        if self._user:
            for path in (self.folder, secret):
                shutil.chown(path, self._user)
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "reader", "-A", "scram-sha-256",
                  "--pwfile", str(secret), "-E", "UTF8", "--no-sync", "--locale=C")  # fmt: skip
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        identity = (
            {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid, "extra_groups": []} if self._user else {}
        )
        # Output goes to a file: a started server would keep a pipe open and us waiting.
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, timeout=60, cwd="/", **identity)

    def start(self) -> None:
        options = (
            f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        )
        self._run(
            "pg_ctl",
            "-D",
            str(self.folder / "data"),
            "-w",
            "-l",
            str(self.folder / "server.log"),
            "-o",
            options,
            "start",
        )

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", mode, "stop")
        time.sleep(0.05)

    @property
    def url(self) -> str:
        return f"postgresql://reader:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def remove(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):  # a test may have stopped it
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder.parent / f"{self.folder.name}.log").unlink(missing_ok=True)
