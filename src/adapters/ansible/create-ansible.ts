import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { type Ansible, type AnsibleOutcome, type AnsibleRequest, playbooks } from '../../ports/ansible.ts';
import type { Log } from '../../ports/log.ts';
import type { MachineShell } from '../../ports/machine.ts';
import { killMarkedProcesses } from '../process/marked-processes.ts';
import { type ProcessResult, runProcess } from '../process/run-process.ts';
import { pinAddress } from '../ssh/pinned-address.ts';
import { contentVersion } from './content-version.ts';
import { locatePlaybookCommand } from './locate-playbook.ts';
import { moduleCache, moduleCacheVariable } from './module-cache.ts';
import { type PlaybookCommand, playbookCommand } from './playbook-command.ts';
import { createRunCollector, type RunCollector } from './run-collector.ts';
import { createRunDirectory, type RunDirectory, removeLeftoverRuns, runMarker } from './run-directory.ts';
import { runEnvironment } from './run-environment.ts';
import { hideSecretValues } from './secret-values.ts';

export interface AnsibleOptions {
  /** The directory with `playbooks/`, `roles/`, `ansible.cfg`. */
  readonly root: string;
  readonly venvDir: string;
  readonly stateDir: string;
  readonly shell: MachineShell;
  readonly log: Log;
  /** Redacts secrets in Ansible's output before the output becomes part of an error. */
  readonly redact?: (text: string) => string;
  /** Where PATH, `PRESSLUFT_ANSIBLE_VENV` and `PRESSLUFT_MODULE_CACHE` are read from; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const connectTimeoutMs = 30_000;
/** Ansible gets this long after SIGTERM to end its workers. */
const killAfterMs = 5000;
const maxOutputBytes = 262_144;
const stderrTailLength = 2000;

interface Prepared {
  readonly command: PlaybookCommand;
  /** Directory of the payloads that runs share. */
  readonly modules: string;
}

/** Playbooks by the pinned ansible-playbook, over the connections of {@link MachineShell}. */
export function createAnsible(options: AnsibleOptions): Ansible {
  const { root, stateDir, shell, log } = options;
  const env = options.env ?? process.env;
  let prepared: Promise<Prepared> | undefined;
  let knownVersion: Promise<string> | undefined;
  let probe: Promise<string> | undefined;
  let swept: Promise<void> | undefined;

  /** A failed preparation is repeated by the next run. */
  function prepare(): Promise<Prepared> {
    prepared ??= prepareOnce().catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  }

  /** Before the first probe as well: an earlier process may have left secrets in its runs, and there may be no run any more. */
  function sweep(): Promise<void> {
    swept ??= removeLeftoverRuns(stateDir).then(
      (killed) => {
        if (killed > 0) log.warn({ processes: killed }, 'ended Ansible runs of an earlier process');
      },
      (error: unknown) => {
        swept = undefined;
        throw error;
      },
    );
    return swept;
  }

  async function prepareOnce(): Promise<Prepared> {
    await sweep();
    const command = await playbookCommand(root, await locatePlaybookCommand(root, options.venvDir, env));
    return { command, modules: await moduleCache(stateDir, await version(), env[moduleCacheVariable]) };
  }

  async function run(request: AnsibleRequest): Promise<AnsibleOutcome> {
    checkRequest(request);
    const startedAt = performance.now();
    const address = pinAddress(request.address);
    const { command, modules } = await prepare();
    // Opens or renews the connection that Ansible shares, and reports a wrong key and an unreachable machine as different errors.
    await shell.run(request.address, ['true'], {
      timeoutMs: Math.min(connectTimeoutMs, request.timeoutMs),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    const sshOptions = await shell.clientOptions(request.address);
    const directory = await createRunDirectory(stateDir, request.host, address, request.vars);
    try {
      const hide = hideSecretValues(request.vars);
      const collector = createRunCollector(request.onEvent, (text) => redacted(hide(text)));
      const timeoutMs = Math.max(1, request.timeoutMs - (performance.now() - startedAt));
      const path = env.PATH ?? '/usr/local/bin:/usr/bin:/bin';
      const result = await runProcess({
        file: command.file,
        args: [...command.args, ...playbookArguments(request, root, directory)],
        env: {
          ...runEnvironment({ root, binDirectory: command.binDirectory, directory, sshOptions, path }),
          [moduleCacheVariable]: modules,
        },
        cwd: root,
        timeoutMs,
        killAfterMs,
        maxOutputBytes,
        ...(request.signal === undefined ? {} : { signal: request.signal }),
        extraFds: [collector.add],
      });
      collector.end();
      return await conclude(request, result, collector, directory);
    } finally {
      await directory.remove();
    }
  }

  async function conclude(
    request: AnsibleRequest,
    result: ProcessResult,
    collector: RunCollector,
    directory: RunDirectory,
  ): Promise<AnsibleOutcome> {
    const broken = collector.brokenLines();
    if (broken > 0) log.warn({ playbook: request.playbook, lines: broken }, 'ignored broken Ansible events');
    const outcome = collector.outcome(request.host, result.durationMs);
    if (outcome === null || result.timedOut || result.canceled) {
      // Workers have their own sessions, so the end of the process group does not reach them.
      await killMarkedProcesses(runMarker, directory.marker);
    }
    const details = { playbook: request.playbook, host: request.host };
    if (result.canceled) {
      throw new PressluftError(errors.cancelled, `${request.playbook} on ${request.host} was cancelled`, {
        cause: request.signal?.reason,
        details,
      });
    }
    if (result.timedOut) {
      throw new PressluftError(
        errors.processTimedOut,
        `${request.playbook} on ${request.host} took more than ${request.timeoutMs} ms`,
        {
          hint: 'Check the load of the node; the next run continues where this one stopped.',
          details,
        },
      );
    }
    if (outcome === null) throw crashed(request, result);
    const unreachable = collector.unreachableMessage();
    if (outcome.stats.unreachable > 0) {
      const reason = redacted(unreachable ?? 'no reason given');
      throw new PressluftError(
        errors.nodeUnreachable,
        `${request.host} was lost during ${request.playbook}: ${reason}`,
        {
          hint: 'Check that the node is powered on, and that firewalls let SSH through.',
          details,
        },
      );
    }
    return outcome;
  }

  function crashed(request: AnsibleRequest, result: ProcessResult): PressluftError {
    const end = result.signal === null ? `exit code ${result.exitCode}` : result.signal;
    const said = result.stderr.trim() || result.stdout.trim();
    const tail = redacted(hideSecretValues(request.vars)(said)).slice(-stderrTailLength);
    return new PressluftError(
      errors.playbookCrashed,
      `${request.playbook} on ${request.host} crashed (${end}): ${tail}`,
      {
        hint: 'The next run continues where this one stopped. If it crashes again, report it with this message.',
        details: { playbook: request.playbook, host: request.host, exitCode: result.exitCode },
      },
    );
  }

  function redacted(text: string): string {
    return options.redact === undefined ? text : options.redact(text);
  }

  function version(): Promise<string> {
    knownVersion ??= contentVersion(root).catch((error: unknown) => {
      knownVersion = undefined;
      throw error;
    });
    return knownVersion;
  }

  return {
    run,
    contentVersion: version,
    async probeScript() {
      await sweep();
      probe ??= readFile(join(root, 'files', 'probe.py'), 'utf8').catch((error: unknown) => {
        probe = undefined;
        throw error;
      });
      return probe;
    },
  };
}

function checkRequest({ playbook, host }: AnsibleRequest): void {
  if (!playbooks.includes(playbook))
    throw new PressluftError(errors.internal, `There is no playbook ${playbook}`);
  if (!/^[a-z0-9][a-z0-9.-]{0,252}$/.test(host)) {
    throw new PressluftError(
      errors.settingInvalid,
      `${JSON.stringify(host.slice(0, 200))} cannot be the name of a host in an inventory`,
    );
  }
}

function playbookArguments(
  request: AnsibleRequest,
  root: string,
  directory: RunDirectory,
): readonly string[] {
  return [
    '--inventory',
    directory.inventory,
    '--extra-vars',
    `@${directory.varsFile}`,
    ...(request.check === true ? ['--check'] : []),
    join(root, 'playbooks', `${request.playbook}.yml`),
  ];
}
