import { shortRecipient } from '../fleet/sops.ts';
import type {
  AgeKeyFacts,
  AnsibleFacts,
  LabFacts,
  StateDirectoryFacts,
  StoreFacts,
  Tool,
} from '../ports/doctor-probes.ts';
import { fail, ok, skip, type Verdict, warn } from './report.ts';

/** Type stripping without a flag and `node:sqlite`: nodejs.org, releases 22.18 and 24. */
const oldestNode = 24;

interface ToolRule {
  readonly name: string;
  /** Oldest version with the features that Pressluft uses. */
  readonly oldest: readonly [major: number, minor: number] | null;
  readonly package: string;
}

const toolRules: Readonly<Record<Tool, ToolRule>> = {
  // `safe.bareRepository`, protocol v2 by default, `--end-of-options` everywhere.
  git: { name: 'git', oldest: [2, 30], package: 'git' },
  // ed25519 keys in OpenSSH format, `HostKeyAlgorithms`, `ControlPersist`, and the `-o` options that Ansible uses.
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

/** `firstLine` is the version output of the tool; null if it is not installed. */
export function judgeTool(tool: Tool, firstLine: string | null): Verdict {
  const rule = toolRules[tool];
  const install = `On Debian and Ubuntu: apt-get install ${rule.package}`;
  if (firstLine === null) return fail(`${rule.name} is not installed`, install);
  if (rule.oldest === null) return ok(`${rule.name} is installed`);
  const found = versionIn(firstLine);
  const oldest = rule.oldest.join('.');
  if (found === null) return fail(`${rule.name} does not report its version, ${oldest} is needed`, install);
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
    'Recreate the virtualenv: pressluft doctor --fix',
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

const mib = 1024 * 1024;
/** A clone, the store and an Ansible run of a small fleet take tens of MiB; with less free space, writes may fail at any time. */
const leastBytes = 100 * mib;
const comfortableBytes = 1024 * mib;
const leastInodes = 1_000;
const comfortableInodes = 10_000;

export function judgeStateDirectory(facts: StateDirectoryFacts): Verdict {
  const { path } = facts;
  const other =
    'Choose another directory with --state-dir or PRESSLUFT_STATE_DIR, or change its permissions.';
  if (facts.exists && !facts.isDirectory) return fail(`${path} is not a directory`, other);
  if (!facts.writable) {
    return fail(
      facts.exists ? `${path} is not writable` : `${path} does not exist and cannot be created`,
      other,
    );
  }
  if (!facts.exists) return ok(`${path} does not exist yet and can be created`);
  if (facts.mode !== null && (facts.mode & 0o077) !== 0) {
    return warn(
      `${path} is open to other users (mode ${(facts.mode & 0o777).toString(8)})`,
      `It contains private keys: chmod 700 ${path}`,
    );
  }
  return ok(`${path} is writable`);
}

export function judgeDisk({ path, freeBytes, freeInodes }: StateDirectoryFacts): Verdict {
  const message = `${sizeText(freeBytes)}${freeInodes === null ? '' : ` and ${freeInodes} inodes`} free for ${path}`;
  const inodes = freeInodes ?? Number.POSITIVE_INFINITY;
  const hint = 'Free some space. Pressluft stops writing when the disk is full and resumes automatically.';
  if (freeBytes < leastBytes || inodes < leastInodes) return fail(message, hint);
  if (freeBytes < comfortableBytes || inodes < comfortableInodes) return warn(message, hint);
  return ok(message);
}

export function judgeStore(facts: StoreFacts): Verdict {
  switch (facts.kind) {
    case 'absent':
      return ok('no store yet; the first pass creates it');
    case 'good':
      return ok(`the store opens (${sizeText(facts.sizeBytes)})`);
    case 'in_use':
      return ok(`in use by ${facts.pid === null ? 'another Pressluft' : `Pressluft with pid ${facts.pid}`}`);
    case 'damaged':
      return fail(
        `the store cannot be read: ${facts.reason}`,
        'Move store.sqlite and its -wal and -shm files away and restart; only the local history of runs is lost.',
      );
    default:
      return facts satisfies never;
  }
}

/** Only rehearsals need the lab, so a controller without it is not a failure. */
export function judgeLab(facts: LabFacts): Verdict {
  const missing = [
    ...(facts.linux ? [] : ['Linux']),
    ...(facts.root ? [] : ['root']),
    ...facts.missingTools,
    ...(facts.overlayFs ? [] : ['overlayfs']),
    ...(facts.networkNamespaces ? [] : ['network namespaces']),
  ];
  if (missing.length === 0) return ok('the lab can run on this machine');
  return skip(
    `the lab cannot run on this machine; missing: ${missing.join(', ')}`,
    'Only for rehearsals; production needs none of it.',
  );
}

function sizeText(bytes: number): string {
  if (bytes < mib) return `${Math.ceil(bytes / 1024)} KiB`;
  return bytes < 10 * 1024 * mib
    ? `${Math.round(bytes / mib)} MiB`
    : `${Math.round(bytes / (1024 * mib))} GiB`;
}

/** Only fleets with secrets in SOPS files need an age key. */
export function judgeAgeKey(facts: AgeKeyFacts | null): Verdict {
  if (facts === null) {
    return skip(
      'no age key: secrets in SOPS files cannot be decrypted',
      'Only needed for SOPS files: run `age-keygen -o FILE` and set PRESSLUFT_AGE_KEY_FILE to the file.',
    );
  }
  const keys = facts.publicKeys.map(shortRecipient).join(', ');
  const message = `${keys} (${facts.sources.join(', ')})`;
  if (facts.openFiles.length === 0) return ok(message);
  return warn(
    `${facts.openFiles.join(', ')} can be read by other users; the key is ${keys}`,
    `Anyone with this key can decrypt every secret: chmod 600 ${facts.openFiles.join(' ')}`,
  );
}
