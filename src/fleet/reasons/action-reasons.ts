import { type ReasonEntry, reconciling } from './reason-entry.ts';

const common = { condition: reconciling, needsPerson: false, nextStep: null } as const;

/** Why an action is planned. `message`: message of a converge for this reason. */
export const actionReasons = {
  Missing: {
    ...common,
    meaning: 'The manifest describes it and it does not exist.',
    message: 'create the environment',
    urgent: true,
    makes: true,
  },
  Incomplete: {
    ...common,
    meaning: 'A change was interrupted and is completed.',
    message: 'finish an interrupted change',
    urgent: true,
  },
  SpecChanged: {
    ...common,
    meaning: 'The manifest differs from what is applied.',
    message: 'apply the changed manifest',
  },
  ContentChanged: {
    ...common,
    meaning: 'The manifest was applied with another version of the Ansible content.',
    message: 'apply the new version of the node configuration',
  },
  StateChanged: { ...common, meaning: 'The manifest starts or stops it.' },
  Drifted: {
    ...common,
    meaning: 'The node differs from the applied state.',
    urgent: true,
  },
  Returned: {
    ...common,
    meaning: 'The manifest of a removed resource was restored.',
    message: 'return to service with the retained data',
    urgent: true,
    makes: true,
  },
  Reverted: {
    ...common,
    meaning: 'The manifest was reverted to a state that has a restore point.',
    message: 'apply the reverted manifest',
  },
  Removed: { ...common, meaning: 'No manifest describes it any more.' },
  Forced: {
    ...common,
    meaning: 'An operator asked for everything to be applied again.',
    message: 'apply again, as requested by an operator',
  },
  Requested: { ...common, meaning: 'A Backup, Restore or Promotion manifest asks for it.' },
  RestorePoint: { ...common, meaning: 'A backup is taken before a change that can harm data.' },
  FinalBackup: {
    ...common,
    meaning: 'A backup is taken before the environment is deleted.',
    urgent: true,
  },
} as const satisfies Record<string, ReasonEntry>;
