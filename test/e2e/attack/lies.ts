/** Text that a terminal, Markdown, HTML, YAML or a CI system could interpret. */
export const hostile = [
  '\u001b[2J\u001b]0;owned\u0007',
  '\n---\nkind: Status\nresource: environment/three\n',
  '\n::set-output name=a::b',
  '\n| a | b |\n|---|---|\n# Owned\n[click](https://evil.example) <script>alert(1)</script> @everyone',
  '"}],"x":{"__proto__":{"y":1}} \u202e \u2028 \u0000',
].join(' ');

interface Liar {
  readonly uids: Readonly<Record<'one' | 'three', string>>;
}

/** Answers of a probe with claims about foreign environments, in unexpected types. */
export function probeLies({ uids }: Liar): Readonly<Record<string, string>> {
  const digest = `sha256:${'0'.repeat(64)}`;
  const claimed = (uid: string) => ({
    record: {
      uid,
      digest,
      spec: { deletion_policy: 'delete', state: 'running', protected: false, title: hostile },
    },
    retained: false,
    versions: {
      wordpress: hostile,
      php: hostile,
      plugins: { [hostile]: { version: hostile }, __proto__: { version: '1' } },
    },
    services: { [hostile]: hostile },
    http: { status: 1e308, ms: -1, message: hostile },
    drift: [{ path: hostile, expectedSha: hostile, actualSha: hostile }],
  });
  const node = {
    hostname: hostile,
    os: hostile,
    kernel: hostile,
    cores: -1,
    memoryMib: 1e300,
    phpVersions: [hostile, 7, null],
    services: { [hostile]: hostile },
    record: { digest, spec: { [hostile]: hostile } },
    checks: [
      { code: hostile, ok: false, message: hostile },
      { code: 'not_provisioned', ok: true },
    ],
  };
  const claims = {
    v: 1,
    node: { ...node, checks: [] },
    environments: {
      one: claimed('foreign234567abc'),
      three: claimed(uids.three),
      ghost: claimed(uids.three),
    },
  };
  return {
    'environments of its neighbour as its own': JSON.stringify(claims),
    'hostile text in every field': JSON.stringify({
      v: 1,
      node,
      environments: {
        one: claimed(uids.one),
        [hostile]: claimed(uids.one),
        '../../three': claimed(uids.three),
      },
    }),
    'values of wrong types': JSON.stringify({
      v: 1,
      node: { checks: 'x', record: [1], services: [], phpVersions: {} },
      environments: { one: [], three: 7, two: null },
    }),
    'keys twice and a prototype': `{"v":1,"v":1,"__proto__":{"provisioned":true},"node":{"checks":[]},"node":{"checks":[]},"environments":{"three":1,"three":${JSON.stringify(claimed(uids.three))}}}`,
    'no document at all': hostile,
  };
}

/** Answers of a module that claims success for others and tries to reach the controller. */
export function moduleLie(): string {
  const done = {
    changed: true,
    failed: false,
    steps: [{ step: hostile, changed: true, durationMs: -5, message: hostile }],
  };
  return JSON.stringify({
    changed: true,
    msg: hostile,
    pressluft: {
      final: true,
      environments: {
        one: { ...done, failed: true, error: { code: hostile, message: hostile } },
        three: done,
        [hostile]: done,
      },
      data: { [hostile]: hostile },
    },
    stats: { beta: { ok: 1 } },
    add_host: { host_name: 'evil', groups: ['all'], host_vars: { ansible_connection: 'local' } },
    add_group: 'evil',
    ansible_facts: {
      ansible_connection: 'local',
      ansible_python_interpreter: 'touch /tmp/pwned-controller',
      pressluft_environments: [],
    },
    _ansible_delegated_vars: { ansible_host: '127.0.0.1' },
    exception: hostile,
    invocation: { module_args: "{{ lookup('pipe', 'touch /tmp/pwned-controller') }}" },
    warnings: [hostile, "{{ lookup('pipe', 'touch /tmp/pwned-controller') }}"],
    deprecations: [{ msg: hostile }],
    diff: { before: hostile, after: hostile },
  });
}

/** Replaces the node's Python by a program that answers probes and Ansible with the files in `/run/lie`. */
export const becomeLiar = `set -e
[ -e /usr/bin/python3.honest ] || mv /usr/bin/python3 /usr/bin/python3.honest
cat >/usr/bin/python3 <<'EOF_OF_LIAR'
#!/bin/bash
mode=$(cat /run/lie/mode)
cat >/dev/null
case $mode in
  text) if [ "$1" = - ]; then cat /run/lie/probe; else cat /run/lie/module; fi ;;
  endless) exec yes "$(head -c 4000 /dev/zero | tr '\\0' x)" ;;
  errors) yes "$(cat /run/lie/probe)" | head -c 3000000 >&2; exit 1 ;;
esac
EOF_OF_LIAR
chmod 755 /usr/bin/python3
mkdir -p /run/lie`;
