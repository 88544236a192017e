import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Fake ssh and ansible-playbook: they record their input and echo all of it, and more. */
export interface EchoingNode {
  /** Directory to put first on the PATH. */
  readonly bin: string;
  readonly venv: string;
  /** Arguments, environments and input of every started process, as read from `/proc`. */
  given(): Promise<{
    readonly commandLines: string;
    readonly environments: string;
    readonly variables: string;
  }>;
}

export interface EchoOptions {
  readonly dir: string;
  /** Texts that the node echoes: the controller's secrets, as if the node had obtained them. */
  readonly says: readonly string[];
  readonly ansibleVersion: string;
}

export async function echoingNode({ dir, says, ansibleVersion }: EchoOptions): Promise<EchoingNode> {
  const [bin, venv, kept] = [join(dir, 'bin'), join(dir, 'venv'), join(dir, 'kept')];
  for (const folder of [bin, join(venv, 'bin'), kept]) await mkdir(folder, { recursive: true });
  await writeFile(join(dir, 'says.json'), JSON.stringify(says));
  const common = `#!/usr/bin/python3
import json, os, re, sys
kept = ${JSON.stringify(kept)}
def keep(name, text):
    with open(os.path.join(kept, name), 'a') as file: file.write(text + '\\n')
with open('/proc/self/cmdline', 'rb') as file: line = file.read().decode('utf8', 'replace').replace('\\0', '\\n')
with open('/proc/self/environ', 'rb') as file: environment = file.read().decode('utf8', 'replace').replace('\\0', '\\n')
keep('cmdline', line)
keep('environ', environment)
says = json.load(open(${JSON.stringify(join(dir, 'says.json'))}))
`;
  await program(join(bin, 'ssh'), `${common}${ssh}`);
  await program(
    join(venv, 'bin/ansible-playbook'),
    `${ansibleVersionOnly(ansibleVersion)}${common}${ansible}`,
  );
  const read = (name: string) => readFile(join(kept, name), 'utf8').catch(() => '');
  return {
    bin,
    venv,
    given: async () => ({
      commandLines: await read('cmdline'),
      environments: await read('environ'),
      variables: await read('vars'),
    }),
  };
}

/** A probe in which every text is one of the echoed texts. */
const ssh = `
command = sys.argv[-1]
marker = re.search(r'pressluft-start-[0-9a-f]+', command)
if marker is None: sys.exit(0)
print(marker.group(0), flush=True)
given = sys.stdin.read()
if 'python3' not in command: sys.exit(0)
words = ' '.join(says)
ready = os.path.exists(os.path.join(kept, 'vars'))
digest = 'sha256:' + 'a' * 64
checks = [{'code': 'c%d' % i, 'ok': False, 'severity': 'warning', 'message': ('.' * (i * 7)) + said} for i, said in enumerate(says)]
if not ready: checks.append({'code': 'not_provisioned', 'ok': False, 'message': words})
print(json.dumps({'v': 1, 'node': {'hostname': words, 'os': words[:90], 'kernel': words, 'checks': checks,
  'services': {'nginx': words}, 'record': {'digest': digest, 'spec': {'admin_password': words, 'db_password': words}} if ready else {}},
  'environments': {'acme-orphan': {'record': {'digest': digest, 'spec': {'db_password': words}}, 'http': {'status': 500, 'message': words},
    'drift': [{'path': said, 'expectedSha': 'a', 'actualSha': said} for said in says]}}}))
`;

const ansibleVersionOnly = (version: string) => `#!/usr/bin/python3
import sys
if '--version' in sys.argv:
    print('ansible-playbook [core ${version}]')
    sys.exit(0)
`;

/** Its whole input is in the messages of its events; converging an environment fails. */
const ansible = `
given = environment
for argument in sys.argv:
    if argument.startswith('@'):
        given += open(argument[1:]).read()
keep('vars', given)
events = os.fdopen(3, 'w')
fails = 'environment-converge' in ' '.join(sys.argv)
status = 'failed' if fails else 'ok'
def tell(**event): events.write(json.dumps({'v': 1, **event}) + '\\n')
for index, said in enumerate(says + [given]):
    for cut in (0, 1990 - len(said) // 2, 8180 - len(said) // 2):
        message = '.' * max(0, cut) + said
        tell(event='task_end', task='Echo', status=status, durationMs=1, message=message)
        tell(event='environment_step', environment='acme-production', step='echo', status=status, durationMs=1, message=message)
        if fails: tell(event='environment_result', environment='acme-production', status='failed', error={'code': 'echo', 'message': message})
tell(event='stats', hosts={'web-1': {'ok': 1, 'failures': 1 if fails else 0}})
events.flush()
print(given, ' '.join(says))
print(given, ' '.join(says), file=sys.stderr)
sys.exit(2 if fails else 0)
`;

async function program(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}
