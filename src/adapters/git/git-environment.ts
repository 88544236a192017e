import type { RemoteUrl } from './remote-url.ts';

/**
 * The whole environment of every `git` that Pressluft starts: no configuration of the user or the system, no prompt, no
 * replacement objects, English messages (they are matched), and only the transport that the remote needs.
 */
export function gitEnvironment(
  remote: RemoteUrl,
  extra: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_PAGER: 'cat',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOC_LIMIT: allocationLimit,
    GIT_ALLOW_PROTOCOL: allowedProtocols[remote.kind],
    ...extra,
  };
}

/**
 * The most that `git` takes at once: a pack of some hundred bytes may otherwise unpack to as much as the machine has. Larger files
 * that are no deltas are streamed (`core.bigFileThreshold`) and stay possible.
 */
const allocationLimit = '256m';

// HTTP never goes through the binary; an empty list would mean "not set".
const allowedProtocols = { http: 'none', ssh: 'ssh', local: 'file' } as const;

/** Arguments before the subcommand: the clone, and settings that no configuration file may change. */
export function gitArguments(dir: string, args: readonly string[]): readonly string[] {
  return [`--git-dir=${dir}`, ...fixedSettings.flatMap((setting) => ['-c', setting]), ...args];
}

const fixedSettings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.logAllRefUpdates=false',
  'core.bigFileThreshold=64m',
  'gc.auto=0',
  'gc.autoDetach=false',
  'maintenance.auto=false',
  'protocol.version=2',
  'fetch.recurseSubmodules=false',
  'submodule.recurse=false',
  'push.recurseSubmodules=no',
  'transfer.credentialsInUrl=die',
];
