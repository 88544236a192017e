export type Value = string | number | boolean | null;

const top = '/srv/pressluft/VICTIM';

/** PHP of the attacker; `own` is what it returns when VICTIM is the attacker itself. */
export const phpTries: readonly { readonly name: string; readonly code: string; readonly own: Value }[] = [
  {
    name: 'reads wp-config.php',
    code: `return str_contains((string) @file_get_contents('${top}/slots/a/wp-config.php'), 'DB_PASSWORD');`,
    own: true,
  },
  { name: 'includes code', code: `return @include '${top}/current/public/wp-includes/version.php';`, own: 1 },
  { name: 'lists by a wrapper', code: `return (bool) @glob('${top}/shared/uploads/*');`, own: true },
  {
    name: 'compiles code',
    code: `return (bool) @opcache_compile_file('${top}/current/public/wp-includes/version.php');`,
    own: true,
  },
  {
    name: 'climbs out of open_basedir',
    code: `@mkdir('/srv/pressluft/one/tmp/a'); chdir('/srv/pressluft/one/tmp/a'); @ini_set('open_basedir', '..'); for ($i = 0; $i < 9; $i++) { @chdir('..'); } @ini_set('open_basedir', '/'); return str_contains((string) @file_get_contents('${top}/tmp/canary'), 'canary');`,
    own: true,
  },
  {
    name: 'links to a file',
    code: `@unlink('/srv/pressluft/one/tmp/l'); @symlink('${top}/tmp/canary', '/srv/pressluft/one/tmp/l'); return str_contains((string) @file_get_contents('/srv/pressluft/one/tmp/l'), 'canary');`,
    own: true,
  },
];

/**
 * A script for root that makes a site with {@link hostilePlugin} hostile to root and the node's services: its table of options is a
 * view whose function runs as the user who reads it, and its plugin acts from now on.
 */
export function hostileSite(attacker: string, victim: string): string {
  return `set -e
password=$(python3 -c 'import json; print(json.load(open("/etc/pressluft/secrets/${attacker}.json"))["database_password"])')
mariadb -u pl_${attacker} -p$password pl_${attacker} <<'EOF_OF_SQL'
CREATE TABLE loot (who TEXT);
DELIMITER //
CREATE FUNCTION trap() RETURNS INT SQL SECURITY INVOKER MODIFIES SQL DATA BEGIN
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
  INSERT INTO pl_${attacker}.loot VALUES (CURRENT_USER());
  UPDATE pl_${victim}.wp_options SET option_value = 'pwned' WHERE option_name = 'blogname';
  RETURN 1;
END//
DELIMITER ;
RENAME TABLE wp_options TO real_options;
CREATE SQL SECURITY INVOKER VIEW wp_options AS SELECT * FROM real_options WHERE trap() = 1;
EOF_OF_SQL
touch ${drip(attacker)} ${drip(attacker)}.armed
sleep 3
`;
}

/**
 * Code of a plugin, without its header. Armed, it leaves a process behind that holds all inherited descriptors, and never ends its answer to
 * the probe while the file of {@link drip} exists.
 */
export function hostilePlugin(attacker: string): string {
  return `if (PHP_SAPI === 'cli' && is_file('${drip(attacker)}.armed')) {
	exec('setsid python3 -c "import pathlib, time; pathlib.Path(\\'${leftBehind(attacker)}\\').touch(); time.sleep(600)" stays-behind </dev/null >/dev/null 2>&1 &');
	usleep(300000);
} elseif (($_SERVER['HTTP_X_PRESSLUFT_DEPTH'] ?? '') !== '' && is_file('${drip(attacker)}')) {
	header('X-Accel-Buffering: no');
	for ($second = 0; $second < 55; $second++) {
		echo str_repeat('.', 10);
		while (ob_get_level() > 0) { ob_end_flush(); }
		flush();
		sleep(1);
	}
	exit;
}
`;
}

/** Written by what the site leaves behind in a converge. */
export function leftBehind(attacker: string): string {
  return `/srv/pressluft/${attacker}/tmp/left-behind`;
}

export function drip(attacker: string): string {
  return `/srv/pressluft/${attacker}/tmp/drip`;
}
