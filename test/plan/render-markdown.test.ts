import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ResourceRef } from '../../src/fleet/brand.ts';
import type { ActionReason, BlockedReason } from '../../src/fleet/reasons.ts';
import { comparePlans } from '../../src/plan/compare-plans.ts';
import { code, prose } from '../../src/plan/markdown-text.ts';
import { planJson } from '../../src/plan/plan-json.ts';
import type { PlanSubject } from '../../src/plan/plan-view.ts';
import { planMarker } from '../../src/plan/render-markdown.ts';
import { anyPlanJson, hostileText } from '../support/any-plan.ts';
import { nodesOf, parseMarkdown, textOf } from '../support/markdown.ts';
import { renderPlanMarkdown } from '../support/render-plan.ts';
import { sampleContext, samplePlans } from '../support/sample-fleets.ts';
import { sampleMerge } from '../support/sample-merge.ts';
import { blockedFor, change, environmentAction, samplePlan } from '../support/sample-plans.ts';

const golden = join(import.meta.dirname, '../golden/plan');
const written = <T>(value: T): T => JSON.parse(JSON.stringify(value));

describe('a plan as a comment', () => {
  test.each(Object.entries(samplePlans))(
    'reads as recorded, made of the JSON alone: %s',
    async (name, plan) => {
      const reverts = name === 'revert' ? [samplePlans.upgrade.commit] : [];
      const text = renderPlanMarkdown(written(planJson(plan, { ...sampleContext, reverts })));
      await expect(text).toMatchFileSnapshot(join(golden, `${name}.golden.md`));
      expectHarmless(text);
    },
  );

  test('shows the changes that a merge adds, and collapses those that are already pending', async () => {
    const { base, head } = sampleMerge();
    const text = renderPlanMarkdown(written(comparePlans(base, head)));
    await expect(text).toMatchFileSnapshot(join(golden, 'merge.golden.md'));
    expectHarmless(text);
  });

  test('is one line below its marker when there is nothing to do', () => {
    const plan = { ...samplePlans.empty, notApplied: [] };
    expect(renderPlanMarkdown(planJson(plan, { fleet: 'acme' }))).toBe(
      '<!-- pressluft-plan fleet=acme -->\n**Pressluft:** no changes. The fleet is as commit `9f2e6d33a371` describes it.\n',
    );
  });

  test('is identified by its first line, for any name of the fleet', () => {
    fc.assert(
      fc.property(hostileText, (name) => {
        const marker = planMarker(name);
        expect(marker).toMatch(/^<!-- pressluft-plan fleet=[A-Za-z0-9._-]* -->$/);
        expect(marker.slice(4, -3)).not.toContain('--');
        expect(renderPlanMarkdown(planJson(samplePlans.upgrade, { fleet: name })).split('\n')[0]).toBe(
          marker,
        );
      }),
    );
  });

  test('names changes that cannot be undone, including blocked ones', () => {
    const { base, head } = sampleMerge();
    const text = renderPlanMarkdown(comparePlans(base, head));
    const alert = /> \[!CAUTION\]\n(> .*\n|>\n)+/.exec(text)?.[0];
    expect(alert).toContain('`environment/shop-production`');
    expect(alert).toContain('`environment/old-campaign`');
    expect(alert).not.toContain('wiki-production');
  });
});

const hostile = [
  '|',
  '\\',
  '\\|',
  '`',
  '```',
  '~~~',
  '\n',
  '<',
  '>',
  '&',
  '</details>',
  '<script>',
  '<!--',
  '-->',
  '@octocat',
  '#12',
  '!34',
  'GH-1',
  'https://evil.example/x',
  'www.evil.example',
  'mail@evil.example',
  '[a](https://evil.example)',
  '![a](x)',
  '**',
  '__',
  '\n# big\n',
  '\n- item',
  '1. x',
  '\n---\n',
  '/close',
  ':tada:',
  '$`x`$',
  '[^1]',
  '0123456789abcdef',
  '\u001b[31m',
  '\u202e',
].join(' ');

test('hostile text of a manifest, a node and a provider is shown, and is nothing but text', async () => {
  const action = environmentAction('environment.converge', 'a', {
    message: hostile,
    reason: hostile as ActionReason,
    changes: [change(hostile, hostile, [hostile])],
    cause: { file: hostile, line: 1, column: 1 },
    dependsOn: [hostile],
    risk: 'data',
    undo: { byRevert: false, lost: hostile, restorePoint: { kind: 'planned', action: hostile } },
  });
  const named = { ...action, resource: `environment/${hostile}` as ResourceRef };
  const blocked = blockedFor(named, hostile as BlockedReason, {
    message: hostile,
    nextStep: hostile,
    needsPerson: true,
  });
  const text = renderPlanMarkdown(
    planJson(samplePlan([named], [blocked]), { fleet: hostile, notes: [hostile] }),
  );
  await expect(text).toMatchFileSnapshot(join(golden, 'hostile.golden.md'));
  expectHarmless(text);
});

test('no text of a plan becomes markup, a mention, a link, a reference or HTML', () => {
  fc.assert(
    fc.property(anyPlanJson, (plan) => expectHarmless(renderPlanMarkdown(plan))),
    { numRuns: 120 },
  );
});

test('no text of a comparison does either', () => {
  fc.assert(
    fc.property(anyPlanJson, anyPlanJson, (base, head) => {
      const mixed = {
        ...head,
        actions: [...head.actions, ...base.actions.slice(0, 2)],
        blocked: base.blocked,
      };
      expectHarmless(renderPlanMarkdown(comparePlans(base, mixed)));
    }),
    { numRuns: 50 },
  );
});

describe('the longest comment of a forge', () => {
  const large = (): PlanSubject =>
    planJson(
      samplePlan(
        Array.from({ length: 400 }, (_, index) =>
          environmentAction('environment.converge', `site-${index}`, {
            risk: (['data', 'downtime', 'restart', 'none'] as const)[index % 4] ?? 'none',
            changes: [
              change('title', 'A site', `Site ${index}`),
              change('php.memory_limit', '256M', `${index}M`),
            ],
          }),
        ),
      ),
      sampleContext,
    );

  test('is never exceeded, and omitted changes are counted', () => {
    const text = renderPlanMarkdown(large(), { pointer: 'see artifact plan.txt.' });
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text.length).toBeGreaterThan(60_000);
    const left = [...text.matchAll(/^… (\d+) more changes?: see artifact `plan\.txt`\.$/gm)].map(([, n]) =>
      Number(n),
    );
    const shown = text.match(/^\*\*`environment\/site-\d+`\*\*/gm)?.length ?? 0;
    expect(left.length).toBeGreaterThan(0);
    expect(shown + left.reduce((sum, n) => sum + n, 0)).toBe(400);
    expectHarmless(text);
  });

  test('omits the most dangerous changes last', () => {
    const text = renderPlanMarkdown(large(), { maxChars: 30_000 });
    const shown = (title: string) =>
      /<summary><b>(.*?)<\/b>[\s\S]*?<\/details>/g
        [Symbol.matchAll](text)
        .filter(([, name]) => name === title)
        .map(([section]) => section.match(/^\| `title`/gm)?.length ?? 0)
        .toArray();
    expect(shown('Touching data')).toEqual([100]);
    expect(shown('Without risk')).toEqual([0]);
  });

  test('is long enough elsewhere for all of it', () => {
    expect(renderPlanMarkdown(large(), { maxChars: 1_000_000 })).not.toContain('more change');
  });

  test('is kept for any plan and any limit, with whole blocks', () => {
    const { base, head } = sampleMerge();
    const subjects = fc.oneof(anyPlanJson, fc.constantFrom(large(), comparePlans(base, head)));
    fc.assert(
      fc.property(subjects, fc.integer({ min: 0, max: 12_000 }), (subject, maxChars) => {
        const text = renderPlanMarkdown(subject, { maxChars, pointer: 'see the job.' });
        expect(text.length).toBeLessThanOrEqual(Math.max(1_500, maxChars));
        expectHarmless(text);
      }),
      { numRuns: 60 },
    );
  });
});

describe('prose', () => {
  test.each([
    ['apply the changed manifest', 'apply the changed manifest'],
    ['WordPress 7.1.1, at 02:00 (about 5%)!', 'WordPress 7.1.1, at 02:00 (about 5%)!'],
    ['`pressluft status` names it.', '`pressluft status` names it.'],
    ['see sites/a.yaml: it', 'see `sites/a.yaml`: it'],
    ['ask @octocat.', 'ask `@octocat`.'],
    ['a `b', 'a `` `b ``'],
    ['#1 of "0123456"', '`#1` of "`0123456`"'],
    ['  two\n lines ', 'two lines'],
  ])('%j becomes %j', (text, expected) => expect(prose(text)).toBe(expected));

  test('shows exactly its words', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a|b', '*x*', '@me', '\\', '<b>', 'plain', '``', '1.', '/x', '&amp;')),
        (parts) => {
          const [paragraph] = parseMarkdown(`Says ${prose(parts.join(' '))}`).children ?? [];
          expect(textOf(paragraph ?? { type: '' })).toBe(`Says ${parts.join(' ')}`.trimEnd());
        },
      ),
    );
  });
});

test('code shows exactly its text, in a cell as well', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (noise) => {
      const text = `x${noise.replace(/[^\x20-\x7e]/g, '|')}x`;
      const shown = (of: string) =>
        nodesOf(parseMarkdown(of)).find(({ type }) => type === 'inlineCode')?.value;
      expect(shown(`a ${code(text)} b`)).toBe(text);
      const cells = nodesOf(parseMarkdown(`| h | h |\n|---|---|\n| ${code(text, 'cell')} | z |`));
      expect(cells.filter(({ type }) => type === 'tableCell')).toHaveLength(4);
      expect(cells.find(({ type }) => type === 'inlineCode')?.value).toBe(text.replace(/(?<=\\)\|/g, '｜'));
    }),
  );
});

const ownHtml =
  /^(<!-- pressluft-plan fleet=[\w.-]* -->|<details>\n<summary><b>[\w ]+<\/b>[\w ,:]*<\/summary>|<\/details>|<br>)$/;
const ownTypes = new Set([
  'root',
  'html',
  'heading',
  'paragraph',
  'text',
  'strong',
  'inlineCode',
  'blockquote',
  'list',
  'listItem',
  'table',
  'tableRow',
  'tableCell',
]);

/** Holds for any content of a plan: the only HTML, blocks and inline markup are those of the renderer. */
function expectHarmless(text: string): void {
  const tree = parseMarkdown(text);
  const nodes = nodesOf(tree);
  expect(nodes.filter(({ type }) => !ownTypes.has(type))).toEqual([]);
  const html = nodes.filter(({ type }) => type === 'html').flatMap(({ value = '' }) => [value]);
  expect(html.filter((value) => !ownHtml.test(value))).toEqual([]);
  const folds = html.map((value) => (value.startsWith('<details') ? 1 : value === '</details>' ? -1 : 0));
  let depth = 0;
  for (const step of folds) {
    depth += step;
    expect([0, 1]).toContain(depth);
  }
  expect(depth).toBe(0);
  expect(nodes.filter(({ type }) => type === 'heading').length).toBeLessThanOrEqual(1);
  for (const table of nodes.filter(({ type }) => type === 'table')) {
    const widths = (table.children ?? []).map((row) => row.children?.length);
    expect(new Set(widths).size).toBe(1);
  }
  // Outside of code, no text that a forge would make a mention, a reference, a link or an emoji.
  const words = nodes.filter(({ type }) => type === 'text').map(({ value = '' }) => value);
  const live = /[@#~$^\\<>&*_`]|!\w|:\w+:|https?:|www\.|\b[0-9a-f]{7,40}\b|\b[A-Z]+-\d/;
  expect(words.filter((word) => word !== '[!CAUTION]\n' && live.test(word))).toEqual([]);
  // No line of our own starts with a command of a forge.
  expect(text.split('\n').filter((line) => line.startsWith('/'))).toEqual([]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the test
  expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u200b]/);
}

test('docs/plans.md shows a comment and a text that are made like this', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/plans.md'), 'utf8');
  const golden = (name: string) => readFileSync(join(import.meta.dirname, '../golden/plan', name), 'utf8');
  const embedded = /<!-- test\/golden\/plan\/example-repo\.golden\.md -->\n([\s\S]*?)<!-- end -->/.exec(
    page,
  )?.[1];
  expect(embedded?.trim()).toBe(
    golden('example-repo.golden.md')
      .replace(/^<!--.*-->\n/, '')
      .trim(),
  );
  expect(/```text\n([\s\S]*?)```/.exec(page)?.[1]).toBe(golden('example-repo.golden.txt'));
});
