import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { actionReasons } from '../src/fleet/reasons/action-reasons.ts';
import { blockedReasons } from '../src/fleet/reasons/blocked-reasons.ts';
import { checkReasons } from '../src/fleet/reasons/check-reasons.ts';
import { nodeReasons } from '../src/fleet/reasons/node-reasons.ts';
import { providerReasons } from '../src/fleet/reasons/provider-reasons.ts';
import type { ReasonEntry } from '../src/fleet/reasons/reason-entry.ts';
import { stateReasons } from '../src/fleet/reasons/state-reasons.ts';
import { type Reason, reasonEntry } from '../src/fleet/reasons.ts';

export const reasonsPage = join(import.meta.dirname, '../docs/reasons.md');

/** The page of all reasons, by origin. */
export function renderReasons(): string {
  return `${[
    '# Reasons',
    '',
    '<!-- Made by `npm run docs` from src/fleet/reasons/. -->',
    '',
    'Plans, conditions of status documents and the output of `status` and `explain` name their reason by one of these words. "Person" says whether',
    'nothing happens until a person acts; "either" means that it depends on the case, and the plan or the condition says it. Where the next step',
    'depends on the case, the message contains it.',
    '',
    ...section('Why an action is planned', 'The condition `Reconciling` has it.', actionReasons),
    ...section(
      'Why a change is blocked',
      'Listed under `blocked` of a plan; the condition `Ready` is `False`, and `Stalled` is `True` where a person is needed.',
      blockedReasons,
    ),
    ...section('Why a node cannot be observed', 'Also why its environments are blocked.', nodeReasons),
    ...section(
      'Readiness checks of a node',
      'A check that fails blocks the environments of the node, unless provisioning can repair it.',
      checkReasons,
    ),
    ...section('How a provider answers', 'The condition `Ready` of a provider has it.', providerReasons),
    ...section('How a resource is', 'While nothing is planned for it and nothing is blocked.', stateReasons),
  ]
    .join('\n')
    .trimEnd()}\n`;
}

function section(
  title: string,
  about: string,
  reasons: Readonly<Record<string, ReasonEntry>>,
): readonly string[] {
  return [
    `## ${title}`,
    '',
    about,
    '',
    '| reason | what is the case | condition | person | next step |',
    '|---|---|---|---|---|',
    ...(Object.keys(reasons) as Reason[]).map(row),
    '',
  ];
}

function row(name: Reason): string {
  const { meaning, condition, needsPerson, nextStep } = reasonEntry(name);
  const told = condition === null ? '' : `${condition.type} ${condition.status}`;
  const person = needsPerson === null ? 'either' : needsPerson ? 'yes' : 'no';
  const next = typeof nextStep === 'function' ? nextStep('…') : (nextStep ?? '');
  return `| \`${name}\` | ${cell(meaning)} | ${told} | ${person} | ${cell(next)} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (import.meta.main) {
  const page = renderReasons();
  if (!existsSync(reasonsPage) || readFileSync(reasonsPage, 'utf8') !== page)
    writeFileSync(reasonsPage, page);
}
