import { delimiter, join } from 'node:path';
import { type RunDirectory, runMarker } from './run-directory.ts';

/** The whole environment of ansible-playbook: variables set here override ansible.cfg. */
export function runEnvironment(options: {
  readonly root: string;
  readonly binDirectory: string;
  readonly directory: RunDirectory;
  /** See `MachineShell.clientOptions`: plain words without blanks. */
  readonly sshOptions: readonly string[];
  readonly path: string;
}): Record<string, string> {
  const { root, binDirectory, directory } = options;
  return {
    PATH: [binDirectory, options.path].join(delimiter),
    HOME: directory.home,
    LC_ALL: 'C.UTF-8',
    TERM: 'dumb',
    PYTHONNOUSERSITE: '1',
    PYTHONUNBUFFERED: '1',
    [runMarker]: directory.marker,
    PRESSLUFT_EVENTS_FD: '3',
    ANSIBLE_CONFIG: join(root, 'ansible.cfg'),
    ANSIBLE_HOME: directory.home,
    ANSIBLE_LOCAL_TEMP: join(directory.path, 'tmp'),
    ANSIBLE_SSH_ARGS: options.sshOptions.map(quoted).join(' '),
    ANSIBLE_SSH_RETRIES: '2',
    ANSIBLE_PIPELINING: 'True',
    ANSIBLE_GATHERING: 'explicit',
    ANSIBLE_CACHE_PLUGIN: 'memory',
    ANSIBLE_HOST_KEY_CHECKING: 'True',
    ANSIBLE_NOCOLOR: 'True',
    ANSIBLE_NOCOWS: 'True',
    ANSIBLE_RETRY_FILES_ENABLED: 'False',
    ANSIBLE_INVENTORY_ENABLED: 'yaml',
    // No collections of the machine or on Python's path: the content uses none.
    ANSIBLE_COLLECTIONS_PATH: join(root, 'collections'),
    ANSIBLE_COLLECTIONS_SCAN_SYS_PATH: 'False',
  };
}

/** Ansible splits the value as a POSIX shell would (shlex). */
function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}
