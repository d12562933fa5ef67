"""Applies made by the real Terraform, with nothing but its built-in provider."""

from pathlib import Path

from msgspec import Struct

from tests.support.terraform import Workspace, write_files

# One change of every kind; with `bad` the new `swapped` fails after the old one is gone, so `late` is never begun.
CODE = """
variable "bad" {
  default = false
}
variable "password" {
  default   = "correct-horse-battery"
  sensitive = true
}
resource "terraform_data" "old" {
  count = var.bad ? 0 : 1
}
resource "terraform_data" "kept" {
  input = var.bad ? "b" : "a"
}
resource "terraform_data" "fresh" {
  count = var.bad ? 1 : 0
}
resource "terraform_data" "swapped" {
  triggers_replace = var.bad ? "b" : "a"
  input            = var.password
  depends_on       = [terraform_data.kept, terraform_data.fresh, terraform_data.old]
  provisioner "local-exec" {
    command = COMMAND
  }
}
resource "terraform_data" "late" {
  for_each = toset(["x: y"])
  input    = terraform_data.swapped.id
}
"""
FAILS = '"echo terraform_data.late: Creation complete after 0s; echo ${"$"}WORD; test ! -e ../stop"'


class Apply(Struct, frozen=True, kw_only=True):
    """The plan as JSON, and what applying it printed."""

    plan: bytes
    log: bytes


def apply(folder: Path, *, fails: bool, json: bool) -> Apply:
    """Make everything, then plan again with ``bad`` set and apply that; ``fails``: half of it."""
    (folder / "code").mkdir(parents=True)
    workspace = Workspace(folder=folder / "code", env={"WORD": "correct-horse-battery"})
    write_files(workspace.folder, {"main.tf": CODE.replace("COMMAND", FAILS)})
    workspace.run("init")
    workspace.apply()
    if fails:
        (folder / "stop").touch()
    workspace.run("plan", "-out=tfplan", "-var=bad=true")
    shown = workspace.run("show", "-json", "tfplan").strip().encode()
    log = workspace.run("apply", *(("-json",) if json else ()), "tfplan", code=1 if fails else 0)
    return Apply(plan=shown, log=log.encode())
