import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { commitOn, git } from '../contract/git/fixture.ts';
import { httpRemote, type RealRemote } from '../contract/git/remotes.ts';
import type { PlainBenchmark } from './support/benchmark.ts';
import { type Figure, figure, mebibytes, seconds } from './support/figure.ts';

const name = 'git-read';
const folders = 100;
const filesInFolder = 100;
const blobs = folders * filesInFolder;
const adapter = join(import.meta.dirname, '../../src/adapters/git/git-repository.ts');
const packages = join(import.meta.dirname, '../../node_modules');
const isomorphic = join(packages, 'isomorphic-git/index.js');
const nodeHttp = join(packages, 'isomorphic-git/http/node/index.js');

/** The numbers behind the choice of `git cat-file` and `git index-pack` over isomorphic-git (ADR 8); each runs in a separate process. */
export const gitRead: PlainBenchmark = {
  name,
  title: 'cloning and reading 10,000 small files over HTTP, beside isomorphic-git alone',
  run: async () => {
    const dir = await mkdtemp(join(tmpdir(), 'pressluft-git-speed-'));
    const remote = await httpRemote();
    try {
      importFiles(remote.repository);
      return figuresOf(await measureAll(dir, remote));
    } finally {
      await remote.close();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

interface Cost {
  readonly ms: number;
  /** Peak resident memory beyond what the loaded code takes, KiB. */
  readonly rssKib: number;
  readonly count: number;
}

type Costs = Readonly<Record<'cloned' | 'theirClone' | 'read' | 'theirRead' | 'again', Cost>>;

function figuresOf({ cloned, theirClone, read, theirRead, again }: Costs): readonly Figure[] {
  const cost = ({ ms, rssKib }: Cost) => `${seconds(ms)}, ${mebibytes(rssKib)}`;
  const pair = (what: string, own: Cost, theirs: Cost) =>
    figure(name, what, cost(own), {
      beside: `isomorphic-git ${cost(theirs)}`,
      result: `${(theirs.ms / own.ms).toFixed(1)} × faster`,
      target: 'less time and memory',
      reached: own.ms < theirs.ms && own.rssKib < theirs.rssKib,
      data: { own, theirs },
    });
  return [
    pair('clone', cloned, theirClone),
    pair('cold list and read', read, theirRead),
    figure(name, 'list again', seconds(again.ms), { data: { own: again } }),
  ];
}

async function measureAll(dir: string, remote: RealRemote): Promise<Costs> {
  const credentials = `{ username: 'pressluft', password: ${JSON.stringify(await passwordOf(remote))} }`;
  const measure = (body: string) => measureScript(join(dir, 'measure.mjs'), body);
  const cloned = await measure(`
    const { createGitRepository } = await import(${JSON.stringify(adapter)});
    start();
    const repository = await createGitRepository({
      dir: ${JSON.stringify(join(dir, 'ours'))}, url: ${JSON.stringify(remote.url)}, branch: 'main',
      auth: { kind: 'password', username: 'pressluft', password: async () => (${credentials}).password },
    });
    await repository.fetch('pressluft/status');
    return 1;`);
  const read = await measure(`
    const { createGitRepository } = await import(${JSON.stringify(adapter)});
    start();
    const repository = await createGitRepository({ dir: ${JSON.stringify(join(dir, 'ours'))}, url: ${JSON.stringify(remote.url)}, branch: 'main' });
    const { source } = await repository.tips('pressluft/status');
    const files = await repository.list(source);
    const blobs = await Promise.all(files.map(({ oid }) => repository.read(oid, 1_048_576)));
    return blobs.filter((blob) => blob.byteLength > 0).length;`);
  const again = await measure(`
    const { createGitRepository } = await import(${JSON.stringify(adapter)});
    start();
    const repository = await createGitRepository({ dir: ${JSON.stringify(join(dir, 'ours'))}, url: ${JSON.stringify(remote.url)}, branch: 'main' });
    const { source } = await repository.tips('pressluft/status');
    await repository.list(source);
    start();
    return (await repository.list(source)).length;`);
  const theirClone = await measure(`
    const git = await import(${JSON.stringify(isomorphic)});
    const http = await import(${JSON.stringify(nodeHttp)});
    const fs = await import('node:fs');
    start();
    const gitdir = ${JSON.stringify(join(dir, 'theirs'))};
    await git.init({ fs, gitdir, bare: true });
    await git.setConfig({ fs, gitdir, path: 'remote.origin.fetch', value: '+refs/heads/*:refs/remotes/origin/*' });
    await git.fetch({ fs, http, gitdir, url: ${JSON.stringify(remote.url)}, ref: 'main', remoteRef: 'main', singleBranch: true, tags: false, onAuth: () => (${credentials}) });
    return 1;`);
  const theirRead = await measure(`
    const git = await import(${JSON.stringify(isomorphic)});
    const fs = await import('node:fs');
    start();
    const gitdir = ${JSON.stringify(join(dir, 'theirs'))};
    const cache = {};
    const oid = ${JSON.stringify(git(remote.repository, ['rev-parse', 'main']))};
    const blobs = [];
    async function walk(tree) {
      for (const entry of (await git.readTree({ fs, gitdir, cache, oid: tree })).tree) {
        if (entry.type === 'tree') await walk(entry.oid);
        else blobs.push((await git.readBlob({ fs, gitdir, cache, oid: entry.oid })).blob);
      }
    }
    await walk(oid);
    return blobs.length;`);
  for (const { count } of [read, theirRead]) {
    if (count !== blobs) throw new Error(`${count} of ${blobs} files were read`);
  }
  return { cloned, theirClone, read, theirRead, again };
}

/** Runs a function body in a new process; time and peak memory count from the moment when the code is loaded. */
async function measureScript(script: string, body: string): Promise<Cost> {
  await writeFile(
    script,
    `let base = process.resourceUsage().maxRSS;
     let at = performance.now();
     function start() { at = performance.now(); base = process.resourceUsage().maxRSS; }
     const count = await (async () => { ${body} })();
     const ms = performance.now() - at;
     process.stdout.write(JSON.stringify({ ms, rssKib: process.resourceUsage().maxRSS - base, count }));
     process.exit(0);`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 600_000 });
  return JSON.parse(stdout) as Cost;
}

function importFiles(repository: string): void {
  const stream: string[] = [];
  for (let folder = 0; folder < folders; folder += 1) {
    for (let file = 0; file < filesInFolder; file += 1) {
      const text = document(folder, file);
      stream.push(
        `M 100644 inline sites/s${folder}/e${file}.yaml\ndata ${Buffer.byteLength(text)}\n${text}\n`,
      );
    }
  }
  const head = 'commit refs/heads/main\ncommitter A <a@b> 1700000000 +0000\ndata 1\nx\n';
  git(repository, ['fast-import', '--quiet'], `${head}${stream.join('')}`);
  commitOn(repository, 'pressluft/status', { 'status/a.yaml': 'Ready' });
}

function document(folder: number, file: number): string {
  return `apiVersion: pressluft.dev/v1
kind: Environment
metadata:
  name: site-${folder}-environment-${file}
  labels: { owner: team-${folder % 7}, tier: "${file % 3}" }
spec:
  site: site-${folder}
  node: web-${(folder * 31 + file) % 40}
  type: production
  domains: { primary: e${file}.s${folder}.example, aliases: [www.e${file}.s${folder}.example] }
  wordpress:
    version: 7.1.1
    plugins: { akismet: "5.7.2", wordpress-importer: "0.9.5" }
  php: { version: "8.2", memoryLimit: ${128 + file}M }
  backups: { policy: nightly }
`;
}

async function passwordOf({ auth }: RealRemote): Promise<string> {
  return auth?.kind === 'password' ? await auth.password() : '';
}
