import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { installationRoot } from '../../src/main/paths.ts';
import type { PlainBenchmark } from './support/benchmark.ts';
import { type Figure, figure, mebibytes, seconds } from './support/figure.ts';
import { type CommandCost, measureCommand } from './support/measured-command.ts';
import { checkJsonschema, kubeconform, type Peer, writeSchemas } from './support/peers.ts';
import { type FleetFiles, scaleFleet } from './support/scale-fleet.ts';
import { median } from './support/statistics.ts';

const exec = promisify(execFile);
const name = 'validate';
const sizes = [1_000, 10_000, 50_000];
const launcher = join(installationRoot, 'bin', 'pressluft');
const kinds = ['Pressluft', 'Provider', 'Node', 'Site', 'Environment'];

/** `pressluft validate` as a separate process, from the command line to its end. */
export const validateScale: PlainBenchmark = {
  name,
  title: '`validate` of 1,000, 10,000 and 50,000 documents, beside other validators',
  run: async (say) => {
    const root = await mkdtemp(join(tmpdir(), 'pressluft-scale-'));
    try {
      const figures: Figure[] = [];
      for (const documents of sizes) {
        const dir = join(root, String(documents));
        const files = scaleFleet(documents);
        await writeFleet(dir, files);
        say(`${documents} documents in ${files.size} files`);
        figures.push(await ownFigure(documents, files.size, dir));
      }
      const dir = join(root, '10000');
      await writeSchemas(launcher, join(root, 'schemas'), kinds);
      figures.push(await attempt('git cat-file', () => floorFigure(root, dir)));
      figures.push(await attempt('kubeconform', () => kubeconformFigure(root, dir, say)));
      figures.push(await attempt('check-jsonschema', () => checkJsonschemaFigure(root, say)));
      return figures;
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  },
};

/** Other validators are measured when they are available; a missing one is not a failure. */
async function attempt(what: string, run: () => Promise<Figure>): Promise<Figure> {
  try {
    return await run();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return figure(name, what, `failed: ${reason?.slice(0, 100)}`);
  }
}

export async function writeFleet(dir: string, files: FleetFiles): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
}

export async function repeat(runs: number, run: () => Promise<CommandCost>): Promise<readonly CommandCost[]> {
  await run();
  const costs: CommandCost[] = [];
  for (let count = 0; count < runs; count++) costs.push(await run());
  return costs;
}

export function costs(runs: readonly CommandCost[]) {
  return {
    wallMs: median(runs.map(({ wallMs }) => wallMs)),
    cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
    rssKib: Math.max(...runs.map(({ rssKib }) => rssKib)),
  };
}

async function ownFigure(documents: number, files: number, dir: string): Promise<Figure> {
  const runs = await repeat(documents > 10_000 ? 3 : 7, async () => {
    const cost = await measureCommand([launcher, 'validate', dir]);
    if (cost.code !== 0) throw new Error(`validate ended with ${cost.code}`);
    return cost;
  });
  const { wallMs, cpuMs, rssKib } = costs(runs);
  const counted = documents === 10_000;
  return figure(name, `${documents} documents in ${files} files, cold`, seconds(wallMs), {
    beside: `CPU ${seconds(cpuMs)}, peak RSS ${mebibytes(rssKib)}`,
    result: `${(wallMs / documents).toFixed(3)} ms a document`,
    target: counted ? '< 2 s, < 400 MB' : 'linear',
    reached: counted ? wallMs < 2000 && rssKib * 1024 < 400e6 : null,
    data: { documents, files, wallMs, cpuMs, rssKib, runs },
  });
}

/** Time for only reading the same blobs from a pack. */
async function floorFigure(root: string, dir: string): Promise<Figure> {
  const git = async (...args: readonly string[]) => (await exec('git', ['-C', dir, ...args])).stdout;
  await git('init', '--quiet');
  await git('add', '.');
  await git('-c', 'user.name=a', '-c', 'user.email=a@b.example', 'commit', '--quiet', '-m', 'feat: fleet');
  await git('repack', '-adq');
  const list = join(root, 'oids');
  await writeFile(
    list,
    (await exec('git', ['-C', dir, 'ls-files', '--format=%(objectname)'], { maxBuffer: 2 ** 26 })).stdout,
  );
  const runs = await repeat(5, () =>
    measureCommand(['git', '-C', dir, 'cat-file', '--batch'], { stdin: list }),
  );
  const { wallMs, rssKib } = costs(runs);
  return figure(name, 'reading alone: git cat-file --batch, 10000 documents', seconds(wallMs), {
    beside: `peak RSS ${mebibytes(rssKib)}`,
    data: { wallMs, rssKib, runs },
  });
}

async function kubeconformFigure(root: string, dir: string, say: (text: string) => void): Promise<Figure> {
  const what = 'kubeconform, 10000 documents, schema only';
  const peer = await kubeconform();
  if (typeof peer === 'string') return figure(name, what, peer);
  say(`kubeconform ${peer.version}`);
  const location = join(root, 'schemas', '{{.ResourceKind}}.json');
  const argv = [
    peer.path,
    '-schema-location',
    location,
    '-n',
    '2',
    '-ignore-filename-pattern',
    '/\\.git/',
    dir,
  ];
  return peerFigure(`${what} (${peer.version}, 2 workers)`, await repeat(5, () => measureCommand(argv)));
}

/** It accepts one document per file and one schema per run, so it runs once per kind. */
async function checkJsonschemaFigure(root: string, say: (text: string) => void): Promise<Figure> {
  const what = 'check-jsonschema, 10000 documents, schema only';
  const peer: Peer | string = await checkJsonschema();
  if (typeof peer === 'string') return figure(name, what, peer);
  say(`check-jsonschema ${peer.version}`);
  const byKind = new Map<string, string[]>(kinds.map((kind) => [kind, []]));
  const documents = [...scaleFleet(10_000).values()].flatMap((text) => text.split('---\n'));
  await mkdir(join(root, 'split'));
  for (const [index, text] of documents.entries()) {
    const path = join(root, 'split', `${index}.yaml`);
    await writeFile(path, text);
    byKind.get(/^kind: (\w+)$/m.exec(text)?.[1] ?? '')?.push(path);
  }
  const runs: CommandCost[] = [];
  for (const [kind, paths] of byKind) {
    const schema = join(root, 'schemas', `${kind.toLowerCase()}.json`);
    runs.push(await measureCommand([peer.path, '--schemafile', schema, ...paths], { timeoutMs: 600_000 }));
  }
  const total: CommandCost = {
    wallMs: runs.reduce((sum, { wallMs }) => sum + wallMs, 0),
    cpuMs: runs.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    rssKib: Math.max(...runs.map(({ rssKib }) => rssKib)),
    code: Math.max(...runs.map(({ code }) => code)),
  };
  return peerFigure(`${what} (${peer.version}, one run a kind)`, [total]);
}

function peerFigure(what: string, runs: readonly CommandCost[]): Figure {
  const { wallMs, cpuMs, rssKib } = costs(runs);
  const failed = runs.some(({ code }) => code !== 0);
  return figure(name, what, seconds(wallMs), {
    beside: `CPU ${seconds(cpuMs)}, peak RSS ${mebibytes(rssKib)}`,
    result: failed ? `exit code ${runs.map(({ code }) => code).join(', ')}` : 'all valid',
    data: { wallMs, cpuMs, rssKib, runs },
  });
}
