"""MariaDB as root over its unix socket: one database and one user per environment."""

from __future__ import annotations

import hashlib

from ansible.module_utils.pressluft import layout, own_units
from ansible.module_utils.pressluft.steps import StepError

try:
    import pymysql
except ImportError:
    pymysql = None


# Root reads the tables of a site as its user, also when the site itself has used all connections of its socket.
ROOT_READS = 5


def connect(user="root", password="", database=None, read_timeout=120):
    if pymysql is None:
        raise StepError("program_missing", "python3-pymysql is not installed on this node")
    try:
        return pymysql.connect(
            unix_socket=layout.MARIADB_SOCKET,
            user=user,
            password=password,
            database=database,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=10,
            read_timeout=read_timeout,
        )
    except pymysql.MySQLError as error:
        raise StepError("mariadb_unreachable", str(error)) from error


def connect_as(environment, password):
    """Connects as the environment's own user. Its tables may be views that run functions as the user who reads them, so root never reads them."""
    name, database = layout.checked("database_user", environment["database_user"]), layout.checked("database", environment["database"])
    return connect(name, password, database, read_timeout=10)


def query(connection, statement, parameters=()):
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall()
    except pymysql.MySQLError as error:
        raise StepError("database_failed", str(error)) from error


def snapshot(connection):
    """The current (databases, {user: (authentication string, connections)}, {(database, user)})."""
    databases = {row[0] for row in query(connection, "SHOW DATABASES")}
    fields = "JSON_VALUE(Priv, '$.authentication_string'), JSON_VALUE(Priv, '$.max_user_connections')"
    rows = query(connection, f"SELECT User, {fields} FROM mysql.global_priv WHERE Host = 'localhost'")
    users = {user: (digest, int(connections or 0)) for user, digest, connections in rows}
    grants = {(row[0].replace("\\_", "_"), row[1]) for row in query(connection, "SELECT Db, User FROM mysql.db WHERE Host = 'localhost'")}
    return databases, users, grants


def ensure_database(connection, environment, databases, check):
    name = layout.checked("database", environment["database"])
    if name in databases:
        return False
    if not check:
        query(connection, f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
    return True


def ensure_user(connection, environment, password, users, grants, check):
    """Grants the user its own database only, and sets the password again if it differs."""
    name, database = layout.checked("database_user", environment["database_user"]), layout.checked("database", environment["database"])
    connections = own_units.connections(environment) + ROOT_READS
    if users.get(name) == (native_hash(password), connections) and (database, name) in grants:
        return False
    if not check:
        query(connection, f"CREATE USER IF NOT EXISTS `{name}`@`localhost` IDENTIFIED BY %s", (password,))
        query(connection, f"ALTER USER `{name}`@`localhost` IDENTIFIED BY %s WITH MAX_USER_CONNECTIONS {connections}", (password,))
        # In GRANT an underscore of a database name is a wildcard unless escaped.
        pattern = database.replace("_", "\\_")
        query(connection, f"GRANT ALL PRIVILEGES ON `{pattern}`.* TO `{name}`@`localhost`")
    return True


def drop(connection, environment, check):
    """Removes database and user. Returns whether there was anything to remove."""
    database, user = layout.checked("database", environment["database"]), layout.checked("database_user", environment["database_user"])
    databases, users, _ = snapshot(connection)
    if database not in databases and user not in users:
        return False
    if not check:
        query(connection, f"DROP DATABASE IF EXISTS `{database}`")
        query(connection, f"DROP USER IF EXISTS `{user}`@`localhost`")
    return True


def native_hash(password):
    """mysql_native_password, https://mariadb.com/kb/en/password/"""
    return "*" + hashlib.sha1(hashlib.sha1(password.encode()).digest()).hexdigest().upper()
