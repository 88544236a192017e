import { join } from 'node:path';
import { createGitRepository } from '../../src/adapters/git/git-repository.ts';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import type { CliContext, Session } from '../../src/cli/context.ts';
import { runProgram } from '../../src/cli/program.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import { loadDirectory } from '../../src/main/manifest-directory.ts';
import { createManifestCache } from '../../src/manifest/index.ts';
import type { Deps } from '../../src/ports/index.ts';
import { type LocalRepository, localRepository } from './local-repository.ts';
import { memoryLog } from './memory-log.ts';
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
  /** Sessions that were opened, as `exclusive` or `shared`, and are open still. */
  readonly sessions: { opened: string[]; open: number };
  run(args: readonly string[], options?: CliRunOptions): Promise<CliResult>;
  close(): Promise<void>;
}

export interface CliRunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdinIsTerminal?: boolean;
  readonly signal?: AbortSignal;
}

export async function cliHarness(): Promise<CliHarness> {
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
    secrets: { resolve: async () => 'secret', redact: (text) => text },
    cloud: async () => {
      throw new PressluftError('PL4002', 'there is no cloud in this test');
    },
  };
  const memory: Session['memory'] = {
    statusCache: new Map(),
    manifestCache: createManifestCache(),
    manifests: null,
  };
  const sessions = { opened: [] as string[], open: 0 };

  const run: CliHarness['run'] = async (args, options = {}) => {
    const stdout = textStream();
    const stderr = textStream();
    let code = 0;
    const context: CliContext = {
      env: options.env ?? {},
      cwd: repository.dir,
      stdin: { isTTY: options.stdinIsTerminal === true },
      stdout: stdout.stream,
      stderr: stderr.stream,
      signal: options.signal ?? new AbortController().signal,
      version: '0.0.0-test',
      openSession: async (_, { access }) => {
        sessions.opened.push(access);
        sessions.open++;
        return { deps, memory, artifactMirror: undefined, close: async () => void sessions.open-- };
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

/** As much of a stream as the CLI uses. */
function textStream(): { readonly stream: NodeJS.WriteStream; text(): string } {
  const parts: string[] = [];
  const stream = {
    isTTY: false,
    write: (part: string) => {
      parts.push(part);
      return true;
    },
    on: () => stream,
  };
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => parts.join('') };
}
