import { join } from 'node:path';
import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import { renderStatusText } from '../../src/cli/status-text.ts';
import { type StatusView, statusView } from '../../src/cli/status-view.ts';
import type { Reason } from '../../src/fleet/reasons.ts';
import { widthOf } from '../../src/fleet/text-width.ts';
import { commit, currentOf, notReady, now, ready, recorded, served } from './status-fleet.ts';

const golden = join(import.meta.dirname, '../golden/cli');
const hourAgo = '2026-05-01T11:00:00Z';
const daysAgo = '2026-04-27T11:00:00Z';

function textOf(view: StatusView, options: { columns?: number | null; all?: boolean; color?: boolean } = {}) {
  const { columns = null, all = false, color = false } = options;
  return renderStatusText(view, { paint: pc.createColors(color), now, columns, all });
}

const fleetRecord = (plan: Readonly<Record<string, unknown>> = {}) =>
  recorded('pressluft/demo', daysAgo, [ready('Valid')], { observedRevision: commit, details: plan });

/** One of everything that can be said. */
function brokenFleet(): StatusView {
  const tryAgain = { nextStep: 'The steps in the record of the run show where it stopped.' };
  const documents = [
    fleetRecord({ plan: { digest: `sha256:${'ab12'.repeat(16)}`, approvalsWanted: 2 } }),
    recorded('provider/hetzner', daysAgo, [ready('Connected')]),
    recorded('node/web-1', daysAgo, [ready('Provisioned')], {
      provider: 'hetzner',
      details: {
        ipv4: '192.0.2.10',
        os: 'Debian 12',
        server: { type: 'cx22' },
        warnings: ['RebootRequired'],
      },
    }),
    recorded(
      'node/web-2',
      hourAgo,
      notReady('SshTimeout', 'no answer within 10 s', 'Reconciling', { nextStep: 'Check the network.' }),
      { provider: 'hetzner', details: { ipv4: '192.0.2.11', server: { type: 'cx32' } } },
    ),
    recorded(
      'site/acme',
      hourAgo,
      [{ type: 'Ready', status: 'False', reason: 'EnvironmentsNotReady', message: 'not ready: many' }],
      { details: { environments: ['acme-production'] } },
    ),
    recorded('site/bakery', daysAgo, [ready('EnvironmentsReady')]),
    recorded('environment/acme-production', daysAgo, [ready('Converged')], served('acme-production')),
    recorded(
      'environment/acme-staging',
      hourAgo,
      notReady(
        'BackingOff',
        'PL4032: no space left on device, and what the database said of it',
        'Reconciling',
        {
          ...tryAgain,
          notBefore: '2026-05-01T12:05:00Z',
        },
      ),
      served('acme-staging'),
    ),
    recorded(
      'environment/acme-shop',
      hourAgo,
      notReady('MaintenanceWindow', 'waits for maintenance window nights', 'Reconciling', {
        nextStep: 'Nothing: it acts from then.',
        notBefore: '2026-05-02T00:00:00Z',
        timezone: 'Europe/Berlin',
      }),
      served('acme-shop'),
    ),
    recorded(
      'environment/acme-blog',
      hourAgo,
      notReady('ApprovalRequired', 'a change that can harm data needs an approval', 'Stalled', {
        nextStep: `Read the plan, then run \`pressluft approve sha256:${'ab12'.repeat(16)}\`.`,
      }),
      served('acme-blog'),
    ),
    recorded('environment/acme-stuck', daysAgo, notReady('Stalled', 'PL4032: cannot', 'Stalled', tryAgain), {
      node: 'web-1',
    }),
    recorded(
      'environment/acme-drift',
      hourAgo,
      [
        { type: 'Ready', status: 'False', reason: 'Pending', message: 'put managed files back' },
        { type: 'Reconciling', status: 'True', reason: 'Drifted', message: 'put managed files back' },
        { type: 'Drifted', status: 'True', reason: 'Drifted', message: 'nginx.conf, wp-config.php' },
      ],
      served('acme-drift'),
    ),
    ...['acme-a', 'acme-b'].map((name) =>
      recorded(
        `environment/${name}`,
        hourAgo,
        notReady('NodeUnreachable', 'node web-2 cannot be reached', 'Reconciling', {
          nextStep: 'Bring it back.',
        }),
        { node: 'web-2' },
      ),
    ),
    recorded(
      'environment/old-shop',
      daysAgo,
      [
        {
          type: 'Ready',
          status: 'False',
          reason: 'Retained',
          message: 'its manifest is gone; its data is kept',
        },
      ],
      served('old-shop'),
    ),
    recorded(
      'environment/old-blog',
      daysAgo,
      notReady('FinalBackupMissing', 'it is deleted only after a verified final backup', 'Stalled'),
      { node: 'web-1', details: { observed: { state: 'stopped', retained: true } } },
    ),
    recorded(
      'environment/old-wiki',
      hourAgo,
      notReady('Protected', 'it was applied with protected: true', 'Stalled', { nextStep: 'Bring it back.' }),
      { node: 'web-1' },
    ),
    recorded(
      'environment/cafe',
      daysAgo,
      [{ type: 'Ready', status: 'False', reason: 'Quarantined', message: 'its manifest is broken' }],
      served('cafe'),
    ),
    recorded('backup/before-easter', daysAgo, [ready('Completed', 'backup b-1')]),
    recorded('restore/shop-yesterday', hourAgo, [
      { type: 'Ready', status: 'False', reason: 'Failed', message: 'PL4040: no such backup' },
      { type: 'Stalled', status: 'True', reason: 'Failed', message: 'PL4040: no such backup' },
    ]),
    recorded('promotion/new-theme', hourAgo, notReady('NotSupported', 'not supported yet', 'Stalled')),
  ];
  const current = currentOf({
    documents,
    sites: {
      acme: [
        ...['acme-production', 'acme-staging', 'acme-shop', 'acme-blog', 'acme-stuck', 'acme-drift'],
        ...['acme-a', 'acme-b'],
      ],
      bakery: ['bakery-new'],
    },
    quarantined: ['environment/cafe'],
  });
  return statusView(current, hourAgo);
}

test.each([
  ['80 columns', 80],
  ['120 columns', 120],
] as const)('a fleet with one of everything on %s', async (_, columns) => {
  const text = textOf(brokenFleet(), { columns });
  await expect(text).toMatchFileSnapshot(join(golden, `status-${columns}.golden.txt`));
  const tooLong = text.split('\n').filter((line) => widthOf(line) > columns);
  expect(tooLong).toEqual([]);
});

test('the headline counts apart what is not to be ready', () => {
  const view = brokenFleet();
  expect(view.counts).toEqual({
    ready: 1,
    retrying: 1,
    waiting: 2,
    stalled: 1,
    pending: 1,
    'not-ready': 2,
    unknown: 1,
    retained: 2,
    leaving: 1,
    quarantined: 1,
  });
  expect(textOf(view)).toMatch(/^1 of 9 environments ready /);
});

test('a plan that needs approval is shown once with the command, and not again for each environment', () => {
  const text = textOf(brokenFleet());
  expect(text).toContain('approve pressluft approve ab12ab12ab12ab12\n');
  expect(text.match(/pressluft approve/g)).toHaveLength(1);
});

test('a plan of an older commit is not offered for approval', () => {
  const view = { ...brokenFleet(), observedRevision: 'f'.repeat(40) };
  expect(textOf(view)).not.toContain('pressluft approve');
  expect(textOf(view)).toContain('2 actions need approval; the next pass plans the newer commit');
});

describe('the end of a wait is shown', () => {
  const waiting = (notBefore: string, timezone?: string) => {
    const document = recorded(
      'environment/acme',
      hourAgo,
      notReady('Freeze', 'held', 'Reconciling', {
        notBefore,
        ...(timezone === undefined ? {} : { timezone }),
      }),
    );
    return textOf(statusView(currentOf({ documents: [document], sites: { acme: ['acme'] } }), null));
  };
  test.each([
    ['2026-05-01T14:00:00Z', undefined, 'until 2026-05-01 14:00 UTC, in 2 h'],
    ['2026-05-04T12:00:00Z', 'Europe/Berlin', 'until 2026-05-04 14:00 Europe/Berlin, in 3 days'],
    ['2026-05-01T11:59:00Z', undefined, 'until 2026-05-01 11:59 UTC, due now'],
    ['2026-05-01T12:00:20Z', undefined, 'until 2026-05-01 12:00 UTC, in less than 1 min'],
    ['2026-05-01T14:00:00Z', 'Nowhere/Else', 'until 2026-05-01T14:00:00Z, in 2 h'],
  ])('%s in %s', (moment, timezone, words) => expect(waiting(moment, timezone)).toContain(words));

  test('unless it cannot be read', () => expect(waiting('tomorrow \u001b[31m')).not.toContain('until'));
});

describe('nothing of the branch reaches the terminal raw', () => {
  const evil = '\u001b[31mred\u202e\u0007';
  const facts = {
    wordpressVersion: evil,
    phpVersion: evil,
    url: evil,
    ipv4: evil,
    os: evil,
    warnings: [evil],
  };
  const bad = (address: string) =>
    recorded(
      address,
      evil,
      notReady(evil as Reason, evil, 'Reconciling', { nextStep: evil, notBefore: evil, timezone: evil }),
      {
        node: evil,
        details: { ...facts, server: { type: evil }, plan: { digest: evil, approvalsWanted: 1 } },
      },
    );
  const documents = [
    'environment/acme',
    'environment/gone',
    'node/a',
    'provider/a',
    'site/acme',
    'backup/a',
  ].map(bad);
  const plan = recorded('pressluft/demo', evil, [ready(evil as Reason)], {
    observedRevision: commit,
    details: { plan: { digest: evil, approvalsWanted: 1 } },
  });
  const view = statusView(currentOf({ documents: [...documents, plan], sites: { acme: ['acme'] } }), evil);

  test.each([null, 80])('with %s columns', (columns) => {
    const text = textOf(view, { columns });
    expect(text).toContain('␛[31mred');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the point
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});

describe('of a large fleet', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `s${String(index).padStart(4, '0')}`);
  const documents = [
    fleetRecord(),
    ...names.flatMap((name) => [
      recorded(`site/${name}`, daysAgo, [ready('EnvironmentsReady')]),
      name === 's0500'
        ? recorded(`environment/${name}`, hourAgo, notReady('Stalled', 'it failed', 'Stalled'), served(name))
        : recorded(`environment/${name}`, daysAgo, [ready('Converged')], served(name)),
      recorded(`node/n-${name}`, daysAgo, [ready('Provisioned')]),
    ]),
  ];
  const sites = Object.fromEntries(names.map((name) => [name, [name]]));
  const view = statusView(currentOf({ documents, sites }), hourAgo);

  test('only what is not ready is listed, and the rest is counted', () => {
    const text = textOf(view);
    expect(text).toMatch(/^999 of 1,000 environments ready {2}1 stalled\n/);
    expect(text).toContain('✗ stalled  s0500');
    expect(text).toContain('and 999 sites more, all ready (--all shows them)');
    expect(text).toContain('and 1,000 nodes more, all ready (--all shows them)');
    expect(text.split('\n').length).toBeLessThan(20);
  });

  test('all is listed where that is asked for', () => {
    const text = textOf(view, { all: true });
    expect(text).toContain('s0999');
    expect(text).not.toContain('--all');
  });
});

test('a reason that many have is written once', () => {
  const text = textOf(brokenFleet());
  expect(text.match(/node web-2 cannot be reached/g)).toHaveLength(1);
  expect(text).toContain('as above');
});

test('colour is for a terminal only, and says nothing that the words do not say', () => {
  const [plain, colored] = [textOf(brokenFleet()), textOf(brokenFleet(), { color: true })];
  expect(plain).not.toContain('\u001b');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with ESC
  expect(colored.replace(/\u001b\[[0-9;]*m/g, '')).toBe(plain);
  expect(colored).not.toBe(plain);
});
