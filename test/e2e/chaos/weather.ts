import type { Fault } from '../../../src/lab/api/faults.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import type { Dice } from './dice.ts';
import type { SmallDisk } from './small-disk.ts';

/** Faults during the life of one daemon, in addition to its kill. */
export interface Weather {
  readonly api: readonly Fault[];
  /** A machine loses its network some time after the start, and may get it back before the end. */
  readonly cut: { readonly server: string; readonly afterMs: number; readonly forMs: number } | null;
  /** The disk of the controller is full except for some bytes. */
  readonly disk: { readonly afterMs: number; readonly leaveBytes: number } | null;
  readonly git: {
    readonly rejectPushes?: number;
    readonly loseReplies?: number;
    readonly refuseCredentials?: number;
  };
}

export const calm: Weather = { api: [], cut: null, disk: null, git: {} };

const apiFaults: readonly [Fault, ...Fault[]] = [
  { kind: 'status', status: 429, probability: 0.3 },
  { kind: 'status', status: 500, probability: 0.2 },
  { kind: 'status', status: 502, html: true, probability: 0.2 },
  { kind: 'status', status: 503, probability: 0.3 },
  { kind: 'lost-reply', method: 'POST', probability: 0.5 },
  { kind: 'lost-reply', method: 'DELETE', probability: 0.5 },
  { kind: 'lost-reply', before: true, probability: 0.1 },
  { kind: 'action-error', command: 'create_server', times: 1 },
  { kind: 'action-error', command: 'create_server', afterEffect: true, times: 1 },
  { kind: 'action-error', command: 'delete_server', times: 1 },
  { kind: 'slow-action', command: 'create_server', ms: 2500, times: 1 },
  { kind: 'eventual-list', ms: 4000 },
  { kind: 'latency', ms: 400, probability: 0.5 },
];

const gitFaults: readonly [Weather['git'], ...Weather['git'][]] = [
  { rejectPushes: 1 },
  { loseReplies: 1 },
  { refuseCredentials: 1 },
];

export function randomWeather(choose: Dice): Weather {
  const api = choose.shuffled(apiFaults).slice(0, choose.chance(0.7) ? choose.between(1, 3) : 0);
  const cut = choose.chance(0.25)
    ? {
        server: `small-${choose.pick(['alpha', 'beta'])}`,
        afterMs: choose.between(0, 4000),
        forMs: choose.logBetween(300, 8000),
      }
    : null;
  const disk = choose.chance(0.2)
    ? {
        afterMs: choose.chance(0.5) ? 0 : choose.between(500, 6000),
        leaveBytes: choose.pick([0, 0, 4096, 65_536, 262_144]),
      }
    : null;
  const git: Weather['git'] = choose.chance(0.7) ? {} : choose.pick(gitFaults);
  return { api, cut, disk, git };
}

export function describeWeather({ api, cut, disk, git }: Weather): string {
  const parts = [
    ...api.map((fault) => ('status' in fault ? `${fault.kind} ${fault.status}` : fault.kind)),
    ...(cut === null ? [] : [`${cut.server} cut`]),
    ...(disk === null ? [] : [`disk full (${disk.leaveBytes} left)`]),
    ...Object.keys(git),
  ];
  return parts.length === 0 ? '-' : parts.join(', ');
}

/** Starts the faults; the returned function ends all of them. */
export async function unleash(weather: Weather, lab: Lab, disk: SmallDisk): Promise<() => Promise<void>> {
  const { api, cut, disk: full } = weather;
  await lab.api.setFaults(api);
  await lab.git.setFaults(weather.git);
  const ended = new AbortController();
  const later: Promise<void>[] = [];
  const after = (ms: number, act: () => Promise<void>) => {
    later.push(pause(ms, ended.signal).then(() => (ended.signal.aborted ? undefined : act())));
  };
  if (full !== null && full.afterMs === 0) await disk.fill(full.leaveBytes);
  if (full !== null && full.afterMs > 0) after(full.afterMs, () => disk.fill(full.leaveBytes));
  if (cut !== null) {
    after(cut.afterMs, () => lab.api.setFaults([...api, { kind: 'network-cut', server: cut.server }]));
    after(cut.afterMs + cut.forMs, () => lab.api.setFaults(api));
  }
  return async () => {
    ended.abort();
    await Promise.all(later);
    await lab.api.setFaults([]);
    await lab.git.setFaults({});
    await disk.free();
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      done();
    });
  });
}
