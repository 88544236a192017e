import { parseArgs } from 'node:util';
import { saveInput } from './corpus.ts';
import type { FuzzResult } from './fuzzer.ts';
import { runTarget } from './run-target.ts';
import { fuzzTargets } from './targets/index.ts';

/** `npm run fuzz -- --seconds 60 [--target NAME]… [--seed N] [--save]`: this long for each target; `--save` adds new inputs to the corpus. */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    target: { type: 'string', multiple: true },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    save: { type: 'boolean', default: false },
  },
});
/** Larger inputs would bloat the repository, and a smaller one soon reaches the same code. */
const maxSavedBytes = 1500;

const names = values.target ?? fuzzTargets.map(({ name }) => name);
let failed = false;
print(
  `seed ${values.seed}\n${row('target', 'executions', 'per second', 'functions', 'code', 'new inputs')}\n`,
);
for (const target of names) {
  const limit = { executions: Number.POSITIVE_INFINITY, milliseconds: Number(values.seconds) * 1000 };
  const result = await runTarget({ target, seed: Number(values.seed), limit });
  print(`${summary(target, result)}\n`);
  for (const { key, text, input } of result.findings) {
    failed = true;
    const bytes = Buffer.from(input);
    const saved = values.save && bytes.length <= maxSavedBytes ? saveInput(target, bytes, 'finding') : '';
    print(`  FINDING ${key}\n    ${text.replaceAll('\n', '\n    ')}\n`);
    print(
      `    ${bytes.length} bytes ${saved}\n    ${JSON.stringify(bytes.toString('latin1').slice(0, 400))}\n`,
    );
  }
  if (values.save) {
    for (const input of result.fresh) {
      if (input.length <= maxSavedBytes) saveInput(target, Buffer.from(input), 'code');
    }
  }
}
process.exitCode = failed ? 1 : 0;

function summary(target: string, { executions, milliseconds, coverage, fresh }: FuzzResult): string {
  const { functions, code } = coverage;
  return row(
    target,
    String(executions),
    String(Math.round((executions / Math.max(1, milliseconds)) * 1000)),
    `${functions.covered}/${functions.total}`,
    `${Math.round((100 * code.covered) / Math.max(1, code.total))} %`,
    String(fresh.length),
  );
}

function row(first: string, ...rest: readonly string[]): string {
  return first.padEnd(24) + rest.map((text) => text.padStart(12)).join('');
}

function print(text: string): void {
  process.stdout.write(text);
}
