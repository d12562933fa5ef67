"""Access: what one side of a change gives to whom.  ``read_access`` picks the reader of a row's form."""

from functools import partial

from bot.access.aws_policy import read_aws_policy
from bot.access.google_policy import read_google_audit, read_google_policy
from bot.access.kubernetes import read_aws_auth, read_manifest
from bot.access.plain import read_grants, read_role_entities, read_runtime
from bot.access.reading import Reading, join
from bot.access.side import Side
from bot.access.vault_policy import read_vault_policy
from bot.catalog.iam import AccessCatalog, AccessRow

_READERS = {
    "grant": read_grants,
    "role_entity": read_role_entities,
    "runtime": read_runtime,
    "google_policy": read_google_policy,
    "google_audit": read_google_audit,
    "aws_policy": read_aws_policy,
    "vault_policy": read_vault_policy,
    "aws_auth": read_aws_auth,
}


def read_access(side: Side, row: AccessRow, catalog: AccessCatalog) -> Reading:
    """What ``side`` says about access as ``row`` reads it; rows of the form ``settings`` say nothing here."""
    if not side.applies(row):
        return Reading()
    if row.form == "manifest":
        return read_manifest(side, row, partial(_read_type, catalog=catalog))
    return _READERS[row.form](side, row) if row.form in _READERS else Reading()


def _read_type(side: Side, type_: str, catalog: AccessCatalog) -> Reading:
    return join(read_access(side, row, catalog) for row in catalog.rows_for(type_))
