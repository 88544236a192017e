import type { EnvironmentName } from '../../../src/fleet/brand.ts';
import { uidOf } from '../../../src/fleet/naming.ts';
import { resourceRef } from '../../../src/fleet/resource.ts';
import type { SimRandom } from '../core/index.ts';
import type { SimMachine, Slot } from '../machines/index.ts';
import { wpConfigFile } from '../machines/layout.ts';
import type { Installation } from '../machines/machine.ts';
import { fleetName } from '../workload/fleet-model.ts';
import { notePeople } from './console.ts';
import { machineOf } from './where.ts';
import type { OutsideChange, World } from './world.ts';

interface Place {
  readonly world: World;
  readonly node: string;
  readonly machine: SimMachine;
  readonly slot: Slot;
  readonly installation: Installation;
}

type Operation = (place: Place, dice: SimRandom) => OutsideChange | null;

/** What people do in wp-admin, and in the files of a site on its node. */
export const siteOperations = {
  'toggle-plugin': (place) => {
    const { activePlugins } = place.installation;
    return edit(place, { activePlugins: activePlugins.length === 0 ? ['site-kit'] : [] });
  },
  'switch-theme': (place) => edit(place, { theme: 'twentytwentyfour' }),
  'change-title': (place, dice) => edit(place, { title: dice.pick(['Sale!', 'Shop', '« Été »']) }),
  'change-admin-email': (place) => edit(place, { adminEmail: 'new-owner@shop.example' }),
  'change-locale': (place) => edit(place, { locale: 'de_DE' }),
  'write-post': (place) => edit(place, { posts: place.installation.posts + 1 }),
  'break-front-page': (place, dice) => {
    const { page: before } = place.installation;
    const broken = ['empty', 'fatal', 'private'] as const;
    if (broken.some((page) => page === before)) return null;
    edit(place, { page: dice.pick(broken) });
    return undoable(place, 'the front page is changed', (slot) => {
      if (slot.installation !== null) slot.installation = { ...slot.installation, page: before };
    });
  },
  'edit-code': (place, dice) => {
    place.slot.damaged.add(dice.pick(['index.php', 'wp-includes/version.php', 'wp-content/x.php']));
    noteEdit(place, 'edited code');
    return null;
  },
  'remove-directory': removeDirectory,
  'drop-database': dropDatabase,
} as const satisfies Readonly<Record<string, Operation>>;

export type SiteOperation = keyof typeof siteOperations;

/** Chooses a site in service and does it. Returns a description. */
export function onTheSite(world: World, kind: SiteOperation, dice: SimRandom): string {
  const places = ['web-1', 'web-2', 'metal-1'].flatMap((node) => placesOn(world, node));
  if (places.length === 0) return 'nothing';
  const place = dice.pick(places);
  const done = siteOperations[kind](place, dice);
  if (done !== null) world.outsideChanges.push(done);
  return `${kind} of ${place.slot.name} on ${place.node}`;
}

function placesOn(world: World, node: string): readonly Place[] {
  const machine = machineOf(world, node);
  if (machine === null || machine.power === 'off') return [];
  return [...machine.slots.values()].flatMap((slot): Place[] => {
    const { name, record, installation } = slot;
    const isOurs = record?.uid === uidOf(fleetName, resourceRef('Environment', name as EnvironmentName));
    if (!isOurs || record.retained === true || installation === null) return [];
    return [{ world, node, machine, slot, installation }];
  });
}

function edit(place: Place, change: Partial<Installation>): null {
  place.slot.installation = { ...place.installation, ...change };
  noteEdit(place, `changed ${Object.keys(change).join(', ')}`);
  return null;
}

/** The directory of the environment, with its uploads; the database stays. */
function removeDirectory(place: Place, dice: SimRandom): OutsideChange | null {
  const { slot, world } = place;
  if (!slot.directories) return null;
  const { uploads, live } = slot;
  const [releases, config] = [new Map(slot.releases), slot.files.get(wpConfigFile(slot.name))];
  slot.directories = false;
  slot.uploads = null;
  slot.live = null;
  slot.releases.clear();
  slot.files.delete(wpConfigFile(slot.name));
  noteEdit(place, 'removed the directory');
  const back = undoable(place, 'the directory is removed', (now) => {
    now.directories = true;
    now.uploads = uploads;
    now.live = live;
    for (const [id, release] of releases) now.releases.set(id, release);
    if (config !== undefined) now.files.set(wpConfigFile(now.name), config);
  });
  return { ...back, undo: dice.chance(0.7) ? back.undo : null, sinceMs: world.timeline.nowMs };
}

/** As `DROP DATABASE` in phpMyAdmin; the files stay. */
function dropDatabase(place: Place, dice: SimRandom): OutsideChange {
  const { slot, world, installation } = place;
  slot.database = false;
  slot.installation = null;
  noteEdit(place, 'dropped the database');
  const back = undoable(place, 'the database is dropped', (now) => {
    now.database = true;
    now.installation = installation;
  });
  return { ...back, undo: dice.chance(0.7) ? back.undo : null, sinceMs: world.timeline.nowMs };
}

function undoable(place: Place, what: string, apply: (slot: Slot) => void): OutsideChange {
  const { world, node, machine, slot } = place;
  return {
    what: `${what}: ${slot.name}`,
    node,
    sinceMs: world.timeline.nowMs,
    finding: null,
    isRecorded: true,
    undo: () => {
      const now = world.machines.machines.get(machine.ipv4)?.slots.get(slot.name);
      if (now === undefined || now.record === null) return false;
      apply(now);
      noteEdit(place, `back: ${what}`);
      return true;
    },
  };
}

function noteEdit({ world, machine, slot }: Place, what: string): void {
  notePeople(world, machine.ipv4, slot.name, what);
}
