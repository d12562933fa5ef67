"""Kinds of resources as their providers write them, for generated plans: every value is made from one number."""

import json
from collections.abc import Callable
from typing import Any

from msgspec import Struct

Values = dict[str, Any]
ACCOUNT = "210987654321"
REGION = "eu-central-1"


class KindOf(Struct, frozen=True, kw_only=True):
    """A resource type.  ``make`` gives its values; the other fields say what a change of each kind touches."""

    type: str
    provider: str
    make: Callable[[int], Values]
    computed: tuple[str, ...]  # known only after apply where the object is new
    edit: Callable[[Values, int], Values]  # what an update sets
    forces: str  # the argument whose change replaces the object
    sensitive: tuple[str, ...] = ()
    references: tuple[str, ...] = ()  # what the configuration refers to
    share: int  # of forty resources


def _hex(number: int, digits: int = 17) -> str:
    return f"{(number + 1) * 0x9E3779B97F4A7C15 % 16**digits:0{digits}x}"


def _tags(number: int) -> Values:
    return {
        "CostCentre": f"{4000 + number % 37}",
        "Environment": "prod",
        "ManagedBy": "terraform",
        "Name": f"worker-{number}",
        "Team": f"team-{number % 40}",
    }


def _instance(number: int) -> Values:
    return {
        "ami": f"ami-{_hex(number % 9)}",
        "arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-{_hex(number)}",
        "associate_public_ip_address": False,
        "availability_zone": f"{REGION}{'abc'[number % 3]}",
        "cpu_options": [{"amd_sev_snp": "", "core_count": 2, "threads_per_core": 2}],
        "credit_specification": [{"cpu_credits": "unlimited"}],
        "disable_api_stop": False,
        "disable_api_termination": False,
        "ebs_block_device": [],
        "ebs_optimized": True,
        "enclave_options": [{"enabled": False}],
        "ephemeral_block_device": [],
        "hibernation": None,
        "iam_instance_profile": f"worker-{number % 40}",
        "id": f"i-{_hex(number)}",
        "instance_initiated_shutdown_behavior": "stop",
        "instance_state": "running",
        "instance_type": ("t3.large", "m6i.xlarge", "c6i.2xlarge")[number % 3],
        "ipv6_addresses": [],
        "key_name": None,
        "maintenance_options": [{"auto_recovery": "default"}],
        "metadata_options": [
            {
                "http_endpoint": "enabled",
                "http_protocol_ipv6": "disabled",
                "http_put_response_hop_limit": 1,
                "http_tokens": "required",
                "instance_metadata_tags": "disabled",
            }
        ],
        "monitoring": True,
        "private_dns": f"ip-10-{number % 200}-{number % 250}-{number % 240}.{REGION}.compute.internal",
        "private_ip": f"10.{number % 200}.{number % 250}.{number % 240}",
        "root_block_device": [
            {
                "delete_on_termination": True,
                "device_name": "/dev/xvda",
                "encrypted": True,
                "iops": 3000,
                "kms_key_id": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{_hex(number % 5, 16)}",
                "tags": None,
                "throughput": 125,
                "volume_id": f"vol-{_hex(number + 7)}",
                "volume_size": 100,
                "volume_type": "gp3",
            }
        ],
        "source_dest_check": True,
        "subnet_id": f"subnet-{_hex(number % 12)}",
        "tags": _tags(number),
        "tags_all": _tags(number),
        "tenancy": "default",
        "timeouts": None,
        "user_data": f"#!/bin/sh\nset -eu\nhostname worker-{number}\nexec worker --queue jobs-{number % 40}\n",
        "user_data_replace_on_change": False,
        "volume_tags": None,
        "vpc_security_group_ids": [f"sg-{_hex(number % 20)}", f"sg-{_hex(number % 20 + 20)}"],
    }


def _bucket(number: int) -> Values:
    name = f"acme-team-{number % 40}-data-{number}"
    return {
        "acceleration_status": "",
        "arn": f"arn:aws:s3:::{name}",
        "bucket": name,
        "bucket_domain_name": f"{name}.s3.amazonaws.com",
        "bucket_prefix": "",
        "bucket_regional_domain_name": f"{name}.s3.{REGION}.amazonaws.com",
        "cors_rule": [],
        "force_destroy": False,
        "hosted_zone_id": "Z21DNDUVLTQW6Q",
        "id": name,
        "lifecycle_rule": [],
        "object_lock_enabled": False,
        "policy": "",
        "region": REGION,
        "request_payer": "BucketOwner",
        "server_side_encryption_configuration": [
            {
                "rule": [
                    {"apply_server_side_encryption_by_default": [{"kms_master_key_id": "", "sse_algorithm": "AES256"}]}
                ]
            }
        ],
        "tags": _tags(number),
        "tags_all": _tags(number),
        "timeouts": None,
        "versioning": [{"enabled": True, "mfa_delete": False}],
        "website": [],
    }


def _document(number: int, actions: list[str]) -> str:
    statements = [
        {
            "Action": actions,
            "Effect": "Allow",
            "Resource": [f"arn:aws:s3:::acme-team-{number % 40}-data-{number}/*"],
            "Sid": "Objects",
        },
        {
            "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"],
            "Effect": "Allow",
            "Resource": f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs-{number % 40}",
            "Sid": "Queue",
        },
    ]
    return json.dumps({"Statement": statements, "Version": "2012-10-17"}, separators=(",", ":"))


def _role_policy(number: int) -> Values:
    return {
        "id": f"worker-{number}:data",
        "name": "data",
        "name_prefix": "",
        "policy": _document(number, ["s3:GetObject"]),
        "role": f"worker-{number}",
    }


def _role(number: int) -> Values:
    service = [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}]
    return {
        "arn": f"arn:aws:iam::{ACCOUNT}:role/worker-{number}",
        "assume_role_policy": json.dumps({"Statement": service, "Version": "2012-10-17"}, separators=(",", ":")),
        "create_date": "2026-03-02T09:14:11Z",
        "description": "Role of the workers",
        "force_detach_policies": False,
        "id": f"worker-{number}",
        "inline_policy": [{"name": "data", "policy": _document(number, ["s3:GetObject"])}],
        "managed_policy_arns": ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"],
        "max_session_duration": 3600,
        "name": f"worker-{number}",
        "name_prefix": "",
        "path": "/",
        "permissions_boundary": "",
        "tags": _tags(number),
        "tags_all": _tags(number),
        "unique_id": f"AROA{_hex(number, 17).upper()}",
    }


def _group(number: int) -> Values:
    rule = {"description": "", "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": False}
    ports = (22, 443, 5432, 8080)
    return {
        "arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/sg-{_hex(number)}",
        "description": f"Workers of team {number % 40}",
        "egress": [rule | {"cidr_blocks": ["0.0.0.0/0"], "from_port": 0, "protocol": "-1", "to_port": 0}],
        "id": f"sg-{_hex(number)}",
        "ingress": [
            rule | {"cidr_blocks": [f"10.{number % 200}.0.0/16"], "from_port": port, "protocol": "tcp", "to_port": port}
            for port in ports
        ],
        "name": f"workers-{number}",
        "name_prefix": "",
        "owner_id": ACCOUNT,
        "revoke_rules_on_delete": False,
        "tags": _tags(number),
        "tags_all": _tags(number),
        "timeouts": None,
        "vpc_id": f"vpc-{_hex(number % 3)}",
    }


def _database(number: int) -> Values:
    return {
        "address": f"db-{number}.c{_hex(1, 11)}.{REGION}.rds.amazonaws.com",
        "allocated_storage": 200,
        "apply_immediately": False,
        "arn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:db-{number}",
        "auto_minor_version_upgrade": True,
        "availability_zone": f"{REGION}{'abc'[number % 3]}",
        "backup_retention_period": 14,
        "backup_window": "02:00-03:00",
        "ca_cert_identifier": "rds-ca-rsa2048-g1",
        "copy_tags_to_snapshot": True,
        "db_name": "app",
        "db_subnet_group_name": "private",
        "delete_automated_backups": True,
        "deletion_protection": True,
        "enabled_cloudwatch_logs_exports": ["postgresql", "upgrade"],
        "endpoint": f"db-{number}.c{_hex(1, 11)}.{REGION}.rds.amazonaws.com:5432",
        "engine": "postgres",
        "engine_version": "16.4",
        "iam_database_authentication_enabled": True,
        "id": f"db-{_hex(number, 16).upper()}",
        "identifier": f"db-{number}",
        "instance_class": "db.r6g.large",
        "iops": 3000,
        "kms_key_id": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{_hex(number % 5, 16)}",
        "maintenance_window": "sun:04:00-sun:05:00",
        "max_allocated_storage": 1000,
        "monitoring_interval": 60,
        "multi_az": True,
        "parameter_group_name": "postgres16",
        "password": f"made-up-{_hex(number + 3, 12)}",
        "performance_insights_enabled": True,
        "port": 5432,
        "publicly_accessible": False,
        "skip_final_snapshot": False,
        "storage_encrypted": True,
        "storage_type": "gp3",
        "tags": _tags(number),
        "tags_all": _tags(number),
        "username": "app_owner",
        "vpc_security_group_ids": [f"sg-{_hex(number % 20)}"],
    }


def _function(number: int) -> Values:
    return {
        "architectures": ["arm64"],
        "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:job-{number}",
        "code_sha256": f"{_hex(number, 16)}{_hex(number + 1, 16)}",
        "description": f"Job {number} of team {number % 40}",
        "environment": [{"variables": {"LOG_LEVEL": "info", "QUEUE": f"jobs-{number % 40}", "STAGE": "prod"}}],
        "ephemeral_storage": [{"size": 512}],
        "filename": f"build/job-{number % 40}.zip",
        "function_name": f"job-{number}",
        "handler": "main.handler",
        "id": f"job-{number}",
        "invoke_arn": f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/job-{number}/invocations",
        "kms_key_arn": "",
        "last_modified": "2026-10-02T11:04:22.000+0000",
        "layers": [f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:base:{number % 9}"],
        "logging_config": [
            {"application_log_level": "", "log_format": "Text", "log_group": f"/aws/lambda/job-{number}"}
        ],
        "memory_size": 512,
        "package_type": "Zip",
        "publish": False,
        "reserved_concurrent_executions": -1,
        "role": f"arn:aws:iam::{ACCOUNT}:role/worker-{number % 40}",
        "runtime": "python3.12",
        "source_code_hash": f"{_hex(number + 2, 16)}{_hex(number + 3, 16)}",
        "source_code_size": 48213,
        "tags": _tags(number),
        "tags_all": _tags(number),
        "timeout": 30,
        "tracing_config": [{"mode": "PassThrough"}],
        "version": "$LATEST",
        "vpc_config": [],
    }


def _record(number: int) -> Values:
    return {
        "alias": [],
        "fqdn": f"svc-{number}.prod.example.org",
        "health_check_id": "",
        "id": f"Z0{_hex(1, 12).upper()}_svc-{number}_CNAME",
        "name": f"svc-{number}.prod.example.org",
        "records": [f"lb-{number % 20}.{REGION}.elb.amazonaws.com"],
        "set_identifier": "",
        "ttl": 300,
        "type": "CNAME",
        "zone_id": f"Z0{_hex(1, 12).upper()}",
    }


def _google_instance(number: int) -> Values:
    zone = f"europe-west3-{'abc'[number % 3]}"
    return {
        "allow_stopping_for_update": True,
        "attached_disk": [],
        "boot_disk": [
            {
                "auto_delete": True,
                "device_name": "persistent-disk-0",
                "initialize_params": [{"image": "debian-12", "labels": {}, "size": 50, "type": "pd-balanced"}],
                "mode": "READ_WRITE",
                "source": f"https://www.googleapis.com/compute/v1/projects/acme/zones/{zone}/disks/node-{number}",
            }
        ],
        "can_ip_forward": False,
        "cpu_platform": "AMD Milan",
        "deletion_protection": False,
        "enable_display": False,
        "guest_accelerator": [],
        "id": f"projects/acme/zones/{zone}/instances/node-{number}",
        "instance_id": f"{1000000000000000000 + number * 7919}",
        "labels": {"env": "prod", "team": f"team-{number % 40}"},
        "machine_type": "n2d-standard-4",
        "metadata": {"enable-oslogin": "TRUE"},
        "metadata_startup_script": f"#!/bin/sh\nexec node --name node-{number}\n",
        "name": f"node-{number}",
        "network_interface": [
            {
                "access_config": [],
                "network": "https://www.googleapis.com/compute/v1/projects/acme/global/networks/prod",
                "network_ip": f"10.{number % 200}.{number % 250}.{number % 240}",
                "subnetwork": "https://www.googleapis.com/compute/v1/projects/acme/regions/europe-west3/subnetworks/a",
            }
        ],
        "project": "acme",
        "scheduling": [{"automatic_restart": True, "on_host_maintenance": "MIGRATE", "preemptible": False}],
        "self_link": f"https://www.googleapis.com/compute/v1/projects/acme/zones/{zone}/instances/node-{number}",
        "service_account": [
            {"email": f"node@acme-{number % 40}.iam.gserviceaccount.com", "scopes": ["cloud-platform"]}
        ],
        "shielded_instance_config": [
            {"enable_integrity_monitoring": True, "enable_secure_boot": True, "enable_vtpm": True}
        ],
        "tags": ["internal", f"team-{number % 40}"],
        "timeouts": None,
        "zone": zone,
    }


def _google_bucket(number: int) -> Values:
    return {
        "autoclass": [],
        "cors": [],
        "custom_placement_config": [],
        "default_event_based_hold": False,
        "effective_labels": {"team": f"team-{number % 40}"},
        "encryption": [],
        "force_destroy": False,
        "id": f"acme-models-{number}",
        "labels": {"team": f"team-{number % 40}"},
        "lifecycle_rule": [
            {"action": [{"storage_class": "", "type": "Delete"}], "condition": [{"age": 90, "with_state": "ANY"}]}
        ],
        "location": "EUROPE-WEST3",
        "logging": [],
        "name": f"acme-models-{number}",
        "project": "acme",
        "public_access_prevention": "enforced",
        "requester_pays": False,
        "retention_policy": [],
        "self_link": f"https://www.googleapis.com/storage/v1/b/acme-models-{number}",
        "soft_delete_policy": [{"retention_duration_seconds": 604800}],
        "storage_class": "STANDARD",
        "timeouts": None,
        "uniform_bucket_level_access": True,
        "url": f"gs://acme-models-{number}",
        "versioning": [{"enabled": True}],
        "website": [],
    }


def _google_member(number: int) -> Values:
    member = f"serviceAccount:node@acme-{number}.iam.gserviceaccount.com"
    return {
        "condition": [],
        "etag": f"BwY{_hex(number, 9)}",
        "id": f"acme/roles/storage.objectViewer/{member}",
        "member": member,
        "project": "acme",
        "role": "roles/storage.objectViewer",
    }


def _queue(number: int) -> Values:
    return {
        "arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs-{number}",
        "content_based_deduplication": False,
        "delay_seconds": 0,
        "fifo_queue": False,
        "id": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/jobs-{number}",
        "kms_master_key_id": "",
        "max_message_size": 262144,
        "message_retention_seconds": 345600,
        "name": f"jobs-{number}",
        "policy": "",
        "receive_wait_time_seconds": 20,
        "redrive_policy": "",
        "sqs_managed_sse_enabled": True,
        "tags": _tags(number),
        "tags_all": _tags(number),
        "url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/jobs-{number}",
        "visibility_timeout_seconds": 60,
    }


def _set(**given: Any) -> Callable[[Values, int], Values]:
    return lambda values, number: values | given


def _retag(values: Values, number: int) -> Values:
    tags = values["tags"] | {"Team": f"team-{number % 40 + 1}"}
    return values | {"tags": tags, "tags_all": tags}


def _open_port(values: Values, number: int) -> Values:
    """One rule of an unordered set is another: its source becomes the world for every seventh group."""
    source = ["0.0.0.0/0"] if number % 7 == 0 else ["10.0.0.0/8"]
    first, *rest = values["ingress"]
    return values | {"ingress": [*rest, first | {"cidr_blocks": source}]}


def _grow_document(values: Values, number: int) -> Values:
    return values | {"policy": _document(number, ["s3:GetObject", "s3:PutObject"])}


def _grow_role(values: Values, number: int) -> Values:
    return values | {"inline_policy": [{"name": "data", "policy": _document(number, ["s3:*"])}]}


AWS = "registry.terraform.io/hashicorp/aws"
GOOGLE = "registry.terraform.io/hashicorp/google"
KINDS: tuple[KindOf, ...] = (
    KindOf(
        type="aws_instance",
        share=6,
        provider=AWS,
        make=_instance,
        computed=("arn", "id", "instance_state", "private_dns", "private_ip"),
        edit=_set(instance_type="m7i.xlarge"),
        forces="ami",
        references=("var.ami", "aws_security_group.group.id", "aws_security_group.group"),
    ),
    KindOf(
        type="aws_s3_bucket",
        share=4,
        provider=AWS,
        make=_bucket,
        computed=("arn", "bucket_domain_name", "bucket_regional_domain_name", "id", "region"),
        edit=_retag,
        forces="bucket",
    ),
    KindOf(
        type="aws_iam_role_policy",
        share=4,
        provider=AWS,
        make=_role_policy,
        computed=("id",),
        edit=_grow_document,
        forces="role",
    ),
    KindOf(
        type="aws_iam_role",
        share=4,
        provider=AWS,
        make=_role,
        computed=("arn", "create_date", "id", "unique_id"),
        edit=_grow_role,
        forces="path",
    ),
    KindOf(
        type="aws_security_group",
        share=4,
        provider=AWS,
        make=_group,
        computed=("arn", "id", "owner_id"),
        edit=_open_port,
        forces="vpc_id",
    ),
    KindOf(
        type="aws_db_instance",
        share=1,
        provider=AWS,
        make=_database,
        computed=("address", "arn", "endpoint", "id"),
        edit=_set(backup_retention_period=7, instance_class="db.r6g.xlarge"),
        forces="engine",
        sensitive=("password",),
        references=("var.db_password",),
    ),
    KindOf(
        type="aws_lambda_function",
        share=4,
        provider=AWS,
        make=_function,
        computed=("arn", "code_sha256", "id", "invoke_arn", "last_modified", "version"),
        edit=_set(memory_size=1024, timeout=60),
        forces="function_name",
        references=("aws_iam_role.role.arn", "aws_iam_role.role"),
    ),
    KindOf(
        type="aws_route53_record",
        share=4,
        provider=AWS,
        make=_record,
        computed=("fqdn", "id"),
        edit=_set(ttl=60),
        forces="name",
    ),
    KindOf(
        type="google_compute_instance",
        share=3,
        provider=GOOGLE,
        make=_google_instance,
        computed=("cpu_platform", "id", "instance_id", "self_link"),
        edit=_set(machine_type="n2d-standard-8"),
        forces="zone",
    ),
    KindOf(
        type="google_storage_bucket",
        share=2,
        provider=GOOGLE,
        make=_google_bucket,
        computed=("id", "self_link", "url"),
        edit=_set(storage_class="NEARLINE", force_destroy=True),
        forces="location",
    ),
    KindOf(
        type="google_project_iam_member",
        share=2,
        provider=GOOGLE,
        make=_google_member,
        computed=("etag", "id"),
        edit=_set(
            condition=[{"expression": "request.time < timestamp('2027-01-01T00:00:00Z')", "title": "until 2027"}]
        ),
        forces="role",
    ),
    KindOf(
        type="aws_sqs_queue",
        share=2,
        provider=AWS,
        make=_queue,
        computed=("arn", "id", "url"),
        edit=_set(visibility_timeout_seconds=120),
        forces="name",
    ),
)
