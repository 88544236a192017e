import { parse, stringify } from 'yaml';
import type { MirrorCatalogue } from '../../../src/lab/mirror/catalogue.ts';
import { environment, manifest, site, smallFleet } from '../../support/small-fleet.ts';
import { type Dice, dice } from './dice.ts';

export type HistoryStep =
  | {
      readonly kind: 'commit';
      readonly message: string;
      /** Null deletes the file. */
      readonly files: Readonly<Record<string, string | null>>;
    }
  /** `git revert` of an earlier step; its files were not changed since. */
  | { readonly kind: 'revert'; readonly step: number };

type Files = Readonly<Record<string, string>>;

/** The first commits make sure that every kind of change occurs, even in a short history. */
const firstChanges = ['add', 'change', 'stop', 'delete', 'revert'] as const;
const laterChanges = [...firstChanges, 'start', 'title', 'node'] as const;
type Change = (typeof laterChanges)[number];

/** A seeded history of a small fleet: described in its first step, then changed in `changes` further ones. */
export function generatedHistory(
  seed: number,
  changes: number,
  catalogue: MirrorCatalogue,
): readonly HistoryStep[] {
  const choose = dice(seed, 'history');
  const described = firstFiles(catalogue);
  const steps: HistoryStep[] = [{ kind: 'commit', message: 'feat: describe the fleet', files: described }];
  /** The files after each step. */
  const states: Files[] = [described];
  const later = Array.from({ length: changes }, () => choose.shuffled(laterChanges)).flat();
  const kinds = [...firstChanges, 'node' as const, ...later];
  for (const kind of kinds) {
    if (steps.length > changes) break;
    const before = states.at(-1) ?? {};
    const step = kind === 'revert' ? revertOf(states, steps) : changeOf(kind, before, steps.length, choose);
    if (step === null) continue;
    steps.push(step);
    states.push(step.kind === 'revert' ? (states[step.step - 1] ?? {}) : applied(before, step.files));
  }
  return steps;
}

function firstFiles(catalogue: MirrorCatalogue): Files {
  const nodes = { alpha: ['one', 'two'], beta: ['three'] };
  const files = smallFleet(catalogue, { nodes, deletionPolicy: 'delete' });
  const config = parse(files['pressluft.yaml'] ?? '') as { spec: Record<string, unknown> };
  // Commits that a killed daemon never saw arrive together, so the limit on removals does not apply.
  config.spec.deletionBudget = { maxCount: 100, maxPercent: 100 };
  return { ...files, 'pressluft.yaml': stringify(config) };
}

/** Reverts the previous step, unless that step is a revert itself. */
function revertOf(states: readonly Files[], steps: readonly HistoryStep[]): HistoryStep | null {
  const last = steps.at(-1);
  return states.length > 1 && last?.kind === 'commit' ? { kind: 'revert', step: steps.length - 1 } : null;
}

function changeOf(
  kind: Exclude<Change, 'revert'>,
  files: Files,
  count: number,
  choose: Dice,
): HistoryStep | null {
  const environments = environmentsIn(files);
  const commit = (message: string, changed: Readonly<Record<string, string | null>>): HistoryStep => ({
    kind: 'commit',
    message,
    files: changed,
  });
  const rewrite = (message: string, path: string, change: Readonly<Record<string, unknown>>) => {
    const { name, node, spec } = described(path, files);
    const rest = { ...spec, ...change };
    return commit(`${message} ${name}`, { [path]: environment(name, node, rest) });
  };
  switch (kind) {
    case 'add': {
      if (environments.length >= 5) return null;
      const name = `extra-${count}`;
      const text = environment(name, choose.pick(['alpha', 'beta']), { deletionPolicy: 'delete' });
      return commit(`feat: add ${name}`, { [`environments/${name}.yaml`]: text });
    }
    case 'change': {
      const memoryLimit = `${200 + count * 8}M`;
      return rewrite('feat: memory of', choose.pick(oneOf(environments)), {
        php: { version: '8.2', memoryLimit },
      });
    }
    case 'stop':
    case 'start': {
      const from = kind === 'stop' ? 'running' : 'stopped';
      const candidates = environments.filter((path) => described(path, files).state === from);
      const state = kind === 'stop' ? 'stopped' : 'running';
      return candidates.length === 0
        ? null
        : rewrite(`chore: ${kind}`, choose.pick(oneOf(candidates)), { state });
    }
    case 'delete':
      return environments.length < 3
        ? null
        : commit('chore: delete an environment', { [choose.pick(oneOf(environments))]: null });
    case 'title':
      return commit('feat: another title', {
        'site.yaml': site(`Shop ${count}`),
      });
    case 'node': {
      const path = 'nodes/gamma.yaml';
      return files[path] === undefined
        ? commit('feat: a third node', {
            [path]: manifest('Node', 'gamma', { provider: 'cloud', serverType: 'cx23' }),
          })
        : commit('chore: no third node', { [path]: null });
    }
    default:
      return kind satisfies never;
  }
}

function environmentsIn(files: Files): readonly string[] {
  return Object.keys(files)
    .filter((path) => path.startsWith('environments/'))
    .toSorted();
}

function described(path: string, files: Files) {
  const { metadata, spec } = parse(files[path] ?? '') as {
    metadata: { name: string };
    spec: Record<string, unknown> & { node: string; state?: string };
  };
  return { name: metadata.name, node: spec.node, state: spec.state ?? 'running', spec };
}

function oneOf<T>(items: readonly T[]): readonly [T, ...T[]] {
  const [first, ...rest] = items;
  if (first === undefined) throw new Error('nothing to choose from');
  return [first, ...rest];
}

function applied(before: Files, changes: Readonly<Record<string, string | null>>): Files {
  const merged: Record<string, string | null> = { ...before, ...changes };
  return Object.fromEntries(
    Object.entries(merged).flatMap(([path, text]) => (text === null ? [] : [[path, text]])),
  );
}
