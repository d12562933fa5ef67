"""Run the real Terraform in a folder of its own, against nothing but this machine.

``Workspace`` runs it, ``moto_server`` plays AWS for it, ``parse_summary`` reads the line it sums a plan up with.
"""

import logging
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests
from moto.server import ThreadedMotoServer
from msgspec import Struct

# A port that nobody listens on: whatever is not on this machine is refused at once.
_NO_NETWORK = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
_SUMMARY = re.compile(
    r"^Plan: (?:(\d+) to import, )?(\d+) to add, (\d+) to change, (\d+) to destroy\.(?: Actions: \d+ to invoke\.)?$",
    re.MULTILINE,
)
# What Terraform says in place of the line where no resource changes.
_NOTHING = re.compile(r"^(?:No changes\.|Changes to Outputs:)", re.MULTILINE)


class TerraformError(Exception):
    """Terraform went wrong; the message is the command and everything it printed."""


class Summary(Struct, frozen=True, kw_only=True):
    """What Terraform's summary line says.  A replacement is in ``add`` and in ``destroy``."""

    import_: int = 0
    add: int = 0
    change: int = 0
    destroy: int = 0


def parse_summary(text: str) -> Summary:
    """Read the summary line out of what ``terraform plan -no-color`` prints, or out of the line alone.

    ``No changes.`` and a plan of outputs only are all zeros.  Raises ValueError where there is no summary.
    Source: hashicorp/terraform internal/command/jsonformat/plan.go.
    """
    lines = _SUMMARY.findall(text)
    if len(lines) == 1:
        imports, add, change, destroy = (int(number or 0) for number in lines[0])
        return Summary(import_=imports, add=add, change=change, destroy=destroy)
    if lines or not _NOTHING.search(text):
        raise ValueError(f"{len(lines)} summary lines in:\n{text}")
    return Summary()


def find_summary_line(text: str) -> str:
    """The one line that ``parse_summary`` reads.  Raises ValueError where there is none."""
    parse_summary(text)
    return next(line for line in text.splitlines() if _SUMMARY.match(line) or _NOTHING.match(line))


def terraform_available() -> bool:
    return shutil.which("terraform") is not None


def aws_provider_dir() -> Path | None:
    """The ``-plugin-dir`` layout that holds the AWS provider: PLAN_REVIEW_TF_PLUGIN_DIR, None where it has none."""
    named = os.environ.get("PLAN_REVIEW_TF_PLUGIN_DIR", "")
    folder = Path(named) if named else None
    return folder if folder and any(folder.glob("*/hashicorp/aws/*/*/terraform-provider-aws*")) else None


class Workspace(Struct, frozen=True, kw_only=True):
    """A folder in which Terraform runs.  ``env`` is added to an environment that knows nothing of this machine."""

    folder: Path
    env: Mapping[str, str] = {}

    def init(self, plugin_dir: Path) -> None:
        self.run("init", f"-plugin-dir={plugin_dir}")

    def apply(self, *options: str) -> None:
        self.run("apply", "-auto-approve", *options)

    def plan(self, *options: str, errored: bool = False) -> tuple[bytes, str]:
        """Plan and give ``terraform show -json`` and the summary line; ``errored``: the plan has to fail half-way.

        Raises TerraformError, or ValueError where Terraform printed no summary.
        """
        printed = self.run("plan", "-out=tfplan", *options, code=1 if errored else 0)
        return self.run("show", "-json", "tfplan").strip().encode(), find_summary_line(printed)

    def run(self, *command: str, code: int = 0) -> str:
        """Give what ``terraform COMMAND`` prints on standard output.  Raises TerraformError on another exit code."""
        line = [
            "terraform",
            command[0],
            *([] if command[0] in ("show", "providers", "untaint") else ["-no-color", "-input=false"]),
            *command[1:],
        ]
        try:
            done = subprocess.run(
                line, cwd=self.folder, env=self._environment(), capture_output=True, text=True, timeout=300, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise TerraformError(f"{' '.join(line)}: no end after {error.timeout} s\n{error.stderr!r}") from None
        if done.returncode != code:
            raise TerraformError(f"{' '.join(line)}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        fixed = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "CHECKPOINT_DISABLE": "1"}
        return {**fixed, **_NO_NETWORK, **self.env}


@contextmanager
def moto_server() -> Iterator[str]:
    """A fresh AWS on a free port of this machine; gives its URL."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # one line per request helps nobody
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        requests.post(f"{url}/moto-api/reset", timeout=10).raise_for_status()  # all of a process share one AWS
        yield url
    finally:
        server.stop()


def aws_environment(url: str) -> dict[str, str]:
    """What makes the AWS provider take ``url`` for AWS, and nothing else."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
