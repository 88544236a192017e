import { resolve } from 'node:path';
import type { Command } from 'commander';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { exitCodes } from '../fleet/exit-codes.ts';
import { padToWidth } from '../fleet/text-width.ts';
import type { LabDescription } from '../lab/lab-files.ts';
import type { LabStatus } from '../lab/lab-status.ts';
import type { CliContext } from './context.ts';
import { addExamples, type Format, formatOption } from './options.ts';

export type LabCliContext = Pick<CliContext, 'cwd' | 'stdout' | 'stderr' | 'signal' | 'setExitCode'>;

interface Flags {
  readonly name: string;
  readonly dir?: string;
  readonly format: Format;
}

interface UpFlags extends Flags {
  readonly cacheDir?: string;
  readonly bare?: boolean;
  readonly env?: boolean;
}

type StatusFlags = Flags & Pick<UpFlags, 'env'>;

const envHelp = 'print export lines for a shell, secrets included, and nothing else on stdout';

/** The code of the lab is loaded only when one of its verbs runs. */
export function registerLab(lab: Command, context: LabCliContext): void {
  common(lab.command('up').description('start the lab in the background; the first time takes minutes'))
    .option('--cache-dir <path>', 'images, packages and artifacts (default /var/cache/pressluft-lab)')
    .option('--bare', 'machines without preinstalled packages of a node')
    .option('--env', envHelp)
    .action((flags: UpFlags) => up(context, flags));
  common(
    lab.command('down').description('stop the lab and remove everything it created except the caches'),
  ).action((flags: Flags) => down(context, flags));
  common(lab.command('status').description('servers, machines, addresses and leftovers'))
    .option('--env', envHelp)
    .action((flags: StatusFlags) => status(context, flags));
  common(
    lab.command('reset').description('destroy the servers and empty the repository of a running lab'),
  ).action((flags: Flags) => reset(context, flags));
  addExamples(lab, 'pressluft lab up', 'eval "$(pressluft lab status --env)"', 'pressluft lab down');
}

function common(command: Command): Command {
  return command
    .option('--name <name>', 'name of the lab; several labs can run at the same time', 'default')
    .option('--dir <path>', 'data directory of the lab (default /var/lib/pressluft-lab/NAME)')
    .addOption(formatOption());
}

async function up(context: LabCliContext, flags: UpFlags): Promise<void> {
  const { launchDaemon } = await import('../lab/launch-daemon.ts');
  const { labEnvironment } = await import('../lab/lab-files.ts');
  const dir = dirOf(context, flags);
  const description = await launchDaemon(
    {
      name: flags.name,
      warmImage: flags.bare !== true,
      ...(dir === undefined ? {} : { dir }),
      ...(flags.cacheDir === undefined ? {} : { cacheDir: resolve(context.cwd, flags.cacheDir) }),
    },
    (message) => void context.stderr.write(`lab: ${message}\n`),
    context.signal,
  );
  if (flags.env === true) {
    context.stdout.write(renderExports(labEnvironment(description)));
  } else if (flags.format === 'json') {
    context.stdout.write(`${JSON.stringify(withoutSecrets(description), null, 2)}\n`);
  } else {
    context.stdout.write(`The lab "${flags.name}" is up.\n\n${renderAddresses(description)}\n`);
    context.stdout.write(
      'Root in a machine of the lab is root on this computer: deploy only code that you trust here.\n\n',
    );
    context.stdout.write(`For a shell:  eval "$(pressluft lab status --env${nameFlag(flags)})"\n`);
    context.stdout.write(`To stop it:   pressluft lab down${nameFlag(flags)}\n`);
  }
}

async function down(context: LabCliContext, flags: Flags): Promise<void> {
  const { stopLab } = await import('../lab/stop-lab.ts');
  const leftovers = await stopLab(flags.name, dirOf(context, flags));
  if (flags.format === 'json') {
    context.stdout.write(`${JSON.stringify({ name: flags.name, leftovers }, null, 2)}\n`);
  } else if (leftovers.length === 0) {
    context.stdout.write(`The lab "${flags.name}" is gone.\n`);
  } else {
    context.stdout.write(
      `Some of the lab "${flags.name}" could not be removed:\n${renderLeftovers(leftovers)}`,
    );
  }
  if (leftovers.length > 0) context.setExitCode(exitCodes.environment.code);
}

async function status(context: LabCliContext, flags: StatusFlags): Promise<void> {
  const { labStatus } = await import('../lab/lab-status.ts');
  const found = await labStatus(flags.name, dirOf(context, flags));
  if (flags.env === true) {
    const { labEnvironment } = await import('../lab/lab-files.ts');
    if (found.state !== 'running' || !found.description) throw notRunning(flags);
    context.stdout.write(renderExports(labEnvironment(found.description)));
  } else if (flags.format === 'json') {
    const description = found.description && withoutSecrets(found.description);
    context.stdout.write(`${JSON.stringify({ ...found, description }, null, 2)}\n`);
  } else {
    context.stdout.write(renderStatus(found));
  }
}

async function reset(context: LabCliContext, flags: Flags): Promise<void> {
  const { resetLab } = await import('../lab/lab-status.ts');
  await resetLab(flags.name, dirOf(context, flags));
  context.stdout.write(
    flags.format === 'json' ? '{"reset":true}\n' : `The lab "${flags.name}" is reset; its caches are kept.\n`,
  );
}

function dirOf(context: LabCliContext, { dir }: Flags): string | undefined {
  return dir === undefined ? undefined : resolve(context.cwd, dir);
}

function renderStatus(status: LabStatus): string {
  const lines = [
    `Lab "${status.name}": ${status.state}${status.pid === undefined ? '' : ` (process ${status.pid})`}`,
  ];
  if (status.state === 'running' && status.description) {
    lines.push('', renderAddresses(status.description));
    lines.push(status.servers.length === 0 ? 'No servers.' : 'Servers:');
    for (const server of status.servers) {
      const differs = server.machine === server.power ? '' : ` (machine: ${server.machine})`;
      lines.push(
        `  ${padToWidth(server.name, 20)} ${server.serverType.padEnd(8)} ${(server.ipv4 ?? '-').padEnd(15)} ${server.power}${differs}`,
      );
    }
    for (const name of status.orphanMachines) lines.push(`  ${name}: a machine without a server`);
    if (status.faults.length > 0)
      lines.push('', 'Faults:', ...status.faults.map((fault) => `  ${JSON.stringify(fault)}`));
  } else if (status.leftovers.length > 0) {
    lines.push('', 'No process serves the lab. Leftovers:', renderLeftovers(status.leftovers).trimEnd());
    lines.push('', 'Resume it with `pressluft lab up`, or remove it with `pressluft lab down`.');
  }
  if (status.otherLabs.length > 0) lines.push('', `Other labs: ${status.otherLabs.join(', ')}`);
  return `${lines.join('\n')}\n`;
}

function renderAddresses({ cloud, git, mirror, network }: LabDescription): string {
  return [
    `  cloud API   ${cloud.endpoint}`,
    `  Git         ${git.httpUrl}`,
    `              ${git.sshUrl}`,
    `  artifacts   ${mirror.url}`,
    `  machines    ${network.subnet}`,
    '',
  ].join('\n');
}

function renderLeftovers(leftovers: LabStatus['leftovers']): string {
  return leftovers.map(({ kind, name }) => `  ${kind.padEnd(12)} ${name}\n`).join('');
}

function renderExports(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join('');
}

function nameFlag({ name, dir }: Flags): string {
  return `${name === 'default' ? '' : ` --name ${name}`}${dir === undefined ? '' : ` --dir ${dir}`}`;
}

/** Tokens and the password stay in `lab.json`, which only its owner can read. */
function withoutSecrets(description: LabDescription): object {
  const { token, readOnlyToken, controlToken, ...cloud } = description.cloud;
  const { password, ...git } = description.git;
  return { ...description, cloud, git };
}

function notRunning(flags: Flags): PressluftError {
  return new PressluftError(errors.resourceUnknown, `The lab "${flags.name}" is not running`, {
    hint: `Start it: pressluft lab up${nameFlag(flags)}`,
  });
}
