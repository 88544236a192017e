import { onNode } from '../support/ssh.ts';
import type { Layout } from './support/bench-fleet.ts';
import type { Benchmark } from './support/benchmark.ts';
import { type Figure, figure, mebibytes, signedPercent } from './support/figure.ts';
import { openBenchSession } from './support/session.ts';
import { median } from './support/statistics.ts';

const name = 'pa01';
const layout: Layout = { alpha: [name] };
const rounds = 5;
const requests = 60;

/** CPU time of PHP for a front page: the master of the environment, and a master as all environments of a node shared it before. */
export const phpMasters: Benchmark = {
  name: 'php-masters',
  title: 'a front page of WordPress: a master for each environment, and a shared one with open_basedir',
  run: async (bench, say) => {
    await bench.describe(layout, 'feat: one environment');
    const session = await openBenchSession(bench);
    try {
      const { report } = await session.converge();
      const [host = ''] = [...(report.observed?.nodes.values() ?? [])].flatMap(({ ipv4 }) => ipv4 ?? []);
      const { stateDir } = bench.fleet;
      await onNode(stateDir, host, sharedMaster);
      const measured = await onNode(stateDir, host, `python3 - <<'PY'\n${measure}PY`);
      const runs = JSON.parse(measured) as Measured;
      say(`${rounds} rounds of ${requests} requests each`);
      return figuresOf(runs);
    } finally {
      await session.close();
    }
  },
};

interface Measured {
  /** CPU of PHP for a request, in milliseconds, of each round. */
  readonly shared: readonly number[];
  readonly own: readonly number[];
  /** Proportional memory of the own master after a restart, without workers. */
  readonly idleKib: number;
}

function figuresOf({ shared, own, idleKib }: Measured): readonly Figure[] {
  const { name: benchmark } = phpMasters;
  const ratios = own.map((ms, round) => ms / (shared[round] ?? ms));
  const ratio = median(ratios);
  return [
    figure(benchmark, 'CPU of PHP for a front page', `${median(own).toFixed(1)} ms`, {
      beside: `shared master with open_basedir ${median(shared).toFixed(1)} ms`,
      result: signedPercent(ratio - 1),
      target: 'at most half',
      reached: ratio <= 0.5,
      data: { ownMs: own, sharedMs: shared, ratios },
    }),
    figure(benchmark, 'memory of an idle master, the only one of its node', mebibytes(idleKib), {
      data: { idleKib },
    }),
  ];
}

/** The settings of the role `php` and of the pools before each environment had its own master. */
const sharedMaster = `set -e
top=/srv/pressluft/${name}
mkdir -p /run/bench
cat >/run/bench/fpm.conf <<P
[global]
pid = /run/bench/fpm.pid
error_log = /dev/null
[bench]
user = pl-${name}
group = pl-${name}
listen = /run/bench/fpm.sock
listen.owner = www-data
pm = ondemand
pm.max_children = 5
php_admin_value[memory_limit] = 256M
php_admin_value[open_basedir] = $top/
php_admin_value[upload_tmp_dir] = $top/tmp
php_admin_value[sys_temp_dir] = $top/tmp
php_admin_value[session.save_path] = $top/sessions
php_admin_value[disable_functions] = dl,posix_kill,posix_mkfifo,pcntl_exec
P
php-fpm8.2 --daemonize --fpm-config /run/bench/fpm.conf -d opcache.memory_consumption=512 -d opcache.interned_strings_buffer=16 \\
  -d opcache.max_accelerated_files=65407 -d opcache.validate_permission=1 -d opcache.validate_root=1 -d opcache.optimization_level=0
sed -e 's,unix:/run/pressluft-php/${name}.sock,unix:/run/bench/fpm.sock,' -e 's/^\\tserver_name .*/\\tserver_name bench.example;/' \\
  /etc/nginx/pressluft/sites/${name}.conf >/etc/nginx/pressluft/sites/bench.conf
systemctl reload nginx
systemctl stop pressluft-site-checks.timer
sleep 1
`;

/** Alternates between the two masters; the CPU time of a master includes that of its workers, the dead and the living. */
const measure = `import http.client, json, os, re, subprocess, time
address = re.search(r"server_name ([^ ;]+)", open("/etc/nginx/pressluft/sites/${name}.conf").read()).group(1)
def times(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return [int(field) for field in fields[11:15]]
def children(pid):
    return open(f"/proc/{pid}/task/{pid}/children").read().split()
def used(pid):
    return sum(times(pid)) + sum(sum(times(child)[:2]) for child in children(pid))
def get(host):
    connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=60)
    connection.request("GET", "/", headers={"Host": host, "Accept-Encoding": "gzip"})
    reply = connection.getresponse()
    reply.read()
    assert reply.status in (200, 301), reply.status
    connection.close()
def run(host, pid):
    for _ in range(5): get(host)
    before = used(pid)
    for _ in range(${requests}): get(host)
    return (used(pid) - before) * 1000 / os.sysconf("SC_CLK_TCK") / ${requests}
def own_pid():
    return subprocess.run(["systemctl", "show", "-P", "MainPID", "pressluft-php@${name}"], stdout=subprocess.PIPE, text=True).stdout.strip()
get(address)
masters = {"shared": ("bench.example", open("/run/bench/fpm.pid").read().strip()), "own": (address, own_pid())}
result = {"shared": [], "own": []}
for round in range(${rounds}):
    for kind in sorted(masters, reverse=bool(round % 2)):
        result[kind].append(run(*masters[kind]))
subprocess.run(["systemctl", "restart", "pressluft-php@${name}"], check=True)
time.sleep(1)
result["idleKib"] = int(re.search(r"^Pss: +(\\d+)", open(f"/proc/{own_pid()}/smaps_rollup").read(), re.MULTILINE).group(1))
os.kill(int(masters["shared"][1]), 15)
os.unlink("/etc/nginx/pressluft/sites/bench.conf")
subprocess.run(["systemctl", "reload", "nginx"], check=True)
print(json.dumps(result))
`;
