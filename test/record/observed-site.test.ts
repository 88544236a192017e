import { describe, expect, it } from 'vitest';
import type { EnvironmentName, ResourceRef } from '../../src/fleet/brand.ts';
import type { FrontPageState, ObservedFrontPage, ObservedSite } from '../../src/fleet/observed-site.ts';
import type { RecordedFleet, StatusDocument } from '../../src/fleet/recorded.ts';
import { defaultOwners } from '../../src/fleet/setting-owners.ts';
import { plan } from '../../src/plan/plan.ts';
import { recordChanges } from '../../src/record/changes.ts';
import { fleetStatus } from '../../src/record/fleet-status.ts';
import { observedFromStatus } from '../../src/record/observed-from-status.ts';
import { environmentDetailsOf } from '../../src/record/status/environment-details.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
import {
  artifact,
  desiredEnvironment,
  desiredFleet,
  observedFleet,
  recordedFleet,
  testContentVersion,
} from '../support/fleet-builders.ts';

const base = desiredEnvironment('acme');
const akismet = { slug: 'akismet', version: '5.7.2', active: true, ...artifact('akismet') };
// Title and address belong to the site, so only another plugin or damaged code is drift here.
const acme = { ...base, wordpress: { ...base.wordpress, plugins: [akismet], manage: defaultOwners } };
const fleet = desiredFleet({ environments: [acme] });
const [early, later] = ['2026-11-30T08:00:00Z', '2026-11-30T08:08:00Z'];

const page = (state: FrontPageState, more: Partial<ObservedFrontPage> = {}): ObservedFrontPage => ({
  state,
  status: 200,
  message: state === 'ok' ? '' : `why ${state}`,
  at: early,
  ...more,
});
const described: ObservedSite = {
  activePlugins: ['akismet'],
  activeTheme: 'acme',
  title: 'Acme',
  adminEmail: 'a@acme.example',
  locale: 'en_US',
  databaseVersion: '60421',
  frontPage: page('ok'),
  code: { intact: true, paths: [], at: early },
};

function observed(site: ObservedSite | null) {
  const nodes = [...convergedFleet(fleet).nodes.values()].map((node) => ({
    ...node,
    environments: new Map([...node.environments].map(([name, seen]) => [name, { ...seen, site }])),
  }));
  return observedFleet(nodes);
}
function record(site: ObservedSite | null, recorded: RecordedFleet = recordedFleet()) {
  const seen = observed(site);
  return fleetStatus({
    desired: fleet,
    observed: seen,
    recorded,
    residual: plan(planInput({ desired: fleet, observed: seen, recorded })),
    attempted: new Set(),
    problems: [],
    hostKeyOf: () => 'ssh-ed25519 AAAA',
    contentVersion: testContentVersion,
    at: early,
  });
}
const asRecorded = (status: ReadonlyMap<ResourceRef, StatusDocument>) => recordedFleet([...status.values()]);
const siteOf = (status: ReturnType<typeof record>) =>
  environmentDetailsOf(status.get(acme.ref)).observed?.site;
const readyOf = (status: ReturnType<typeof record>) =>
  status.get(acme.ref)?.conditions.find(({ type }) => type === 'Ready');
/** Files of the commit after a pass that observed `next`, when `first` was recorded. */
const commitAfter = (first: ObservedSite | null, next: ObservedSite | null) => {
  const recorded = asRecorded(record(first));
  return [...recordChanges(recorded, record(next, recorded), []).keys()];
};

describe('the observed site in the records', () => {
  it('is recorded, and a plan from the records sees it', () => {
    const recorded = asRecorded(record(described));
    const [node] = observedFromStatus(fleet, recorded).nodes.values();
    expect(node?.environments.get('acme' as EnvironmentName)?.site).toEqual(described);
  });

  it('changes nothing when a check was repeated with the same result, however old', () => {
    const repeated = {
      ...described,
      frontPage: page('ok', { at: later }),
      code: { intact: true, paths: [], at: later },
    };
    expect(siteOf(record(repeated, asRecorded(record(described))))).toEqual(described);
    expect(commitAfter(described, repeated)).toEqual([]);
    const broken = { ...described, frontPage: page('fatal', { message: 'one' }) };
    expect(
      commitAfter(broken, { ...broken, frontPage: page('fatal', { at: later, message: 'two' }) }),
    ).toEqual([]);
  });

  it('is no reason for a commit when a first check found nothing', () => {
    expect(commitAfter({ ...described, frontPage: null, code: null }, described)).toEqual([]);
  });

  it('is a reason for a commit when the site has changed', () => {
    const file = 'status/environment/acme.yaml';
    expect(commitAfter(described, { ...described, title: 'Mine' })).toContain(file);
    expect(commitAfter(described, { ...described, frontPage: page('empty') })).toContain(file);
    const code = { intact: false, paths: ['index.php'], at: later };
    expect(commitAfter(described, { ...described, code })).toContain(file);
  });

  it('stays as recorded while the database does not answer, or a check was not repeated yet', () => {
    const recorded = asRecorded(record(described));
    expect(siteOf(record(null, recorded))).toEqual(described);
    expect(siteOf(record({ ...described, frontPage: null, code: null }, recorded))).toEqual(described);
  });

  it('forgets a failure when a converge has voided its result', () => {
    const recorded = asRecorded(record({ ...described, frontPage: page('fatal') }));
    const status = record({ ...described, frontPage: null }, recorded);
    expect(siteOf(status)?.frontPage).toBeNull();
    expect(readyOf(status)?.status).toBe('True');
  });
});

describe('an environment', () => {
  it.each([
    ['empty', 'FrontPageEmpty'],
    ['fatal', 'FrontPageFatal'],
    ['installer', 'FrontPageInstaller'],
    ['failed', 'HttpFailed'],
  ] as const)(
    'is not Ready when its front page is %s, although the quick check of the pass succeeds',
    (state, reason) => {
      const ready = readyOf(record({ ...described, frontPage: page(state) }));
      expect(ready).toMatchObject({ status: 'False', reason, nextStep: expect.any(String) });
      expect(ready?.message).toContain(`why ${state}`);
    },
  );

  it('is Ready with what the site decides itself, such as a private front page', () => {
    expect(readyOf(record({ ...described, frontPage: page('ok', { status: 404 }) }))?.status).toBe('True');
  });
});
