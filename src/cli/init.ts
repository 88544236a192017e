import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { printable } from '../fleet/printable.ts';
import type { CliContext } from './context.ts';
import { addExamples, globalOptions } from './options.ts';
import { type Paint, paintFor } from './paint.ts';

export function registerInit(command: Command, context: CliContext): void {
  command.argument('[dir]', 'a new or empty directory', '.').action(async (dir: string) => {
    const path = resolve(context.cwd, dir);
    const files = await context.writeExample(path);
    const paint = paintFor(context.stdout, context.env, globalOptions(command).color);
    context.stdout.write(renderInit(relative(context.cwd, path) || '.', files, paint));
  });
  addExamples(command, 'pressluft init my-fleet');
}

function renderInit(dir: string, files: readonly string[], paint: Paint): string {
  const place = /^[\w./-]+$/.test(dir) ? dir : `'${dir.replaceAll("'", "'\\''")}'`;
  const steps = [
    ...(dir === '.' ? [] : [`cd ${place}`]),
    'git init && git add . && git commit -m "First fleet"',
    'pressluft validate',
    'export HCLOUD_TOKEN=…             # of your Hetzner project',
    'pressluft plan --repo .           # what would change',
    'pressluft run --repo .            # apply it, and every further commit',
  ];
  return [
    `Wrote ${files.length} files to ${printable(dir)}:`,
    ...files.map((file) => `  ${printable(file)}`),
    '',
    paint.bold('Next steps'),
    ...steps.map((step) => `  ${step}`),
    '',
  ].join('\n');
}
