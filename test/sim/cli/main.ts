import { parseArgs } from 'node:util';
import { guardTheWorld } from '../core/guard.ts';
import { allCheckers } from '../invariants/index.ts';
import { inputOf } from '../run/generate.ts';
import { failureText, parseFault } from '../run/report.ts';
import { run } from '../run/run.ts';
import { replay, shrink } from '../run/shrink.ts';
import { crashEverywhere, sayReached } from './crash-everywhere.ts';
import { runSeeds } from './run-seeds.ts';

const usage = `npm run sim -- [--seeds N] [--from N] [--crash all|NAME,…|none] [--replay JSON] [--trace]

  --seeds N     runs N random histories with faults and kills (default 200)
  --from N      the first seed (default 1)
  --crash WHAT  kills the daemon at every point of every call of these histories (default: none with --seeds, else all)
  --replay JSON a schedule as a failure prints it: {"seed":1,"events":[…],"faults":["git.push#0!lost-reply"]}
  --trace       prints everything that happened`;

const say = (text: string) => void process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      from: { type: 'string', default: '1' },
      crash: { type: 'string' },
      replay: { type: 'string' },
      trace: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(usage);
    return 0;
  }
  if (values.replay !== undefined) return replayOne(values.replay, values.trace);
  const count = Number(values.seeds ?? 200);
  const crash = values.crash ?? (values.seeds === undefined ? 'all' : 'none');
  say(
    `invariants, checked after everything that happens:\n${allCheckers()
      .map(({ name }) => `  ${name}`)
      .join('\n')}\n`,
  );
  const failed = [
    ...(count > 0 ? await failuresOf(Number(values.from), count) : []),
    ...(crash === 'none' ? [] : await crashEverywhere(crash === 'all' ? null : crash.split(','), say)),
  ];
  if (crash === 'none') await sayReached(say);
  for (const text of failed.slice(0, 3)) say(`\n${text}`);
  return failed.length === 0 ? 0 : 1;
}

async function failuresOf(from: number, count: number): Promise<readonly string[]> {
  const seeds = await runSeeds(from, count, say);
  const texts: string[] = [];
  const { release } = guardTheWorld();
  for (const seed of seeds.slice(0, 3)) {
    const found = await run(inputOf(seed));
    if (found.violation === null)
      texts.push(`seed ${seed} failed in its thread and does not fail here: it is not deterministic`);
    else texts.push(failureText(seed, found, await shrink(seed, found)));
  }
  release();
  return [...texts, ...seeds.slice(3).map((seed) => `seed ${seed} failed`)];
}

async function replayOne(json: string, trace: boolean): Promise<number> {
  const { seed, events, faults } = JSON.parse(json) as { seed: number; events?: number[]; faults?: string[] };
  const { release } = guardTheWorld();
  const keep = trace ? 1_000_000 : 40;
  const result =
    events === undefined || faults === undefined
      ? await run({ ...inputOf(seed), keepTrace: keep })
      : await replay(seed, { events, faults: faults.map(parseFault) }, keep);
  release();
  for (const line of trace ? result.trace : result.happened) say(line);
  const { violation } = result;
  say(
    violation === null
      ? `seed ${seed}: no violation`
      : `seed ${seed}: ${violation.invariant}\n  ${violation.message}`,
  );
  return violation === null ? 0 : 1;
}

process.exitCode = await main();
