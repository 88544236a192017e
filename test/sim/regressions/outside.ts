import { commitAt, eventAt, fault, withEnvironment, without } from '../run/history.ts';
import type { EventKind } from '../workload/events.ts';
import { emptyFleet, type FleetModel, newNode } from '../workload/fleet-model.ts';
import { type Regression, regression } from './regression.ts';

const minuteMs = 60_000;
const cloud: FleetModel = { ...emptyFleet, nodes: new Map([['web-1', newNode]]) };
const first = withEnvironment(cloud, 'shop-a', { plugin: true });
const two = withEnvironment(first, 'shop-b', {});
const more = withEnvironment(first, 'shop-a', { plugin: true, memoryLimit: '384M' });

/** Changes at the provider, on a node and in WordPress, that replaced data by nothing or went unnoticed. */
export const outside: readonly Regression[] = [
  outsideOf('identity-by-label-only', 'rename-and-unlabel-server', {
    found: 'a server that was renamed and lost its labels counted as gone, and a second, empty one was made',
  }),
  outsideOf('ignore-renames', 'rename-server', {
    found: 'a renamed server was worked on as if nothing had happened',
  }),
  outsideOf('ignore-rebuilds', 'rebuild-server', {
    found: 'a rebuilt server was provisioned again, with empty sites',
  }),
  regression({
    name: 'empty-instead-of-lost',
    found: 'the uploads of a site were replaced by an empty directory',
    first,
    events: [
      eventAt(0, 6 * minuteMs, 'remove-directory', 60 * minuteMs),
      commitAt(1, 10 * minuteMs, 'more memory', more),
    ],
  }),
  regression({
    name: 'blind-to-dropped-databases',
    found: 'a dropped database was replaced by an empty WordPress with the next change of the site',
    first,
    events: [eventAt(0, 6 * minuteMs, 'drop-database'), commitAt(1, 10 * minuteMs, 'more memory', more)],
  }),
  outsideOf('losses-need-no-approval', 'delete-server', {
    found: 'a deleted server was replaced by an empty one without a decision of a person',
  }),
  regression({
    name: 'any-approval-will-do',
    found: 'the approval of a new server counted for the loss of the data of its sites, too',
    first: two,
    events: [eventAt(0, 6 * minuteMs, 'delete-server'), eventAt(1, 12 * minuteMs, 'accept-loss')],
  }),
  regression({
    name: 'overwrite-the-site',
    found: "a change of the memory limit set the title of the site to the manifest's",
    first,
    events: [1, 2, 3]
      .flatMap((nth) => [
        eventAt(2 * nth, (4 + nth) * minuteMs, 'change-title'),
        eventAt(2 * nth + 1, (4 + nth) * minuteMs, 'change-admin-email'),
      ])
      .concat(commitAt(9, 12 * minuteMs, 'more memory', more)),
  }),
  outsideOf('blind-to-wp-admin', 'toggle-plugin', {
    found: 'a deactivated plugin was not seen, and was activated by an unrelated change that did not say so',
  }),
  outsideOf('blind-to-damaged-code', 'edit-code', {
    found: 'an edited file of WordPress was never repaired',
  }),
  regression({
    name: 'forget-what-was-created',
    found:
      'a server that lost its name and labels before its first record was pushed was created a second time',
    first: cloud,
    events: [eventAt(0, 40_000, 'rename-and-unlabel-server', 60 * minuteMs)],
  }),
  regression({
    name: 'labels-without-a-name',
    found:
      'a server that lost its labels before its create was confirmed stalled its node, and nobody was told which labels to put back',
    first: cloud,
    events: [eventAt(0, 15_000, 'relabel-server', 60 * minuteMs)],
    faults: [fault('hetzner.POST /servers', 0, 'timeout-after')],
  }),
  regression({
    name: 'delete-what-is-left',
    found:
      'the removal of a site whose database was dropped counted as the deletion of data that was to be kept',
    first,
    events: [
      eventAt(0, 6 * minuteMs, 'drop-database', 60 * minuteMs),
      commitAt(1, 12 * minuteMs, 'remove shop-a', without(first, 'shop-a')),
    ],
  }),
  regression({
    name: 'nobody-is-asked',
    found:
      'the removal of a site on a server without its labels waited for ever, and said that no person is needed',
    first: two,
    events: [
      eventAt(0, 6 * minuteMs, 'relabel-server', 60 * minuteMs),
      commitAt(1, 12 * minuteMs, 'remove shop-a', without(two, 'shop-a')),
    ],
  }),
];

function outsideOf(name: string, kind: EventKind, { found }: { readonly found: string }): Regression {
  return regression({ name, found, first, events: [eventAt(0, 6 * minuteMs, kind, 60 * minuteMs)] });
}
