import { notReady, type ReasonEntry } from './reason-entry.ts';

const person = { condition: notReady, needsPerson: true } as const;
const byItself = { condition: notReady, needsPerson: false } as const;
const either = { condition: notReady, needsPerson: null } as const;

/** Why a change that is wanted is not made now. */
export const blockedReasons = {
  NodeNotReady: {
    ...byItself,
    meaning: 'A readiness check of the node fails, and provisioning cannot repair it.',
    nextStep: null,
  },
  WaitsFor: {
    ...either,
    meaning: 'An action that it depends on is blocked.',
    nextStep: 'No action needed; resumes when the dependency succeeds.',
    waits: true,
  },
  Suspended: {
    ...person,
    meaning: 'The node is suspended: nothing on it is changed or deleted.',
    nextStep: 'Set spec.state of the node to active in a commit.',
  },
  NotSupported: {
    ...person,
    meaning: 'This version of Pressluft does not support the action.',
    message: (kind: string) => `${kind} is not supported by this version of Pressluft`,
    nextStep:
      'Upgrade to a version that supports it; the action then runs by itself. To continue without it, remove it from the manifests.',
  },
  ApprovalRequired: {
    ...person,
    meaning: 'spec.approvals of pressluft.yaml asks for an approval of this change.',
    message: (what: string) => `${what} needs an approval`,
    nextStep: (digest: string) => `Read the plan, then run \`pressluft approve ${digest}\`.`,
    exact: true,
  },
  MaintenanceWindow: {
    ...either,
    meaning: 'A change with this risk waits for a maintenance window.',
    nextStep: null,
    exact: true,
    waits: true,
  },
  Freeze: {
    ...either,
    meaning: 'A change with this risk waits for the end of a freeze.',
    nextStep: null,
    exact: true,
    waits: true,
  },
  DeletionBudget: {
    ...person,
    meaning: 'More removals of nodes and environments than spec.deletionBudget of pressluft.yaml allows.',
    nextStep:
      'If all of them are intended: raise spec.deletionBudget in pressluft.yaml in a commit, and lower it again later.',
  },
  Protected: {
    ...person,
    meaning: 'Its manifest is gone, and it was applied with protected: true.',
    message: 'it was applied with protected: true',
    nextStep: 'Restore the manifest with protected: false, wait until it is applied, then remove it.',
  },
  Quarantined: {
    ...person,
    meaning:
      'Its manifest, or one that it depends on, is broken, or its file lost it without being deleted; it is left unchanged.',
    nextStep: 'Run `pressluft validate` and correct the manifest.',
    exact: true,
  },
  OwnershipMismatch: {
    ...person,
    meaning: 'An environment of this name exists on the node and belongs to another fleet.',
    message: (node: string) => `an environment of this name exists on ${node} and belongs to another fleet`,
    nextStep: 'Choose another name or another node; Pressluft changes only what it owns.',
  },
  NameTaken: {
    ...person,
    meaning:
      'It claims a host name, or another name on the node, that belongs to another environment: to the one that has it applied, or to nobody yet.',
    nextStep:
      'Remove the name from this manifest. To move it here, remove it from the manifest of the other environment, in the same commit.',
  },
  SiteDiffers: {
    ...person,
    meaning:
      'Data of this name on the node belong to another site; they are not served as a part of this one without an approval of that action.',
    message: (site: string) => `its data on the node belong to site ${site}`,
    nextStep: null,
    exact: true,
  },
  MoveUnsupported: {
    ...person,
    meaning: 'The manifest names a different node than the one where the environment is.',
    nextStep: (node: string) =>
      `Set spec.node back to ${node}; moving an environment between nodes is not supported yet.`,
  },
  ActiveThemeRemoved: {
    ...person,
    meaning: 'The manifest no longer describes the theme that the site uses: its pages would be empty.',
    message: (theme: string) =>
      `the site uses the theme ${theme}, which the manifest no longer describes: its pages would be empty`,
    nextStep: null,
  },
  DataMissing: {
    ...person,
    meaning:
      'It was applied before, and its data (all of it, its database, or its uploads) is not there any more; nothing empty is made in its place without an approval of that action.',
    message: (node: string) => `it was applied on node ${node}, and its data is not there any more`,
    nextStep: null,
    exact: true,
    makes: true,
  },
  ServerDiffers: {
    ...person,
    meaning: 'The manifest changes a field that cannot be changed on an existing server.',
    nextStep: null,
  },
  NodeInUse: {
    ...either,
    meaning: 'The node is not deleted while environments are on it or refer to it.',
    nextStep: null,
  },
  FinalBackupPending: {
    ...byItself,
    meaning: 'The deletion follows after the final backup is verified.',
    message: 'it is taken out of service first, and deleted after its final backup is verified',
    nextStep: 'No action needed; the deletion follows. To stop it, restore the manifest.',
    waits: true,
  },
  FinalBackupUnverified: {
    ...byItself,
    meaning: 'The final backup exists but is not verified yet.',
    message: (backup: string) => `its final backup ${backup} is not verified yet`,
    nextStep: 'No action needed; it is deleted after the backup was restored into scratch and verified.',
    waits: true,
  },
  FinalBackupMissing: {
    ...person,
    meaning: 'There is no final backup, which is required before the deletion.',
    nextStep: null,
  },
  BackupRepositoryMissing: {
    ...person,
    meaning: 'The environment has no backup policy, so there is no repository for its backup.',
    message: (environment: string) =>
      `${environment} has no backup policy, so there is no repository for its backup`,
    nextStep: (environment: string) => `Set spec.backups.policy of ${environment}.`,
  },
  BackupUnknown: { ...person, meaning: 'The requested backup is not recorded.', nextStep: null },
  SourceMissing: {
    ...person,
    meaning: 'The environment to clone does not exist.',
    message: (source: string) => `there is no environment ${source} to clone`,
    nextStep: (source: string) =>
      `Restore the manifest of ${source}, or name another environment in spec.source.clone.`,
  },
  EnvironmentMissing: {
    ...person,
    meaning: 'The environment of a request does not exist.',
    message: (environment: string) => `there is no environment ${environment}`,
    nextStep: (environment: string) => `Restore the manifest of ${environment}, or remove the request.`,
  },
  BackingOff: {
    ...byItself,
    meaning: 'The last attempt failed; the next one follows after a pause.',
    nextStep: 'No action needed; it is retried.',
  },
  ReleaseSwitchedBack: {
    ...person,
    meaning:
      'The new release broke the site; the previous one serves again, and the same change is not tried again.',
    nextStep:
      'Correct the code and push, or revert the commit. `pressluft reconcile --force` tries the same release again.',
  },
  Stalled: {
    ...person,
    meaning: 'It failed and is not retried: a retry cannot help, or all attempts failed.',
    nextStep: 'Change the manifest, or run `pressluft reconcile` to retry.',
  },
} as const satisfies Record<string, ReasonEntry>;
