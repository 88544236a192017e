import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Found, Hunt } from './hunt.ts';
import type { Mutant } from './mutant.ts';
import { mutants } from './planted.ts';

const usage = `npm run sim:mutants -- [--only NAME,…] [--seeds N]

  Plants one bug after the other and lets the simulator look for it: the scenarios first, then N random histories (default 300).
  Prints found/planted; fails when a bug is not found.`;

const say = (text: string) => void process.stdout.write(`${text}\n`);

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seeds: { type: 'string', default: '300' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) say(usage);
else process.exitCode = await huntAll(values.only?.split(',') ?? null, Number(values.seeds));

async function huntAll(only: readonly string[] | null, seeds: number): Promise<number> {
  const wanted = mutants.filter(({ name }) => only === null || only.includes(name));
  const queue = [...wanted];
  let found = 0;
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { by, histories } = await huntOne({ mutant: next.name, seeds });
      if (by !== null) found += 1;
      say(line(next, by, histories));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  say(`${found}/${wanted.length} planted bugs found`);
  return found === wanted.length ? 0 : 1;
}

function line({ name, what }: Mutant, by: Found['by'], histories: number): string {
  const how = by === null ? `NOT FOUND in ${histories} histories` : `${by.history}: ${by.invariant}`;
  return `${by === null ? '✗' : '✓'} ${name.padEnd(26)} ${how}\n    ${what}`;
}

function huntOne(hunt: Hunt): Promise<Found> {
  const worker = new Worker(new URL('./hunt.ts', import.meta.url), { workerData: hunt });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
