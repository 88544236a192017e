import fc from 'fast-check';
import type { CommitSha, Digest, NodeName, ResourceRef } from '../../src/fleet/brand.ts';
import type { Action, Blocked, Plan } from '../../src/fleet/plan.ts';
import type { ActionReason, BlockedReason } from '../../src/fleet/reasons.ts';
import { type PlanJson, planJson } from '../../src/plan/plan-json.ts';
import { allKinds } from './action-kinds.ts';

/** Texts with a special meaning in a Markdown dialect, HTML, a forge or a terminal. */
const nasty = [
  '|',
  '\\',
  '\\|',
  '\\\\|',
  '`',
  '``',
  '```',
  '\n```\n',
  '~~~',
  '\n',
  '\r\n',
  '\n\n',
  '\t',
  ' ',
  '  ',
  '<',
  '>',
  '&',
  '&lt;',
  '&#124;',
  '</details>',
  '\n</details>\n',
  '<details>',
  '<summary>',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<!--',
  '-->',
  '@octocat',
  '@org/team',
  ' @all ',
  '#12',
  '!34',
  'GH-1',
  'acme/site#5',
  '$3',
  '~bug',
  '%v1',
  '&7',
  ':tada:',
  'https://evil.example/x',
  'www.evil.example',
  'mail@evil.example',
  '[a](https://evil.example)',
  '![a](x)',
  '[^1]',
  '[x]',
  '[ref]: https://evil.example',
  '*',
  '**',
  '_',
  '__',
  '# ',
  '\n# big\n',
  '- ',
  '\n- item',
  '1. ',
  '> ',
  '\n> quote',
  '---',
  '===',
  '\n---\n',
  '| a | b |\n|---|---|',
  '$$',
  '$`x`$',
  '/close',
  '\n/approve\n',
  'closes #1',
  '0123456789abcdef0123456789abcdef01234567',
  '\u001b[31m',
  '\u202e',
  '\u200b',
  '\u0000',
  'word',
  'two words',
  'é',
  '😀',
  '中文',
  'a-b',
  "it's",
  '(x)',
  '"q"',
  '7.1.1',
  '02:00',
  'x:y',
  '<br>',
  '<b>',
  '{{',
  '}}',
  '\ud800',
] as const;

export const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...nasty), fc.string()), { maxLength: 6 })
  .map((parts) => parts.join(''));
const hostileValue = fc.oneof(
  hostileText,
  fc.jsonValue({ maxDepth: 2 }),
  fc.array(hostileText, { maxLength: 2 }),
);
const hexadecimal = (digits: number) =>
  fc.integer({ min: 1, max: 2 ** 31 }).map((seed) => seed.toString(16).padStart(digits, 'a'));
const sha = hexadecimal(40) as fc.Arbitrary<CommitSha>;
const digest = hexadecimal(64).map((digits) => `sha256:${digits}` as Digest);
const instant = fc
  .integer({ min: 1_700_000_000, max: 1_900_000_000 })
  .map((seconds) => new Date(seconds * 1000).toISOString());
const position = fc.option(
  fc.record({
    file: hostileText,
    line: fc.integer({ min: 1, max: 9 }),
    column: fc.integer({ min: 1, max: 9 }),
  }),
);
const resource = fc
  .tuple(fc.constantFrom('environment', 'node', 'restore'), hostileText)
  .map(([kind, name]) => `${kind}/${name}x` as ResourceRef);

const anyAction: fc.Arbitrary<Action> = fc.record({
  id: hostileText.map((text) => `a${text}`),
  kind: fc.constantFrom(...allKinds),
  resource,
  target: hostileText.map((name) => ({ kind: 'node' as const, node: name as NodeName, provider: null })),
  reason: hostileText as unknown as fc.Arbitrary<ActionReason>,
  message: hostileText,
  cause: position,
  formerFile: fc.option(hostileText),
  changes: fc.array(fc.record({ field: hostileText, before: hostileValue, after: hostileValue }), {
    maxLength: 3,
  }),
  desiredDigest: digest,
  dependsOn: fc.array(
    hostileText.map((text) => `a${text}`),
    { maxLength: 3 },
  ),
  exclusive: fc.constant([]),
  risk: fc.constantFrom('none', 'restart', 'downtime', 'data'),
  downtime: fc.record({
    seconds: fc.integer({ min: 0, max: 200_000 }),
    basis: fc.constantFrom('none', 'assumed', 'recorded'),
    samples: fc.nat({ max: 50 }),
  }),
  undo: fc.record({
    byRevert: fc.boolean(),
    lost: fc.option(hostileText),
    restorePoint: fc.option(
      fc.oneof(
        hostileText.map((text) => ({ kind: 'planned' as const, action: `a${text}` })),
        fc.record({ kind: fc.constant('recorded' as const), id: hostileText, takenAt: instant }),
      ),
    ),
  }),
  restores: fc.option(
    fc.record({
      backup: hostileText,
      takenAt: instant,
      commit: sha,
      scope: fc.constantFrom('database', 'files', 'full'),
      sizeBytes: fc.nat(),
      verified: fc.boolean(),
    }),
  ),
  digest,
});

const anyBlocked: fc.Arbitrary<Blocked> = fc
  .tuple(
    fc.record({
      resource,
      node: fc.option(hostileText as unknown as fc.Arbitrary<NodeName>),
      kind: fc.constantFrom(...allKinds),
      reason: hostileText as unknown as fc.Arbitrary<BlockedReason>,
      message: hostileText,
      nextStep: hostileText,
      needsPerson: fc.boolean(),
      cause: position,
    }),
    fc.option(anyAction),
    fc.option(instant),
    fc.constantFrom('Europe/Berlin', 'UTC', '<b>@octocat'),
  )
  .map(([item, action, notBefore, timezone]) => ({
    ...item,
    ...(action === null ? {} : { action }),
    ...(notBefore === null ? {} : { notBefore, timezone }),
  }));

export const anyPlan: fc.Arbitrary<Plan> = fc.record({
  version: fc.constant(1 as const),
  commit: sha,
  digest,
  actions: fc.array(anyAction, { maxLength: 6 }),
  blocked: fc.array(anyBlocked, { maxLength: 4 }),
  notApplied: fc.array(fc.record({ resource, field: hostileText, value: hostileText, why: hostileText }), {
    maxLength: 3,
  }),
});

/** A plan whose texts are all hostile. */
export const anyPlanJson: fc.Arbitrary<PlanJson> = fc
  .tuple(
    anyPlan,
    fc.record({
      fleet: fc.option(hostileText),
      reverts: fc.array(sha, { maxLength: 5 }),
      notes: fc.array(hostileText, { maxLength: 2 }),
      observed: fc.option(
        fc.record({
          source: fc.constantFrom('live', 'status', 'file'),
          commit: fc.option(sha),
          at: fc.option(instant),
          ageSeconds: fc.option(fc.nat({ max: 10_000_000 })),
        }),
      ),
    }),
  )
  .map(([plan, context]) => planJson(plan, context));
