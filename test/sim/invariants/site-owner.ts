import type { Action } from '../../../src/fleet/plan.ts';
import type { Mutation } from '../machines/index.ts';
import type { Installation } from '../machines/machine.ts';
import { isDaemon, type Life, type World } from '../world/world.ts';
import { type Checker, newIn, Violation } from './checker.ts';

/** Settings of WordPress that people change there, and the field of a plan that puts them back. */
const settings = {
  title: /^title$/,
  adminEmail: /^admin_?[eE]mail$/,
  locale: /^wordpress\.locale$/,
  theme: /^wordpress\.(active_?[tT]heme|themes)/,
  activePlugins: /^wordpress\.plugins/,
} as const satisfies Partial<Record<keyof Installation, RegExp>>;

type Setting = keyof typeof settings;

/** The fleets of the histories leave these to the site; the rest is Git's. */
const ownedBySite: ReadonlySet<Setting> = new Set<Setting>(['title', 'adminEmail']);

/** What the site owns is never overwritten, and what is put back was in a plan before. */
export function siteOwner(): Checker {
  const name = 'what the site owns stays, and drift is planned before it is put back';
  const mutated = newIn(({ machines }) => machines.audit.mutations);
  const known = new Map<string, Installation>();
  /** Since when a setting is as a person left it. */
  const edits = new Map<string, number>();
  return {
    name,
    step: (world) => {
      for (const mutation of mutated(world)) {
        const { host, environment, by } = mutation;
        const machine = world.machines.machines.get(host);
        const now = environment === null ? null : machine?.slots.get(environment)?.installation;
        if (environment === null || machine === undefined || now == null) continue;
        const before = known.get(`${environment} ${now.dataId}`);
        known.set(`${environment} ${now.dataId}`, now);
        if (before === undefined) continue;
        for (const setting of Object.keys(settings) as Setting[]) {
          if (String(before[setting]) === String(now[setting])) continue;
          const edit = `${environment} ${now.dataId} ${setting}`;
          const sinceMs = edits.get(edit);
          edits.delete(edit);
          if (by === 'people') edits.set(edit, world.timeline.nowMs);
          else if (sinceMs !== undefined && isDaemon(world, by)) {
            const problem = problemOf(world, mutation, setting, sinceMs);
            if (problem !== null)
              throw new Violation(name, `${by} set ${setting} of ${environment} on ${host}: ${problem}`);
          }
        }
      }
    },
  };
}

function problemOf(
  { lives }: World,
  { by, environment }: Mutation,
  setting: Setting,
  sinceMs: number,
): string | null {
  if (ownedBySite.has(setting)) return 'it belongs to the site';
  const life = lives.get(by);
  // A pass that had observed it before the edit cannot name it.
  if (life === undefined || sinceMs >= life.beganMs) return null;
  const action = actionOf(life, environment);
  return action?.changes.some(({ field }) => settings[setting].test(field)) === true
    ? null
    : `the plan names only ${action?.changes.map(({ field }) => field).join(', ') || 'nothing'}`;
}

function actionOf({ plan }: Life, environment: string | null): Action | undefined {
  return plan?.actions.find(
    ({ target }) => target.kind === 'environment' && target.environment === environment,
  );
}
