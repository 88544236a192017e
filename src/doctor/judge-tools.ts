import type { AnsibleFacts, Tool } from '../ports/doctor-probes.ts';
import { fail, ok, type Verdict } from './report.ts';

/** Type stripping without a flag and `node:sqlite`: nodejs.org, releases 22.18 and 24. */
const oldestNode = 24;

interface ToolRule {
  readonly name: string;
  /** Oldest version that has what Pressluft uses, and what that is. */
  readonly oldest: readonly [major: number, minor: number] | null;
  readonly package: string;
}

const toolRules: Readonly<Record<Tool, ToolRule>> = {
  // `safe.bareRepository`, protocol v2 by default, `--end-of-options` everywhere.
  git: { name: 'git', oldest: [2, 30], package: 'git' },
  // ed25519 keys in OpenSSH form, `HostKeyAlgorithms`, `ControlPersist`, quantities of `-o` that Ansible shares.
  ssh: { name: 'OpenSSH client', oldest: [7, 6], package: 'openssh-client' },
  'ssh-keygen': { name: 'ssh-keygen', oldest: null, package: 'openssh-client' },
};

export function judgeNode(version: string): Verdict {
  const major = versionIn(version)?.[0] ?? 0;
  if (major >= oldestNode) return ok(`Node.js ${version.replace(/^v/, '')}`);
  return fail(
    `Node.js ${version.replace(/^v/, '')} is too old, ${oldestNode} is needed`,
    'Install Node.js 24 or newer, or set PRESSLUFT_NODE to the path of one.',
  );
}

/** `firstLine` is what the tool says about its version; null when it is not installed. */
export function judgeTool(tool: Tool, firstLine: string | null): Verdict {
  const rule = toolRules[tool];
  const install = `On Debian and Ubuntu: apt-get install ${rule.package}`;
  if (firstLine === null) return fail(`${rule.name} is not installed`, install);
  if (rule.oldest === null) return ok(`${rule.name} is there`);
  const found = versionIn(firstLine);
  const oldest = rule.oldest.join('.');
  if (found === null) return fail(`${rule.name} does not say its version, ${oldest} is needed`, install);
  const version = found.join('.');
  if (compare(found, rule.oldest) < 0)
    return fail(`${rule.name} ${version} is too old, ${oldest} is needed`, install);
  return ok(`${rule.name} ${version}`);
}

export function judgePython({ file, version }: { readonly file: string; readonly version: string }): Verdict {
  return ok(`Python ${version} (${file})`);
}

export function judgeAnsible({ pinned, installed, directory }: AnsibleFacts): Verdict {
  if (installed === pinned) return ok(`ansible-core ${installed} in ${directory}`);
  return fail(
    `ansible-core ${installed} in ${directory} is not the pinned ${pinned}`,
    'Make the virtualenv again: pressluft doctor --fix',
  );
}

function versionIn(text: string): readonly number[] | null {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match === null
    ? null
    : match
        .slice(1)
        .filter((part) => part !== undefined)
        .map(Number);
}

function compare(found: readonly number[], wanted: readonly number[]): number {
  for (const [index, part] of wanted.entries()) {
    const difference = (found[index] ?? 0) - part;
    if (difference !== 0) return difference;
  }
  return 0;
}
