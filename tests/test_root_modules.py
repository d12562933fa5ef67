"""Which folders are root modules, with backend and files per environment."""

from bot.environment import EnvironmentName
from bot.root_modules import Backend, RootModule, find_root_modules, list_stacks
from bot.workflows import StackFolder

GCS = """
terraform {
  required_version = ">= 1.9"
  backend "gcs" { # the state
    bucket = "acme-state"
    prefix = "network"
  }
}
module "vpc" {
  source = "../../modules/vpc"
}
"""
S3 = 'terraform {\n  backend "s3" {\n    bucket       = "b"\n    use_lockfile = true\n  }\n}\n'


def test_a_root_module_has_a_backend_or_a_provider_and_no_caller() -> None:
    sources = {
        "stacks/network/main.tf": GCS,
        "modules/vpc/main.tf": 'provider "google" {\n}\n',
        "modules/other/main.tf": 'resource "google_storage_bucket" "b" {\n}\n',
        "main.tf": 'provider "google" {\n}\n',
        "commented/main.tf": '/*\nprovider "google" {\n*/\n# provider "google" {\n',
    }
    assert find_root_modules(sources) == [
        RootModule(folder=".", backend=Backend(kind="local")),
        RootModule(
            folder="stacks/network",
            backend=Backend(kind="gcs", settings={"bucket": "acme-state", "prefix": "network"}),
        ),
    ]


def test_settings_of_the_backend_are_read() -> None:
    assert find_root_modules({"a/b.tf": S3})[0].backend == Backend(
        kind="s3", settings={"bucket": "b", "use_lockfile": "true"}
    )
    assert find_root_modules({"a/b.tf": "terraform {\n  cloud {\n  }\n}\n"})[0].backend.kind == "cloud"


def test_files_of_an_environment_are_found_beside_the_code() -> None:
    others = ["stacks/network/env/prod.tfvars", "stacks/network/dev.gcs.tfbackend", "stacks/other/env/prod.tfvars"]
    (module,) = find_root_modules({"stacks/network/main.tf": GCS}, others)
    assert (module.variables, module.backend_files) == (("env/prod.tfvars",), ("dev.gcs.tfbackend",))
    assert list_stacks([module]) == {
        "dev": (StackFolder(name="network", directory="stacks/network", backend_file="dev.gcs.tfbackend"),),
        "stage": (StackFolder(name="network", directory="stacks/network"),),
        "prod": (StackFolder(name="network", directory="stacks/network", var_file="env/prod.tfvars"),),
    }


def test_a_folder_named_for_an_environment_belongs_to_it_alone() -> None:
    found = list_stacks(find_root_modules({f"environments/{e}/main.tf": S3 for e in ("dev", "stage", "prod")}))
    names: tuple[EnvironmentName, ...] = ("dev", "stage", "prod")
    assert found == {e: (StackFolder(name="main", directory=f"environments/{e}"),) for e in names}


def test_two_folders_of_one_name_are_told_apart() -> None:
    found = list_stacks(find_root_modules({"a/net/main.tf": S3, "b/net/main.tf": S3}))
    assert [stack.name for stack in found["prod"]] == ["a-net", "b-net"]


def test_production_is_no_word_of_prod() -> None:
    module = RootModule(folder="a", backend=Backend(kind="gcs"), variables=("nonprod.tfvars", "prod-eu.tfvars"))
    assert list_stacks([module])["prod"][0].var_file == "prod-eu.tfvars"
