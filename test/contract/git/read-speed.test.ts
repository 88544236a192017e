import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitOn, git } from './fixture.ts';
import { httpRemote, type RealRemote } from './remotes.ts';

const folders = 100;
const filesInFolder = 100;
const adapter = join(import.meta.dirname, '../../../src/adapters/git/git-repository.ts');
const isomorphic = join(import.meta.dirname, '../../../node_modules/isomorphic-git/index.js');
const nodeHttp = join(import.meta.dirname, '../../../node_modules/isomorphic-git/http/node/index.js');

interface Figures {
  readonly ms: number;
  readonly rssMb: number;
  readonly count: number;
}

/** The numbers behind the choice of `git cat-file` and `git index-pack` over isomorphic-git; each runs in a process of its own. */
describe(`${folders * filesInFolder} small blobs`, () => {
  let dir: string;
  let remote: RealRemote;
  let credentials: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pressluft-git-speed-'));
    remote = await httpRemote();
    importFiles(remote.repository);
    credentials = `{ username: 'pressluft', password: ${JSON.stringify(await passwordOf(remote))} }`;
  });
  afterAll(async () => {
    await remote.close();
    await rm(dir, { recursive: true, force: true });
  });

  it('are cloned and read in less time and memory than by isomorphic-git', async () => {
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

    const rows: readonly (readonly [string, Figures])[] = [
      ['clone over HTTP', cloned],
      ['clone over HTTP, isomorphic-git fetch', theirClone],
      ['cold list and read', read],
      ['cold list and read, isomorphic-git', theirRead],
      ['list again', again],
    ];
    for (const [name, { ms, rssMb }] of rows) {
      process.stdout.write(
        `${name.padEnd(40)} ${ms.toFixed(0).padStart(7)} ms ${rssMb.toFixed(0).padStart(5)} MB more\n`,
      );
    }
    expect(read.count).toBe(folders * filesInFolder);
    expect(theirRead.count).toBe(folders * filesInFolder);
    expect(read.ms).toBeLessThan(theirRead.ms);
    expect(read.rssMb).toBeLessThan(theirRead.rssMb);
    expect(cloned.rssMb).toBeLessThan(theirClone.rssMb);
  }, 120_000);

  /** Runs a function body in a fresh process; time and peak memory count from when the code is loaded. */
  async function measure(body: string): Promise<Figures> {
    const script = join(dir, 'measure.mjs');
    await writeFile(
      script,
      `let base = process.resourceUsage().maxRSS;
       let at = performance.now();
       function start() { at = performance.now(); base = process.resourceUsage().maxRSS; }
       const count = await (async () => { ${body} })();
       const ms = performance.now() - at;
       process.stdout.write(JSON.stringify({ ms, rssMb: (process.resourceUsage().maxRSS - base) / 1024, count }));
       process.exit(0);`,
    );
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await once(child, 'close');
    return JSON.parse(text) as Figures;
  }
});

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
