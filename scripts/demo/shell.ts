import { spawn } from 'node:child_process';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
}

/** Runs a program to its end; stderr is shown, stdout is returned. */
export async function run(
  file: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly quiet?: boolean } = {},
): Promise<Ran> {
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', options.quiet === true ? 'ignore' : 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (exitCode) => resolve(exitCode ?? 1));
  });
  return { code, stdout };
}

/** Like {@link run}, for programs that must succeed. */
export async function must(...args: Parameters<typeof run>): Promise<string> {
  const { code, stdout } = await run(...args);
  if (code !== 0) throw new Error(`${args[0]} ${args[1].join(' ')} ended with ${code}`);
  return stdout.trim();
}
