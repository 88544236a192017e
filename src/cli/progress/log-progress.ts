import type { Log } from '../../ports/log.ts';
import type { OnProgress } from '../../reconcile/progress.ts';

/** Progress as log lines of the daemon: constant messages with fields. Passes without work are logged at debug only. */
export function logProgress(log: Log): OnProgress {
  let worked = false;
  let lastOutcome = '';
  return (event) => {
    const { pass } = event;
    switch (event.kind) {
      case 'pass-started':
        worked = false;
        log.debug({ pass, trigger: event.trigger }, 'pass started');
        return;
      case 'phase':
        log.debug({ pass, phase: event.phase, commit: event.commit }, 'phase started');
        return;
      case 'planned': {
        const { actions, blocked, commit, digest } = event.plan;
        const fields = { pass, commit, digest, actions: actions.length, blocked: blocked.length };
        if (actions.length > 0) log.info(fields, 'plan made');
        else log.debug(fields, 'plan made');
        return;
      }
      case 'action-started':
        worked = true;
        log.info({ pass, resource: event.resource, action: event.action }, 'action started');
        return;
      case 'step': {
        const { resource, step, status, durationMs, message } = event.step;
        const fields = { pass, resource, step, status, durationMs: Math.round(durationMs), detail: message };
        if (status === 'failed') log.warn(fields, 'step failed');
        else log.debug(fields, 'step');
        return;
      }
      case 'action-finished': {
        const { resource, action, outcome, changed, error } = event.result;
        const fields = {
          pass,
          resource,
          action,
          outcome,
          changed,
          ...(error === undefined ? {} : { error }),
        };
        if (outcome === 'failed') log.warn(fields, 'action failed');
        else log.info(fields, 'action finished');
        return;
      }
      case 'recorded':
        worked = true;
        log.info({ pass, statusCommit: event.commit }, 'status recorded');
        return;
      case 'pass-finished': {
        const { outcome, problem } = event;
        const reason = problem === null ? {} : { problem };
        const fields = { pass, outcome, ...reason, durationMs: Math.round(event.durationMs) };
        // An unchanged outcome, e.g. blocked, is logged once at info.
        if (worked || event.outcome !== lastOutcome) log.info(fields, 'pass finished');
        else log.debug(fields, 'pass finished');
        lastOutcome = event.outcome;
        return;
      }
      default:
        event satisfies never;
    }
  };
}
