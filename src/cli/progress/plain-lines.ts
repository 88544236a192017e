import type { ResourceRef } from '../../fleet/brand.ts';
import { printable } from '../../fleet/printable.ts';
import type { Progress } from '../../reconcile/progress.ts';
import { formatSeconds } from '../format-seconds.ts';
import type { ProgressModel } from './view-model.ts';

/** Steps on a whole node that change nothing and are quicker than this are not worth a line. */
const quickMs = 300;

/** Lines for an event where nothing can be drawn over: pipes, files, CI. `model` is the one after the event. */
export function plainLines(model: ProgressModel, event: Progress): readonly string[] {
  switch (event.kind) {
    case 'pass-started':
    case 'phase':
      return [];
    case 'planned': {
      const { actions, blocked, commit } = event.plan;
      if (actions.length + blocked.length === 0) return [];
      return [
        `pass ${event.pass}  commit ${commit.slice(0, 7)}  ${actions.length} to do, ${blocked.length} held back`,
        ...blocked.map((item) => line(model, item.resource, item.kind, `blocked: ${item.message}`)),
      ];
    }
    case 'action-started':
      return [line(model, event.resource, event.action.split(':')[0] ?? '', 'started')];
    case 'step': {
      const { resource, step, status, durationMs, message } = event.step;
      const onNode = resource.startsWith('node/');
      if (status === 'running' || status === 'skipped') return [];
      if (onNode && status === 'ok' && durationMs < quickMs) return [];
      const why = status === 'failed' && message !== undefined ? `: ${message}` : '';
      return [line(model, resource, step, `${status} (${formatSeconds(durationMs)})${why}`)];
    }
    case 'action-finished': {
      const { resource, kind, outcome, changed, error } = event.result;
      const why = error === undefined ? '' : `: ${error.code} ${error.message}`;
      const word = outcome === 'succeeded' ? (changed ? 'done' : 'done, nothing to change') : outcome;
      return [line(model, resource, kind, `${word}${why}`)];
    }
    case 'recorded':
      return [`pass ${event.pass}  recorded in ${event.commit.slice(0, 7)}`];
    case 'pass-finished': {
      const took = event.durationMs > 0 ? ` in ${formatSeconds(event.durationMs)}` : '';
      return [`pass ${event.pass}  ${printable(event.outcome)}${took}`];
    }
    default:
      return event satisfies never;
  }
}

function line(model: ProgressModel, ref: ResourceRef, what: string, end: string): string {
  const node = ref.startsWith('node/') ? ref.slice('node/'.length) : model.rows.get(ref)?.node;
  return [node ?? '-', ref, what, end].map(printable).join('  ');
}
