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
import { withSession } from './with-session.ts';

export function registerWp(command: Command, context: CliContext): void {
  addRepositoryOptions(command)
    .usage('[options] <environment> -- <args...>')
    .argument('<environment>', 'name of the environment')
    .argument('<args...>', 'arguments for wp, after --')
    .action((environment: string, args: readonly string[], flags: RepositoryFlags) =>
      wp(context, environment, args, flags),
    );
  addExamples(
    command,
    'pressluft wp acme-production -- plugin list --format=json',
    'pressluft wp acme-production -- db export - > acme.sql',
  );
}

/** Long enough for a search-replace over a large database; ends a forgotten command. */
const timeoutMs = 60 * 60_000;

/** Runs wp-cli on the node of an environment and exits with its exit code. */
async function wp(
  context: CliContext,
  environment: string,
  args: readonly string[],
  flags: RepositoryFlags,
): Promise<void> {
  const name = environmentName(environment);
  const exitCode = await withSession(
    context,
    flags,
    { access: 'shared', defaultLogLevel: 'warn' },
    (session) => runWp(context, session, name, args),
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
  args: readonly string[],
): Promise<number> {
  const { machines } = session.deps;
  const address = addressOf(session, await loadCurrent(context, session), environment);
  const argv = wpCommand(environment, args);
  if (context.stdin.isTTY === true) return machines.interactive(address, argv);
  const { stdout, stderr, signal } = context;
  return machines.stream(address, argv, { stdin: 'inherit', stdout, stderr, timeoutMs, signal });
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
