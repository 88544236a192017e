import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import type { EnvironmentName, NodeName } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { parseResourceRef, resourceRef } from '../fleet/resource.ts';
import type { MachineAddress } from '../ports/machine.ts';
import type { CliContext, RepositoryFlags, Session } from './context.ts';
import { type Current, loadCurrent } from './load-current.ts';
import { nodeAddress } from './node-address.ts';
import { addExamples, addRepositoryOptions } from './options.ts';
import { createTerminalText } from './terminal-text.ts';
import { withSession } from './with-session.ts';

interface WpFlags extends RepositoryFlags {
  readonly raw?: true;
}

export function registerWp(command: Command, context: CliContext): void {
  addRepositoryOptions(command)
    .usage('[options] <environment> -- <args...>')
    .argument('<environment>', 'name of the environment')
    .argument('<args...>', 'arguments for wp, after --')
    .option('--raw', 'let the site control the terminal; needed by wp shell and other interactive commands')
    .action((environment: string, args: readonly string[], flags: WpFlags) =>
      wp(context, environment, args, flags),
    );
  addExamples(
    command,
    'pressluft wp acme-production -- plugin list --format=json',
    'pressluft wp acme-production -- db export - > acme.sql',
    'pressluft wp --raw acme-production -- shell',
  );
}

/** Long enough for a search-replace over a large database; ends a forgotten command. */
const timeoutMs = 60 * 60_000;

/** Runs wp-cli on the node of an environment and exits with its exit code. */
async function wp(
  context: CliContext,
  environment: string,
  args: readonly string[],
  flags: WpFlags,
): Promise<void> {
  const name = environmentName(environment);
  const exitCode = await withSession(
    context,
    flags,
    { access: 'shared', defaultLogLevel: 'warn' },
    (session) => runWp(context, session, name, { args, raw: flags.raw === true }),
  );
  context.setExitCode(exitCode);
}

function environmentName(text: string): EnvironmentName {
  const name = text.startsWith('environment/') ? text.slice('environment/'.length) : text;
  if (parseResourceRef(`environment/${name}`) === undefined) {
    throw new PressluftError(
      errors.flagInvalid,
      `${JSON.stringify(text)} is not the name of an environment`,
      {
        hint: 'Names consist of lower-case letters, digits and dashes: pressluft wp acme-production -- …',
      },
    );
  }
  return name as EnvironmentName;
}

async function runWp(
  context: CliContext,
  session: Session,
  environment: EnvironmentName,
  { args, raw }: { readonly args: readonly string[]; readonly raw: boolean },
): Promise<number> {
  const { machines } = session.deps;
  const { stdin, signal } = context;
  if (!raw && stdin.isTTY === true && isInteractive(args)) {
    throw new PressluftError(
      errors.flagInvalid,
      `\`wp ${args.join(' ')}\` needs the terminal, which only --raw passes on`,
      {
        hint: `Trust the code of the site with your terminal? Then: pressluft wp --raw ${environment} -- ${args.join(' ')}`,
      },
    );
  }
  const address = addressOf(session, await loadCurrent(context, session), environment);
  const argv = wpCommand(environment, args);
  if (raw && stdin.isTTY === true) return machines.interactive(address, argv);
  const [stdout, stderr] = [context.stdout, context.stderr].map((stream) =>
    raw ? unchanged(stream) : forReader(stream),
  ) as [Output, Output];
  const options = {
    stdin: 'inherit',
    stdout: stdout.stream,
    stderr: stderr.stream,
    timeoutMs,
    signal,
  } as const;
  try {
    return await machines.stream(address, argv, options);
  } finally {
    await Promise.all([stdout.end(), stderr.end()]);
  }
}

function isInteractive([first, second]: readonly string[]): boolean {
  return first === 'shell' || (first === 'db' && (second === 'cli' || second === 'connect'));
}

interface Output {
  readonly stream: NodeJS.WritableStream;
  end(): Promise<void>;
}

function unchanged(stream: NodeJS.WriteStream): Output {
  return { stream, end: async () => undefined };
}

/** What a site prints is not for a terminal to obey. Files and programs get its bytes. */
function forReader(stream: NodeJS.WriteStream): Output {
  if (stream.isTTY !== true) return unchanged(stream);
  const text = createTerminalText();
  const safe = new Writable({
    write(chunk, _encoding, done) {
      if (stream.write(text.push(chunk))) done();
      else stream.once('drain', () => done());
    },
    final(done) {
      stream.write(text.end());
      done();
    },
  });
  return { stream: safe, end: () => finished(safe.end()) };
}

/**
 * In the sandbox and within the limits of the environment's PHP, since wp-cli runs the site's code. `-n`: sudo never prompts, because the
 * session may be non-interactive.
 */
function wpCommand(environment: EnvironmentName, args: readonly string[]): readonly string[] {
  return ['sudo', '-n', '/usr/local/lib/pressluft/site-run', environment, '--', 'wp', ...args];
}

function addressOf(
  { deps }: Session,
  { manifests, recorded }: Current,
  environment: EnvironmentName,
): MachineAddress {
  const status = recorded.status.get(resourceRef('Environment', environment));
  if (status === undefined || status.node === null) {
    throw new PressluftError(errors.resourceUnknown, `no environment ${environment} is recorded`, {
      hint: '`pressluft status` lists all environments.',
    });
  }
  const { fleet } = manifests;
  if (fleet === undefined) {
    throw new PressluftError(
      errors.manifestsInvalid,
      'pressluft.yaml is missing or broken, so the fleet is unknown',
      {
        hint: 'Run `pressluft validate` and correct it.',
      },
    );
  }
  return nodeAddress(deps.store, fleet, recorded, status.node as NodeName);
}
