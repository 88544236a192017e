import type { Command } from 'commander';
import type { CliContext } from './context.ts';

/** Adds arguments, flags, help and action to the command of a verb. */
type Register = (command: Command, context: CliContext) => void;

export interface Verb {
  readonly name: string;
  /** Shown in `pressluft --help`, in the verb's own help, and in docs/operations.md. */
  readonly summary: string;
  /** Loads the code of the verb; other verbs are not loaded. */
  readonly load: () => Promise<Register>;
}

/** Every verb, in the order of the help. */
export const verbs: readonly Verb[] = [
  {
    name: 'init',
    summary: 'Write a new repository with an example fleet and comments that explain it.',
    load: async () => (await import('./init.ts')).registerInit,
  },
  {
    name: 'validate',
    summary:
      'Check the manifests of a directory. Needs no repository, credentials or network; uses the records of a clone if present.',
    load: async () => (await import('./validate.ts')).registerValidate,
  },
  {
    name: 'plan',
    summary: 'Show what a pass would do, without changing anything.',
    load: async () => (await import('./plan.ts')).registerPlan,
  },
  {
    name: 'approve',
    summary:
      'Approve the actions of a plan that need approval, with a commit on the status branch. The approval is void once the commit or the fleet changes.',
    load: async () => (await import('./approve.ts')).registerApprove,
  },
  {
    name: 'reconcile',
    summary:
      'Run one pass: fetch, observe, plan, act, record. Immediately retries what is backing off or stalled.',
    load: async () => (await import('./reconcile.ts')).registerReconcile,
  },
  {
    name: 'run',
    summary: 'Reconcile until stopped: on every new commit, at an interval, and on SIGHUP or SIGUSR1.',
    load: async () => (await import('./run.ts')).registerRun,
  },
  {
    name: 'status',
    summary: 'Show the last recorded state of every resource. Needs only the repository, no credentials.',
    load: async () => (await import('./status.ts')).registerStatus,
  },
  {
    name: 'explain',
    summary: 'Explain the meaning and fix of an error code, or the state of a resource.',
    load: async () => (await import('./explain.ts')).registerExplain,
  },
  {
    name: 'history',
    summary:
      'Show the history of a resource, newest first: commits of its manifest, transitions, runs and backups.',
    load: async () => (await import('./history.ts')).registerHistory,
  },
  {
    name: 'schema',
    summary: 'Print the JSON Schema (draft-07) of a manifest kind; without a kind, list all kinds.',
    load: async () => (await import('./schema.ts')).registerSchema,
  },
  {
    name: 'wp',
    summary:
      'Run wp-cli in an environment, as its Unix user. Passes standard input on and exits with the exit code of wp.',
    load: async () => (await import('./wp.ts')).registerWp,
  },
  {
    name: 'doctor',
    summary:
      'Check this machine: tools, state directory, repository, provider tokens, clock, and the code on the nodes. Changes nothing without --fix.',
    load: async () => (await import('./doctor.ts')).registerDoctor,
  },
  {
    name: 'lab',
    summary:
      'Run a rehearsal fleet on this machine: a cloud API with real machines, a Git remote and an artifact mirror.',
    load: async () => (await import('./lab.ts')).registerLab,
  },
];
