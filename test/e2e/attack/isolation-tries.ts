/**
 * Attacks of code in environment A against environment V. An attack ends with status 0 only when it succeeded. The
 * variables: V the name of the victim, VU its user, VDB its database and database user, VPID one of its processes, VHOST its host;
 * A the attacker, HOST its host; SQL is a client with the attacker's own password.
 */
export interface Try {
  readonly name: string;
  readonly script: string;
  /** Who is allowed to do it, as a control that the attack works: the attacker on its own environment, or root on the victim's. */
  readonly control: 'own' | 'root';
}

const own = (name: string, script: string): Try => ({ name, script, control: 'own' });
const root = (name: string, script: string): Try => ({ name, script, control: 'root' });

const top = '/srv/pressluft/$V';
const bus = 'busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1';
const manager = `${bus} org.freedesktop.systemd1.Manager`;
const unit = `${bus}/unit/nginx_2eservice`;
/** More than an environment may have. */
const many = `python3 -c '
import os, signal
children = []
try:
    while len(children) < 1500:
        child = os.fork()
        if child == 0:
            signal.pause()
        children.append(child)
finally:
    for child in children:
        os.kill(child, signal.SIGKILL)
'`;
const uploads = `${top}/shared/uploads`;

const files: readonly Try[] = [
  own('reads wp-config.php', `grep -q DB_PASSWORD ${top}/slots/a/wp-config.php`),
  own('reads the code', `grep -q wp_version ${top}/current/public/wp-includes/version.php`),
  own('lists uploads', `ls ${uploads}`),
  own('reads an upload', `grep -q canary ${uploads}/canary.txt`),
  own('writes an upload', `echo x >${uploads}/written.txt`),
  own('replaces an upload by a link', `ln -sfn /etc/passwd ${uploads}/replaced.txt`),
  own('reads a temporary file', `grep -q canary ${top}/tmp/canary`),
  own('reads a session', `grep -q canary ${top}/sessions/sess_canary`),
  own('plants a session', `echo x >${top}/sessions/sess_planted`),
  root('reads the logs', `ls ${top}/logs && cat ${top}/logs/access.log`),
  own('reads by a symbolic link', `ln -sfn ${uploads}/canary.txt $T/link && grep -q canary $T/link`),
  root('reads by a hard link', `ln -f ${uploads}/canary.txt $T/hard && grep -q canary $T/hard`),
  root('reads a file of its neighbour in /tmp', 'grep -q canary /tmp/canary-$V'),
  root('reads shared memory', 'grep -q canary /dev/shm/canary-$V'),
  root(
    'attaches to shared memory',
    `python3 -c 'import ctypes, sys; l = ctypes.CDLL(None); l.shmat.restype = ctypes.c_long; sys.exit(l.shmat(int(sys.argv[1]), None, 0x1000) == -1)' $VSHM`,
  ),
  root('changes the code', `touch ${top}/current/public/planted.php`),
  root('plants a must-use plugin', `touch ${top}/current/public/wp-content/mu-plugins/planted.php`),
  root('lists the environments of the node', 'ls /srv/pressluft | grep -qx $V'),
  root('reads secrets', 'cat /etc/pressluft/secrets/$V.json'),
  root('reads the record', 'cat /etc/pressluft/environments/$V.json'),
  root('reads the nginx host', 'cat /etc/nginx/pressluft/sites/$V.conf'),
  root('reads the nginx snippet', 'cat /etc/nginx/pressluft/snippets/$V.conf'),
  root('reads the password file', 'cat /etc/nginx/pressluft/htpasswd/$V'),
  root("reads nginx's token of the probe", 'cat /etc/nginx/pressluft/probe-token.map'),
  root('reads the configuration of PHP', 'cat /etc/pressluft-php/$V.conf'),
  root('reads the units', 'cat /etc/systemd/system/pressluft-php@$V.service.d/*'),
  root('reads the cron entry', 'cat /etc/cron.d/pressluft-$V'),
  root('reads the cache of downloads', 'ls /srv/pressluft/.cache'),
  root('reads the journal', `journalctl -q -n 1 -u nginx | grep -q .`),
];

const web: readonly Try[] = [
  own('has nginx follow a link to an upload', served(`ln -sfn ${uploads}/canary.txt`, 'l.txt', 'canary')),
  own('has nginx follow a link to a directory', served(`ln -sfn ${uploads}`, 'd', 'canary', '/canary.txt')),
  own('asks for the site without its password', `curl -sf -m 5 -o /dev/null -H "Host: $VHOST" 127.0.0.1`),
  root('connects to the PHP socket', connect('/run/pressluft-php/$V.sock')),
];

function served(link: string, name: string, text: string, path = ''): string {
  return `${link} /srv/pressluft/$A/shared/uploads/${name} && curl -s -m 5 -H "Host: $HOST" 127.0.0.1/wp-content/uploads/${name}${path} | grep -q ${text}`;
}

function connect(path: string): string {
  return `python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' ${path}`;
}

const databases: readonly Try[] = [
  own('logs in to the database', `$SQL -u $VDB -e 'SELECT 1'`),
  own('sees the name of the database', `$SQL -e 'SHOW DATABASES' | grep -qx $VDB`),
  own(
    'sees the tables',
    `$SQL -e "SELECT 1 FROM information_schema.tables WHERE table_schema='$VDB'" | grep -q 1`,
  ),
  own('reads the users of the site', `$SQL -e "SELECT user_pass FROM $VDB.wp_users"`),
  own(
    'changes an option',
    `$SQL -e "UPDATE $VDB.wp_options SET option_value=option_value WHERE option_id=1"`,
  ),
  own('makes a table', `$SQL -e "CREATE TABLE $VDB.planted (a INT)"`),
  root('logs in as root', `mariadb -u root -e 'SELECT 1'`),
  root('reads the accounts', `$SQL -e 'SELECT * FROM mysql.global_priv'`),
  root('grants itself everything', `$SQL -e "GRANT SELECT ON $VDB.* TO pl_$A@localhost"`),
  root('reads a file of the server', `$SQL -e "SELECT LOAD_FILE('/etc/passwd')" | grep -q root`),
  root('writes a file of the server', `$SQL -e "SELECT 1 INTO OUTFILE '/tmp/out-$$'"; ls /tmp/out-$$`),
  root('sees what others ask', `$SQL -e 'SHOW PROCESSLIST' | grep -q canary`),
  root('changes the server', `$SQL -e 'SET GLOBAL general_log=0'`),
  root(
    'acts in the name of root',
    `$SQL -e "CREATE OR REPLACE DEFINER=root@localhost VIEW pl_$A.v AS SELECT 1"`,
  ),
];

const cache = 'timeout 5 redis-cli -e -s /run/pressluft-cache/$V/cache.sock';

const services: readonly Try[] = [
  own('reads the cache', `${cache} GET canary | grep -q canary`),
  own('writes to the cache', `${cache} SET written x`),
  own('lists the cache', `${cache} SCAN 0 COUNT 1000 | grep -q canary`),
  own('empties the cache', `${cache} FLUSHDB && ${cache} SET canary canary`),
  own('connects to its way to the database', connect('/run/pressluft-database/$V/database.sock')),
  root("connects to MariaDB's own socket", connect('/run/mysqld/mysqld.sock')),
  root('connects to a cache where its server made it', connect('/run/pressluft-cache-servers/$V/redis.sock')),
  root('makes a file beside a socket', 'touch /run/pressluft-cache/$V/x && rm /run/pressluft-cache/$V/x'),
];

const processes: readonly Try[] = [
  own('sees the process', 'ps -p $VPID'),
  own('reads the command line', 'tr "\\0" " " </proc/$VPID/cmdline | grep -q canary'),
  own('reads the variables', 'tr "\\0" "\\n" </proc/$VPID/environ | grep -q canary'),
  own('finds the process by its user', 'ps -eo user:32 | grep -qx $VU'),
  own('signals the process', 'kill -0 $VPID'),
  root('slows the process down', 'renice -n 19 -p $VPID'),
  own('sees the open files', 'ls -l /proc/$VPID/fd/'),
  root('reads the memory', 'python3 -c \'import sys; open(f"/proc/{sys.argv[1]}/mem", "rb").close()\' $VPID'),
  root(
    'traces the process',
    `python3 -c 'import ctypes, sys; l = ctypes.CDLL(None); r = l.ptrace(16, int(sys.argv[1]), 0, 0); l.ptrace(17, int(sys.argv[1]), 0, 0); sys.exit(r != 0)' $VPID`,
  ),
  root('asks systemd for the processes', `${manager} GetUnitProcesses s nginx.service | grep -q worker`),
  root(
    'asks a unit for its processes',
    `${unit} org.freedesktop.systemd1.Service GetProcesses | grep -q worker`,
  ),
];

const node: readonly Try[] = [
  root('becomes root', 'sudo -n true'),
  root('becomes the other user', 'setpriv --reuid $VU --clear-groups true'),
  root('asks the metadata address', 'curl -sf -m 3 -o /dev/null http://169.254.169.254/hetzner/v1/metadata'),
  root('keeps a crontab', `echo '# none' | crontab - && crontab -r`),
  root('plants a cron entry', `touch /etc/cron.d/planted-$A && rm /etc/cron.d/planted-$A`),
  root('keeps running after logout', 'loginctl enable-linger pl-$A && loginctl disable-linger pl-$A'),
  root('starts a unit', 'systemctl reset-failed nginx'),
  root('makes a unit', 'systemd-run --quiet --wait true'),
  root(
    'writes to nginx',
    'touch /etc/nginx/pressluft/sites/planted && rm /etc/nginx/pressluft/sites/planted',
  ),
  root('makes a home for SSH keys', 'mkdir -p /srv/pressluft/$A/.ssh && rmdir /srv/pressluft/$A/.ssh'),
  root('holds the lock of the node', 'flock -n /run/pressluft.lock true'),
  root('starts more processes than a site needs', many),
];

export const tries: readonly Try[] = [...files, ...web, ...databases, ...services, ...processes, ...node];

/** Commands that a site may not run on its own cache server. */
export const cacheTries: readonly string[] = [
  'KEYS *',
  'FLUSHALL',
  'SWAPDB 0 1',
  'CONFIG GET *',
  'CONFIG SET dir /tmp',
  'CONFIG SET maxmemory 0',
  "EVAL 'return(1)' 0",
  'FUNCTION LIST',
  'CLIENT LIST',
  'CLIENT KILL TYPE normal',
  'CLIENT PAUSE 1000',
  'CLIENT TRACKING ON BCAST',
  'ACL LIST',
  'ACL SETUSER default allcommands',
  'SUBSCRIBE __keyspace@0__:*',
  'PSUBSCRIBE *',
  'PUBLISH channel x',
  'PUBSUB CHANNELS',
  'MONITOR',
  'DEBUG SLEEP 0',
  'SORT list BY *',
  'MIGRATE 127.0.0.1 6379 canary 0 100',
  'RESTORE x 0 x',
  'INFO',
  'SLOWLOG GET',
  'MEMORY STATS',
  'LATENCY LATEST',
  'MODULE LIST',
  'SAVE',
  'BGREWRITEAOF',
  'REPLICAOF 127.0.0.1 6379',
  'SHUTDOWN NOSAVE',
];
