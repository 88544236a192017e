import type { Command } from 'commander';
import type { CliContext } from './context.ts';

/** Adds arguments, flags, help and action to the command of a verb. */
type Register = (command: Command, context: CliContext) => void;

export interface Verb {
  readonly name: string;
  /** In `pressluft --help`, at the top of the verb's own help, and in the table of docs/operations.md. */
  readonly summary: string;
  /** The code of a verb is loaded only when it is asked for, so that the others cost nothing. */
  readonly load: () => Promise<Register>;
}

/** Every verb, in the order in which help lists them. */
export const verbs: readonly Verb[] = [
  {
    name: 'init',
    summary: 'Write a new repository with an example fleet and comments that explain it.',
    load: async () => (await import('./init.ts')).registerInit,
  },
  {
    name: 'validate',
    summary:
      'Check the manifests of a directory; needs no repository, credentials or network. Uses the records that a clone has.',
    load: async () => (await import('./validate.ts')).registerValidate,
  },
  {
    name: 'plan',
    summary: 'Show what a pass would do, and change nothing.',
    load: async () => (await import('./plan.ts')).registerPlan,
  },
  {
    name: 'approve',
    summary:
      'Approve the actions of a plan that need it, by a commit on the status branch. Void once the commit or the fleet changes.',
    load: async () => (await import('./approve.ts')).registerApprove,
  },
  {
    name: 'reconcile',
    summary:
      'Run one pass: fetch, observe, plan, act, record. Retries at once what is backing off or stalled.',
    load: async () => (await import('./reconcile.ts')).registerReconcile,
  },
  {
    name: 'run',
    summary:
      'Reconcile until stopped: at every new commit, at an interval, and when woken (SIGHUP, SIGUSR1).',
    load: async () => (await import('./run.ts')).registerRun,
  },
  {
    name: 'status',
    summary: 'Show what was last recorded of every resource; needs the repository only, no credentials.',
    load: async () => (await import('./status.ts')).registerStatus,
  },
  {
    name: 'explain',
    summary: 'Explain what a code means and what to do about it, or why a resource is as it is.',
    load: async () => (await import('./explain.ts')).registerExplain,
  },
  {
    name: 'history',
    summary:
      'Show what happened to a resource, newest first: commits of its manifest, transitions, runs and backups.',
    load: async () => (await import('./history.ts')).registerHistory,
  },
  {
    name: 'schema',
    summary: 'Print the JSON Schema (draft-07) of a kind of manifest; without a kind, list all kinds.',
    load: async () => (await import('./schema.ts')).registerSchema,
  },
  {
    name: 'wp',
    summary:
      'Run wp-cli in an environment, as its own user. Passes standard input on, and ends with the exit code of wp.',
    load: async () => (await import('./wp.ts')).registerWp,
  },
  {
    name: 'doctor',
    summary:
      'Check this machine: tools, state directory, repository, provider tokens and clock; changes nothing.',
    load: async () => (await import('./doctor.ts')).registerDoctor,
  },
  {
    name: 'lab',
    summary:
      'Run a rehearsal fleet on this machine: a cloud API with real machines, a Git remote and an artifact mirror.',
    load: async () => (await import('./lab.ts')).registerLab,
  },
];
