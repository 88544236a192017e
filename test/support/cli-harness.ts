import { join } from 'node:path';
import { createGitRepository } from '../../src/adapters/git/git-repository.ts';
import { createLog, type LogLevel } from '../../src/adapters/log/create-log.ts';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { runProgram } from '../../src/cli/program.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import { cliFiles } from '../../src/main/files.ts';
import { loadDirectory } from '../../src/main/manifest-directory.ts';
import { openReadOnlySession } from '../../src/main/read-only-session.ts';
import type { Cloud } from '../../src/ports/cloud.ts';
import type { Deps } from '../../src/ports/index.ts';
import type { Log, LogFields } from '../../src/ports/log.ts';
import { createPassMemory } from '../../src/reconcile/memory.ts';
import { type LocalRepository, localRepository } from './local-repository.ts';
import { memoryLog } from './memory-log.ts';
import { memorySignatures } from './memory-signatures.ts';
import { seededRandom } from './seeded-random.ts';
import { type SimulatedNodes, simulatedNodes } from './simulated-nodes.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line over a real local Git remote and a real store, with simulated nodes. */
export interface CliHarness {
  readonly repository: LocalRepository;
  readonly nodes: SimulatedNodes;
  readonly log: ReturnType<typeof memoryLog>;
  readonly deps: Deps;
  /** Opened sessions, as `exclusive` or `shared`, and those still open. */
  readonly sessions: { opened: string[]; open: number };
  run(args: readonly string[], options?: CliRunOptions): Promise<CliResult>;
  close(): Promise<void>;
}

export interface CliRunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdinIsTerminal?: boolean;
  /** Makes standard error a terminal; every write is also added here. */
  readonly terminal?: string[];
  readonly signal?: AbortSignal;
}

/** Without `cloud`, no provider answers. */
export async function cliHarness(cloud?: Cloud): Promise<CliHarness> {
  const repository = await localRepository();
  const nodes = simulatedNodes();
  const log = memoryLog();
  const git = await createGitRepository({
    dir: join(repository.dir, 'clone.git'),
    url: repository.url,
    branch: 'main',
    log,
  });
  const store = openStore(join(repository.dir, 'store.sqlite'), { log });
  const deps: Deps = {
    clock: new VirtualClock({ autoAdvanceUpToMs: 60_000 }),
    random: seededRandom(1),
    git,
    store,
    log,
    machines: nodes.machines,
    ansible: nodes.ansible,
    secrets: { resolve: async () => 'secret', own: async () => 'secret', redact: (text) => text },
    signatures: memorySignatures(),
    cloud: async () => {
      if (cloud !== undefined) return cloud;
      throw new PressluftError(errors.providerUnreachable, 'there is no cloud in this test');
    },
  };
  const memory = createPassMemory();
  const sessions = { opened: [] as string[], open: 0 };

  const run: CliHarness['run'] = async (args, options = {}) => {
    const stdout = textStream();
    const stderr = textStream(options.terminal);
    let code = 0;
    const context: CliContext = {
      env: options.env ?? {},
      cwd: repository.dir,
      stdin: { isTTY: options.stdinIsTerminal === true },
      stdout: stdout.stream,
      stderr: stderr.stream,
      signal: options.signal ?? new AbortController().signal,
      version: '0.0.0-test',
      files: cliFiles,
      openSession: async (_, { access, defaultLogLevel, logDestination }) => {
        sessions.opened.push(access);
        sessions.open++;
        const shown = createLog({
          level: defaultLogLevel as LogLevel,
          destination: logDestination ?? stderr.stream,
          secrets: deps.secrets,
        });
        const session = { ...deps, log: bothLogs(log, shown) };
        return { deps: session, memory, artifactMirror: undefined, close: async () => void sessions.open-- };
      },
      // Like the program, over the same remote; without a session, so without nodes, store and secrets.
      openReadOnlySession: async (flags) => {
        const repo = flags.repo ?? (flags.dir === undefined ? repository.url : flags.dir);
        // The variables of whoever runs the tests are not those of the fleets in them.
        const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PRESSLUFT_'));
        const env = { ...Object.fromEntries(own), ...options.env };
        const session = await openReadOnlySession({ ...flags, repo }, env, repository.dir);
        return { ...session, clock: deps.clock };
      },
      openDoctor: () => Promise.reject(new Error('not in this test')),
      loadDirectory: (path) => loadDirectory(path, undefined),
      writeExample: async () => ['README.md', 'pressluft.yaml'],
      setExitCode: (value) => {
        code = value;
      },
    };
    await runProgram(context, ['node', 'pressluft', ...args]);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  };

  return {
    repository,
    nodes,
    log,
    deps,
    sessions,
    run,
    close: async () => {
      store.close();
      await repository.remove();
    },
  };
}

function bothLogs(one: Log, two: Log): Log {
  const method = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) => {
    one[level](fields, message);
    two[level](fields, message);
  };
  return {
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    child: (fields) => bothLogs(one.child(fields), two.child(fields)),
  };
}

/** The part of a stream that the CLI uses; a terminal if an array for its output is given. */
function textStream(terminal?: string[]): { readonly stream: NodeJS.WriteStream; text(): string } {
  const parts: string[] = [];
  const stream = {
    isTTY: terminal !== undefined,
    write: (part: string) => {
      terminal?.push(part);
      parts.push(part);
      return true;
    },
    on: () => stream,
  };
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => parts.join('') };
}
