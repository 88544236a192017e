"""Data that an applied environment has lost. Nothing empty takes its place unless the task accepts the loss."""

from __future__ import annotations

import os

from ansible.module_utils.pressluft import database, layout, wordpress, wordpress_process
from ansible.module_utils.pressluft.files import read_json
from ansible.module_utils.pressluft.steps import StepError

# Without its posts, WordPress shows an empty site and no error. A site may do without the tables of its comments' and terms' details, and of links.
TABLES = {
    "wp_options",
    "wp_users",
    "wp_usermeta",
    "wp_posts",
    "wp_postmeta",
    "wp_terms",
    "wp_term_taxonomy",
    "wp_term_relationships",
    "wp_comments",
}


def must_have_data(environment):
    """Whether its record says that it was completely applied here, and no person has accepted the loss of its data."""
    record = read_json(layout.record_path(environment["name"])) or {}
    is_own = record.get("uid") == environment["uid"] or bool(environment.get("adopt"))
    return is_own and bool(record.get("spec")) and not environment.get("accept_loss")


def tables(environments):
    """The tables of WordPress in each database, as root: the environment's own user may be gone as well. Reads no table."""
    if not environments:
        return {}
    connection = database.connect()
    try:
        names = [layout.checked("database", environment["database"]) for environment in environments]
        marks = ", ".join(["%s"] * len(names))
        listed = ", ".join(f"'{table}'" for table in sorted(TABLES))
        statement = f"SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema IN ({marks}) AND table_name IN ({listed})"
        found = {name: set() for name in names}
        for schema, table in database.query(connection, statement, names):
            if schema in found:
                found[schema].add(table)
        return found
    finally:
        connection.close()


def check(environment, found):
    """Raises data_missing if the database or the uploads are gone. `found`: the tables of its database."""
    lost = []
    if found != TABLES or is_uninstalled(environment):
        lost.append(f"WordPress in database {environment['database']}")
    uploads = f"{layout.base(environment['name'])}/shared/uploads"
    if not os.path.isdir(uploads):
        lost.append(uploads)
    if lost:
        raise StepError("data_missing", f"it was applied here, and this is not there any more: {', '.join(lost)}; nothing was changed")


def is_uninstalled(environment):
    """Tables without the rows of an installation. Without an answer it is unknown here, and the phase of WordPress asks again."""
    try:
        return wordpress.options(environment, wordpress_process.secret(environment, "database_password")) is None
    except StepError:
        return False
