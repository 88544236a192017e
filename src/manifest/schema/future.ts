import type { Json } from '../../fleet/digest.ts';
import type { ResourceKind } from '../../fleet/resource.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { stringAt, valueAt } from '../plain.ts';

/**
 * What a document asks for and this version only records: read, checked and kept, but not carried out. Saying nothing would
 * promise what does not happen, and refusing it would keep people from writing it down.
 */
export function futureNotes(kind: ResourceKind, value: Json): readonly FieldProblem[] {
  switch (kind) {
    case 'Environment':
      return [...sourceNote(value), ...settingsNotes(value, ['spec'])];
    case 'Site':
      return settingsNotes(value, ['spec', 'defaults']);
    case 'Pressluft':
      return configNotes(value);
    case 'BackupPolicy': {
      const message = 'backups are not made yet: this policy is recorded, and planned for a later version';
      return [
        { code: diagnosticCodes.notSupportedYet, severity: 'info', message, path: ['kind'], at: 'value' },
      ];
    }
    case 'Backup':
      return [note(['kind'], 'backups are not made yet: this request is recorded, and planned for later')];
    case 'Restore':
      return [
        note(['kind'], 'backups are not restored yet: this request is recorded, and planned for later'),
      ];
    case 'Promotion':
      return [note(['kind'], 'promotions are not carried out yet: this request is recorded')];
    case 'Provider':
    case 'Node':
    case 'BackupRepository':
      return [];
    default:
      return kind satisfies never;
  }
}

function note(path: readonly string[], message: string): FieldProblem {
  return { code: diagnosticCodes.notSupportedYet, severity: 'warning', message, path, at: 'value' };
}

function settingsNotes(value: Json, root: readonly string[]): readonly FieldProblem[] {
  const settings = valueAt(value, ...root);
  if (settings === undefined) return [];
  const notes: FieldProblem[] = [];
  const mode = stringAt(settings, 'tls', 'mode');
  if (mode === 'acme' || mode === 'provided') {
    notes.push(note([...root, 'tls', 'mode'], 'https is not set up yet: the site is served over http'));
  }
  const scrub = stringAt(settings, 'scrub');
  if (scrub === 'users' || scrub === 'commerce') {
    notes.push(note([...root, 'scrub'], 'nothing is cloned yet, so nothing is scrubbed'));
  }
  if (stringAt(settings, 'backups', 'policy') !== undefined) {
    notes.push(note([...root, 'backups', 'policy'], 'backups are not made yet: the policy is recorded only'));
  }
  if (stringAt(settings, 'deletionPolicy') === 'backup-then-delete') {
    const message =
      'final backups are not made yet: until then it acts as retain, and the data stays on the node';
    notes.push(note([...root, 'deletionPolicy'], message));
  }
  return notes;
}

function sourceNote(value: Json): readonly FieldProblem[] {
  const source = valueAt(value, 'spec', 'source');
  const path = ['spec', 'source'];
  if (stringAt(source, 'clone') !== undefined) {
    return [note(path, 'environments are not cloned yet: this one is made once that is possible')];
  }
  if (stringAt(source, 'backup') !== undefined) {
    return [note(path, 'backups are not restored yet: this environment is made once that is possible')];
  }
  return [];
}

function configNotes(value: Json): readonly FieldProblem[] {
  const list = valueAt(value, 'spec', 'notifications');
  if (!Array.isArray(list) || list.length === 0) return [];
  const message = 'notifications are not sent yet: the receivers are recorded only';
  return [{ ...note(['spec', 'notifications'], message), at: 'key' }];
}
