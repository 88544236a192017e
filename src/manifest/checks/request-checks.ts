import type { Json } from '../../fleet/digest.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { type FleetIndex, type FleetProblem, type Located, referred } from '../fleet-index.ts';
import { stringAt, valueAt } from '../plain.ts';
import { instantMs } from '../resolve/local-time.ts';
import type { KnownFacts } from './known-facts.ts';

/** A minute: the clocks of who wrote the request and who reads it may differ. */
const clockToleranceMs = 60_000;

/** Promotions that lead nowhere. */
export function promotionChecks(index: FleetIndex): FleetProblem[] {
  return index.byKind.Promotion.flatMap((where): FleetProblem[] => {
    const { value, ref } = where.document;
    const names = [stringAt(value, 'spec', 'from'), stringAt(value, 'spec', 'to')];
    if (names[0] !== undefined && names[0] === names[1]) {
      const message = `${ref} leads from an environment to itself`;
      const expected = 'two environments of one site';
      return [
        found(where, {
          code: diagnosticCodes.promotionInvalid,
          message,
          path: ['spec', 'to'],
          at: 'value',
          expected,
        }),
      ];
    }
    const from = referred(index, where.document, 'from');
    const to = referred(index, where.document, 'to');
    if (from === undefined || to === undefined) return [];
    return [...acrossSites(where, from, to), ...intoStopped(index, where, to)];
  });
}

function acrossSites(where: Located, from: Located, to: Located): FleetProblem[] {
  const sites = [from, to].map(({ document }) => stringAt(document.value, 'spec', 'site'));
  if (sites[0] === undefined || sites[1] === undefined || sites[0] === sites[1]) return [];
  const message = `${where.document.ref} puts the code of the site ${sites[0]} into the site ${sites[1]}`;
  const expected = 'two environments of one site';
  return [
    found(where, {
      code: diagnosticCodes.promotionInvalid,
      message,
      path: ['spec', 'to'],
      at: 'value',
      expected,
    }),
  ];
}

function intoStopped(index: FleetIndex, where: Located, to: Located): FleetProblem[] {
  if (inherited(index, to, 'state') !== 'stopped') return [];
  const message = `${to.document.ref} is stopped: code can be put there, and cannot be tried`;
  const path = ['spec', 'to'];
  const expected = 'state: running before code is promoted to it';
  return [
    found(where, {
      code: diagnosticCodes.promotionInvalid,
      severity: 'warning',
      message,
      path,
      at: 'value',
      expected,
    }),
  ];
}

/** A point in time that has not come: the newest backup before it would be another one every day. */
export function restoreChecks(index: FleetIndex, { now }: KnownFacts): FleetProblem[] {
  if (now === undefined) return [];
  return index.byKind.Restore.flatMap((where): FleetProblem[] => {
    const time = stringAt(where.document.value, 'spec', 'from', 'time');
    const at = time === undefined ? undefined : instantMs(time);
    if (time === undefined || at === undefined || at <= now + clockToleranceMs) return [];
    const message = `${where.document.ref} asks for the state of ${quoted(time)}, which has not come yet`;
    const path = ['spec', 'from', 'time'];
    const expected = 'a time that has passed, in RFC 3339 such as 2026-11-20T02:30:00Z';
    return [found(where, { code: diagnosticCodes.requestNotDue, message, path, at: 'value', expected })];
  });
}

/** Backups that are asked for, or that a deletion waits for, of environments without a policy, so without a repository. */
export function backupTargetChecks(index: FleetIndex): FleetProblem[] {
  const requests = index.byKind.Backup.flatMap((where): FleetProblem[] => {
    const environment = referred(index, where.document, 'environment');
    if (environment === undefined || hasPolicy(index, environment) !== false) return [];
    const message = `${where.document.ref} cannot be made: ${environment.document.ref} has no backup policy, so there is no repository for it`;
    const path = ['spec', 'environment'];
    const expected = `backups: { policy: <name> } at ${environment.document.ref} or in the defaults of its site`;
    return [
      found(where, { code: diagnosticCodes.backupRepositoryMissing, message, path, at: 'value', expected }),
    ];
  });
  const deletions = index.byKind.Environment.flatMap((where): FleetProblem[] => {
    if (inherited(index, where, 'deletionPolicy') !== 'backup-then-delete') return [];
    if (hasPolicy(index, where) !== false) return [];
    const own = valueAt(where.document.value, 'spec', 'deletionPolicy') !== undefined;
    const message = `${where.document.ref} can never be deleted: without a backup policy there is no repository for its final backup`;
    const path = own ? ['spec', 'deletionPolicy'] : ['spec'];
    const expected = 'backups: { policy: <name> }, or another deletionPolicy';
    return [
      found(where, {
        code: diagnosticCodes.backupRepositoryMissing,
        severity: 'warning',
        message,
        path,
        at: 'value',
        expected,
      }),
    ];
  });
  return [...requests, ...deletions];
}

/** Undefined when the site, whose defaults may name one, is not known. */
function hasPolicy(index: FleetIndex, environment: Located): boolean | undefined {
  const policy = inherited(index, environment, 'backups', 'policy');
  if (policy !== undefined) return policy !== false;
  return referred(index, environment.document, 'site') === undefined ? undefined : false;
}

/** A setting of an environment: its own, else the default of its site. */
function inherited(index: FleetIndex, { document }: Located, ...path: readonly string[]): Json | undefined {
  const own = valueAt(document.value, 'spec', ...path);
  if (own !== undefined) return own;
  const site = referred(index, document, 'site');
  return site === undefined ? undefined : valueAt(site.document.value, 'spec', 'defaults', ...path);
}

function found(where: Located, problem: FieldProblem): FleetProblem {
  return { where, problem };
}
