import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Forge, type ForgeKind, forgeToken, jobAccounts, startForge } from '../../support/forge.ts';

const script = join(import.meta.dirname, '../../../example-repo/.pressluft/ci/comment.sh');
const kinds: readonly ForgeKind[] = ['github', 'forgejo', 'gitlab'];

let dir: string;
let forge: Forge;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pressluft-comment-'));
});
afterEach(async () => {
  await forge.close();
  await rm(dir, { recursive: true, force: true });
});

describe.each(kinds)('comment.sh at %s', (kind) => {
  beforeEach(async () => {
    forge = await startForge(kind);
  });

  it('posts a plan once and refreshes it from then on', async () => {
    await expect(comment(planOf('first'))).resolves.toMatchObject({ code: 0 });
    const { code, stdout } = await comment(planOf('second'));
    expect([code, stdout.trim()]).toEqual([0, 'The plan comment was updated.']);
    expect(forge.comments.map(({ body }) => body)).toEqual([planOf('second')]);
  });

  it('finds its comment behind pages of others, and changes none of them', async () => {
    const others = Array.from({ length: 70 }, (_, index) => ({
      id: index + 1,
      author: 'ada',
      body: `remark ${index}`,
    }));
    const author = jobAccounts[kind];
    const quoted = { id: 71, author, body: `> ${planOf('quoted')}` };
    forge.comments.push(...others.map((other) => ({ ...other })), quoted, {
      id: 72,
      author,
      body: planOf('old'),
    });
    await expect(comment(planOf('new'))).resolves.toMatchObject({ code: 0 });
    expect(forge.comments).toEqual([...others, quoted, { id: 72, author, body: planOf('new') }]);
  });

  it('keeps every character of the plan', async () => {
    const plan = planOf('"quotes" $(touch x) `y` \\n \u00fc \u{1f680} @file --flag\ttab');
    await comment(plan);
    expect(forge.comments[0]?.body).toBe(plan);
  });

  it.each(['eve', 'github-actions', 'github-actions[bot]x', ''])(
    'takes no comment of %j for its own, whatever it looks like',
    async (author) => {
      const forged = { id: 66, author, body: planOf('changes nothing') };
      forge.comments.push({ ...forged });
      await expect(comment(planOf('real'))).resolves.toMatchObject({ code: 0 });
      await expect(comment(planOf('newer'))).resolves.toMatchObject({ code: 0 });
      expect(forge.comments).toEqual([
        forged,
        expect.objectContaining({ author: jobAccounts[kind], body: planOf('newer') }),
      ]);
      expect(forge.requests.filter((request) => request.endsWith('/66'))).toEqual([]);
    },
  );

  it.each([401, 403, 404])(
    'fails when it may not write, because then no plan is shown (HTTP %i)',
    async (status) => {
      forge.comments.push({ id: 66, author: 'eve', body: planOf('changes nothing') });
      forge.refuse(status);
      const { code, stderr } = await comment(planOf('plan'));
      expect([code, stderr]).toEqual([1, expect.stringContaining(`HTTP ${status}`)]);
    },
  );

  it('posts a new comment when it may not change its old one', async () => {
    await comment(planOf('old'));
    forge.refuse(403, 'PATCH', 'PUT');
    const { code, stdout } = await comment(planOf('new'));
    expect([code, stdout.trim()]).toEqual([0, 'The plan was posted as a comment.']);
    expect(forge.comments.map(({ body }) => body)).toEqual([planOf('old'), planOf('new')]);
  });

  it('succeeds without a token, and sends no request to the forge', async () => {
    const { code, stdout } = await comment(planOf('plan'), { COMMENT_TOKEN: '' });
    expect([code, stdout]).toEqual([0, expect.stringContaining('No token')]);
    expect(forge.requests).toEqual([]);
  });

  it('fails when the forge refuses the comment itself', async () => {
    forge.refuse(422);
    const { code, stderr } = await comment(planOf('plan'));
    expect([code, stderr]).toEqual([1, expect.stringContaining('HTTP 422')]);
  });

  it('posts plans only', async () => {
    const { code, stderr } = await comment('# Something else\n');
    expect([code, stderr]).toEqual([2, expect.stringContaining('not a plan')]);
    expect(forge.requests).toEqual([]);
  });
});

function planOf(text: string): string {
  return `<!-- pressluft-plan fleet=acme -->\n${text}\n`;
}

async function comment(plan: string, env: Readonly<Record<string, string>> = {}) {
  const file = join(dir, 'plan.md');
  await writeFile(file, plan);
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      'sh',
      [script, forge.kind, file],
      {
        cwd: dir,
        env: { PATH: process.env.PATH ?? '', ...forge.env, COMMENT_TOKEN: forgeToken, ...env },
        timeout: 30_000,
      },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}
