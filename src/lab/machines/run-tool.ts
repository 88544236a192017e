import { execa } from 'execa';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

export interface ToolOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Resolve with the exit code instead of failing. */
  readonly allowFailure?: boolean;
}

export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The only variables of the caller's environment that tools of the lab receive. */
export const toolEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
  HOME: '/root',
  TERM: 'dumb',
};

const maxOutputBytes = 4 * 1024 * 1024;

/**
 * Runs a program of the host without a shell. Fails with `PL3001` when it is not installed, `PL3014` past `timeoutMs`
 * (default 60 s), `PL3015` when cancelled and `PL3021` on a non-zero exit.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<ToolResult> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const result = await execa(command, args, {
    env: { ...toolEnvironment, ...options.env },
    extendEnv: false,
    reject: false,
    timeout: timeoutMs,
    forceKillAfterDelay: 2_000,
    maxBuffer: maxOutputBytes,
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  if (result.isCanceled) throw new PressluftError(errors.cancelled, `${command} was cancelled`);
  if (result.timedOut)
    throw new PressluftError(errors.processTimedOut, `${command} took longer than ${timeoutMs} ms`);
  if (result.code === 'ENOENT') {
    throw new PressluftError(errors.programMissing, `${command} is not installed`, {
      hint: installHint(command),
    });
  }
  const outcome = { exitCode: result.exitCode ?? 128, stdout: result.stdout, stderr: result.stderr };
  if (outcome.exitCode !== 0 && options.allowFailure !== true) {
    throw new PressluftError(
      errors.labFailed,
      `${[command, ...args].join(' ').slice(0, 300)}: ${lastWords(outcome)}`,
    );
  }
  return outcome;
}

function lastWords({ exitCode, stdout, stderr }: ToolResult): string {
  const said = (stderr.trim() === '' ? stdout : stderr).trim();
  return `exit ${exitCode}${said === '' ? '' : `: ${said.slice(-1500)}`}`;
}

const debianPackageOf: Readonly<Record<string, string>> = {
  debootstrap: 'debootstrap',
  'systemd-nspawn': 'systemd-container',
  nft: 'nftables',
  ip: 'iproute2',
  flock: 'util-linux',
  unshare: 'util-linux',
};

function installHint(command: string): string {
  return `Install it: apt-get install ${debianPackageOf[command] ?? command}`;
}
