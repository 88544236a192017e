import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface StepOutcome {
  readonly name: string;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Executes the shell lines of one job of a GitHub or Forgejo workflow as their runners do: each step in its own shell that ends
 * at the first failing command, in an existing checkout. `values` are the values of `${{ … }}`; an unknown one is an error. Steps
 * that use an action are skipped. Ends at the first step that fails.
 */
export async function runActionsJob(
  file: string,
  job: string,
  values: Readonly<Record<string, string>>,
  at: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<readonly StepOutcome[]> {
  const workflow = parse(await readFile(file, 'utf8')) as { jobs: Record<string, { steps: Step[] }> };
  const outcomes: StepOutcome[] = [];
  for (const { name, run, env = {} } of workflow.jobs[job]?.steps ?? []) {
    if (run === undefined) continue;
    const own = Object.fromEntries(Object.entries(env).map(([key, text]) => [key, expand(text, values)]));
    const outcome = await shell(name ?? run, ['-e', '-c', expand(run, values)], at.cwd, {
      ...at.env,
      ...own,
    });
    outcomes.push(outcome);
    if (outcome.code !== 0) break;
  }
  return outcomes;
}

/** Executes the `script` of one job of a `.gitlab-ci.yml` as its runner does: all lines in one shell that ends at the first failure. */
export async function runGitlabJob(
  dir: string,
  job: string,
  env: Readonly<Record<string, string>>,
): Promise<StepOutcome> {
  const config = parse(await readFile(join(dir, '.gitlab-ci.yml'), 'utf8')) as Record<
    string,
    { script: string[]; variables?: Record<string, string | number> }
  >;
  const found = config[job];
  if (found === undefined) throw new Error(`no job ${job}`);
  const variables = Object.fromEntries(
    Object.entries(found.variables ?? {}).map(([key, value]) => [key, String(value)]),
  );
  return shell(job, ['-e', '-c', found.script.join('\n')], dir, { ...variables, ...env });
}

function expand(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{\{\s*(.+?)\s*\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the test gives no value for \${{ ${name} }}`);
    return value;
  });
}

function shell(
  name: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<StepOutcome> {
  return new Promise((resolve) => {
    execFile('sh', [...args], { cwd, env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ name, code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    );
  });
}
