import { expect } from 'vitest';
import { ensureVenv } from '../../../src/adapters/ansible/ensure-venv.ts';
import type { DesiredEnvironment } from '../../../src/fleet/desired.ts';
import { ansibleRoot, ansibleVenv } from '../../../src/main/paths.ts';
import { testLab } from '../../support/e2e-lab.ts';
import { labWorld } from './lab-world.ts';
import { convergeRequest, described, provisionRequest } from './requests.ts';

/** Programs of a node. */
export const programs = '/usr/local/lib/pressluft';

export type PhpWorld = Awaited<ReturnType<typeof phpWorld>>;

/** A node with the environments `one` and `two`, whose code runs what a request says. */
export async function phpWorld(purpose: string) {
  await ensureVenv({ root: ansibleRoot, venvDir: ansibleVenv(process.env) });
  const test = await testLab(purpose);
  const world = await labWorld(test);
  const { asRoot } = world;

  async function converge(...environments: readonly DesiredEnvironment[]) {
    const { environments: ended, failure } = await world.ansible.run(convergeRequest(world, environments));
    expect(failure).toBeNull();
    return Object.fromEntries([...ended].map(([name, { status }]) => [name, status]));
  }
  /** Code of a site, as its owner could have it in a plugin. A converge removes it, since no artifact has it. */
  const plant = () =>
    asRoot(`for name in one two; do
echo '<?php echo json_encode(eval(base64_decode($_SERVER["HTTP_X_CODE"])));' >/srv/pressluft/$name/current/public/try.php
chmod 644 /srv/pressluft/$name/current/public/try.php; done`);
  const hostOf = (name: string) => `${name}.${world.address.host.replaceAll('.', '-')}.preview.example`;
  const tryOf = (name: string, code: string) =>
    `curl -s -m 60 -H 'Host: ${hostOf(name)}' -H 'X-Code: ${Buffer.from(code).toString('base64')}' 127.0.0.1/try.php`;
  const show = async (unit: string, ...properties: readonly string[]) => {
    const text = await asRoot(`systemctl show ${unit} ${properties.map((name) => `-p ${name}`).join(' ')}`);
    return Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  };

  const one = described(world, 'one');
  const two = described(world, 'two');
  const provisioned = await world.ansible.run(provisionRequest(world));
  expect(provisioned.failure).toBeNull();
  expect(await converge(one, two)).toEqual({ one: 'changed', two: 'changed' });
  await plant();
  return {
    world,
    one,
    two,
    asRoot,
    converge,
    plant,
    hostOf,
    /** What code of a site returns. */
    php: async (name: string, code: string): Promise<unknown> => JSON.parse(await asRoot(tryOf(name, code))),
    /** Values of a unit by their names. */
    show,
    masterOf: async (name: string) => (await show(`pressluft-php@${name}`, 'MainPID')).MainPID,
    /** Requests of the front page by four visitors while `work` is done, and the number of answers by status. */
    underLoad: async <T>(name: string, work: () => Promise<T>) => {
      await asRoot(`cat >/tmp/visitors.py <<'PY'
${visitors}PY
rm -f /tmp/visitors.end; nohup python3 /tmp/visitors.py ${hostOf(name)} >/tmp/visitors.out 2>&1 &`);
      const result = await work();
      const answers = await asRoot(
        'touch /tmp/visitors.end; while pgrep -f visitors.py >/dev/null; do sleep 0.2; done; cat /tmp/visitors.out',
      );
      return { result, answers: JSON.parse(answers) as Readonly<Record<string, number>> };
    },
    /** A request of a site that takes its time; the returned function waits for its answer. */
    longRequest: async (name: string, seconds: number) => {
      await asRoot(
        `nohup ${tryOf(name, `sleep(${seconds}); return 'slept';`)} -w ' %{http_code}' >/tmp/long-${name} 2>&1 &\nsleep 1`,
      );
      return async () =>
        asRoot(
          `for n in $(seq 300); do grep -q ' ...$' /tmp/long-${name} && break; sleep 0.2; done; cat /tmp/long-${name}`,
        );
    },
    close: async () => {
      await world.close();
      await test.end();
    },
  };
}

/** Requests the front page until a file appears; prints how many answers of each kind there were. */
const visitors = `import collections, http.client, json, os, sys, threading
answers = collections.Counter()
def visit():
    while not os.path.exists("/tmp/visitors.end"):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=60)
            connection.request("GET", "/", headers={"Host": sys.argv[1]})
            reply = connection.getresponse()
            answers[str(reply.status) if b"</html>" in reply.read() else "cut off"] += 1
        except Exception as error:
            answers[repr(error)] += 1
threads = [threading.Thread(target=visit) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps(answers))
`;
