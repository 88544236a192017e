import type { Json } from '../../fleet/digest.ts';
import type { AnsibleEvent, AnsibleOutcome, AnsibleStats } from '../../ports/ansible.ts';
import { createLineSplitter } from '../process/line-splitter.ts';
import { parseEventLine } from './event-parser.ts';

/** Limit of one data value (a probe of many environments): 1 MiB, see MAX_DATA of the callback plugin; larger values are dropped. */
const maxLineBytes = 1_310_720;
/** Distinct environments and data keys of one run; a node that reports more is lying. */
const maxEntries = 10_000;
/** Limit of forwarded events, each kept as a step: a run over 500 environments has some thousands. */
const maxPassedOn = 50_000;

export interface RunCollector {
  /** Bytes of the event descriptor. */
  add(chunk: Uint8Array): void;
  end(): void;
  /** Lines that are not events: malformed or over the limit. */
  brokenLines(): number;
  unreachableMessage(): string | null;
  /** Null until a stats event reports the end of the run for this host. */
  outcome(host: string, durationMs: number): AnsibleOutcome | null;
}

/** Turns the stream of events, each redacted, into the outcome of the run; `onEvent` receives each known event as it arrives. */
export function createRunCollector(
  onEvent: ((event: AnsibleEvent) => void) | undefined,
  redact: (text: string) => string = (text) => text,
): RunCollector {
  const environments = new Map<
    string,
    { status: 'ok' | 'changed' | 'failed'; error?: { code: string; message: string } }
  >();
  const data = new Map<string, Json>();
  let hosts: ReadonlyMap<string, AnsibleStats> | undefined;
  let failure: { readonly task: string; readonly message: string } | null = null;
  let unreachable: string | null = null;
  let broken = 0;
  let passedOn = 0;

  function onLine(line: string): void {
    if (line === '') return;
    // Redacted before texts are cut: half a secret is no longer recognised.
    const parsed = parseEventLine(redact(line));
    if (parsed.kind === 'unknown') return;
    if (parsed.kind === 'broken') {
      broken += 1;
      return;
    }
    const { event } = parsed;
    if (event.event === 'stats') {
      hosts = event.hosts;
      return;
    }
    if (event.event === 'task_end') {
      const message = event.message ?? 'no message';
      if (event.status === 'failed') failure ??= { task: event.task, message };
      if (event.status === 'unreachable') unreachable ??= message;
    }
    if (event.event === 'environment_result' && environments.size < maxEntries) {
      const { status, error } = event;
      environments.set(event.environment, error === undefined ? { status } : { status, error });
    }
    if (event.event === 'data' && data.size < maxEntries) data.set(event.key, event.value);
    if (++passedOn <= maxPassedOn) onEvent?.(event);
  }

  const lines = createLineSplitter({
    maxLineBytes,
    onLine,
    onOverlong: () => {
      broken += 1;
    },
  });
  return {
    add: lines.add,
    end: lines.end,
    brokenLines: () => broken,
    unreachableMessage: () => unreachable,
    outcome(host, durationMs) {
      const stats = hosts?.get(host);
      return stats === undefined ? null : { stats, environments, data, failure, durationMs };
    },
  };
}
