import { notReady, type ReasonEntry, ready } from './reason-entry.ts';

const good = { condition: ready, needsPerson: false, nextStep: null } as const;

/** State of a resource without planned actions. */
export const stateReasons = {
  Valid: { ...good, meaning: 'All manifests are valid.', message: 'all manifests are valid' },
  ManifestsInvalid: {
    condition: notReady,
    needsPerson: null,
    meaning: 'Some manifests are broken; their resources are left unchanged.',
    nextStep: 'Run `pressluft validate` and correct these places.',
  },
  ConfigurationInvalid: {
    condition: notReady,
    needsPerson: true,
    meaning: 'pressluft.yaml of the newest commit is missing or broken; nothing is changed.',
    nextStep: 'Run `pressluft validate` and correct pressluft.yaml.',
    exact: true,
  },
  CommitRefused: {
    condition: notReady,
    needsPerson: null,
    meaning: 'The newest commit lacks a required signature, or rewrites history; it is not applied.',
    nextStep: null,
    exact: true,
  },
  Provisioned: {
    ...good,
    meaning: 'The node is provisioned.',
    message: 'provisioned and every readiness check passes',
  },
  Converged: { ...good, meaning: 'The environment is as described, and WordPress answers.' },
  PartlyApplied: {
    ...good,
    meaning:
      'What this version supports is as described; the manifest has settings that it accepts and does not apply.',
    exact: true,
  },
  Stopped: {
    ...good,
    meaning: 'The environment is stopped, as its manifest says.',
    message: 'stopped as described; its data is kept',
  },
  HttpFailed: {
    condition: notReady,
    needsPerson: null,
    meaning: 'The environment is as described, but WordPress does not answer correctly.',
    nextStep: null,
  },
  FrontPageEmpty: {
    condition: notReady,
    needsPerson: true,
    meaning:
      'WordPress starts, and its front page has no visible content: often a theme that is missing or ends early.',
    nextStep: (environment: string) =>
      `Check the active theme in wp-admin or with \`pressluft wp ${environment} -- theme list\`.`,
  },
  FrontPageFatal: {
    condition: notReady,
    needsPerson: true,
    meaning: 'PHP ends in a fatal error while it renders the front page.',
    nextStep:
      'Revert the commit that brought the code, or deactivate the plugin or theme that the error names.',
  },
  FrontPageInstaller: {
    condition: notReady,
    needsPerson: true,
    meaning:
      'The front page redirects to the installer of WordPress: the tables of the site are missing or empty.',
    nextStep: 'Do not install WordPress there. Restore the database of the site from a backup.',
  },
  EnvironmentsReady: { ...good, meaning: 'All environments of the site are ready.' },
  EnvironmentsNotReady: {
    condition: notReady,
    needsPerson: null,
    meaning: 'Some environments of the site are not ready.',
    nextStep: null,
  },
  Pending: {
    condition: notReady,
    needsPerson: false,
    meaning: 'An action is planned; the condition Reconciling names its reason.',
    nextStep: null,
  },
  Retained: {
    condition: notReady,
    needsPerson: false,
    meaning: 'Its manifest is gone; its data is kept on the node.',
    message: 'its manifest is gone; its data is kept on the node',
    nextStep: 'Restore the manifest to return it to service.',
  },
  Undescribed: {
    condition: notReady,
    needsPerson: null,
    meaning: 'No manifest describes it; it is left unchanged.',
    message: 'no manifest describes it; it is left unchanged',
    nextStep: 'Restore its manifest, or delete it by hand at its provider.',
  },
  Completed: { ...good, meaning: 'The request is done; it is not repeated.', final: true },
  Failed: {
    condition: notReady,
    needsPerson: true,
    meaning: 'The request failed permanently; it is not retried.',
    nextStep: null,
    final: true,
  },
  Unknown: {
    condition: notReady,
    needsPerson: false,
    meaning: 'It is not observed yet.',
    message: 'not observed yet',
    nextStep: null,
  },
  UnknownReason: {
    condition: null,
    needsPerson: null,
    meaning:
      'A record or file has a reason that this version of Pressluft does not know; the message begins with it.',
    nextStep: null,
  },
} as const satisfies Record<string, ReasonEntry>;
