import type { LabFacts, StateDirectoryFacts, StoreFacts } from '../ports/doctor-probes.ts';
import { fail, ok, skip, type Verdict, warn } from './report.ts';

const mib = 1024 * 1024;
/** A clone, the store and an Ansible run of a small fleet take some tens of MiB; below that writes fail any moment. */
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
      facts.exists ? `${path} is not writable` : `${path} does not exist and cannot be made`,
      other,
    );
  }
  if (!facts.exists) return ok(`${path} does not exist yet and can be made`);
  if (facts.mode !== null && (facts.mode & 0o077) !== 0) {
    return warn(
      `${path} is open to other users (mode ${(facts.mode & 0o777).toString(8)})`,
      `It holds private keys: chmod 700 ${path}`,
    );
  }
  return ok(`${path} is writable`);
}

export function judgeDisk({ path, freeBytes, freeInodes }: StateDirectoryFacts): Verdict {
  const message = `${sizeText(freeBytes)}${freeInodes === null ? '' : ` and ${freeInodes} inodes`} free for ${path}`;
  const inodes = freeInodes ?? Number.POSITIVE_INFINITY;
  const hint =
    'Free some space; Pressluft stops writing when the disk is full and goes on by itself afterwards.';
  if (freeBytes < leastBytes || inodes < leastInodes) return fail(message, hint);
  if (freeBytes < comfortableBytes || inodes < comfortableInodes) return warn(message, hint);
  return ok(message);
}

export function judgeStore(facts: StoreFacts): Verdict {
  switch (facts.kind) {
    case 'absent':
      return ok('no store yet; it is made with the first pass');
    case 'good':
      return ok(`the store opens (${sizeText(facts.sizeBytes)})`);
    case 'in_use':
      return ok(`in use by ${facts.pid === null ? 'another Pressluft' : `Pressluft with pid ${facts.pid}`}`);
    case 'damaged':
      return fail(
        `the store cannot be read: ${facts.reason}`,
        'Move store.sqlite and its -wal and -shm files away and start again; only the local history of runs is lost.',
      );
    default:
      return facts satisfies never;
  }
}

/** Only a rehearsal needs the lab, so that it cannot run is no finding about a controller. */
export function judgeLab(facts: LabFacts): Verdict {
  const missing = [
    ...(facts.linux ? [] : ['Linux']),
    ...(facts.root ? [] : ['root']),
    ...facts.missingTools,
    ...(facts.overlayFs ? [] : ['overlayfs']),
    ...(facts.networkNamespaces ? [] : ['network namespaces']),
  ];
  if (missing.length === 0) return ok('the lab can run here');
  return skip(
    `the lab cannot run here, without: ${missing.join(', ')}`,
    'Only for rehearsals; production needs none of it.',
  );
}

function sizeText(bytes: number): string {
  if (bytes < mib) return `${Math.ceil(bytes / 1024)} KiB`;
  return bytes < 10 * 1024 * mib
    ? `${Math.round(bytes / mib)} MiB`
    : `${Math.round(bytes / (1024 * mib))} GiB`;
}
