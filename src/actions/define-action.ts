import type { ActionTraits } from '../fleet/action-traits.ts';
import type { NodeName, ResourceRef } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import type { Action, ActionKind, ActionOutputs } from '../fleet/plan.ts';
import type { ActionContext } from './context.ts';

/** Definition of an action kind. */
export interface ActionDefinition<K extends ActionKind> extends ActionTraits {
  readonly kind: K;
  /** Actions on one node whose kinds have the same key run together, with the `run` that these kinds share. Null: each action runs alone. */
  readonly batchKey: string | null;
  /** Absent while the kind is not supported. */
  readonly run?: Run<JsonOf<ActionOutputs[K]>>;
}

/** Outputs are recorded, so they may contain JSON only: `never` marks other values. */
type JsonOf<T> = T extends string | number | boolean | null
  ? T
  : T extends readonly unknown[]
    ? { readonly [Index in keyof T]: JsonOf<T[Index]> }
    : T extends
          | bigint
          | symbol
          | Date
          | ReadonlyMap<unknown, unknown>
          | ReadonlySet<unknown>
          | ((...args: never) => unknown)
      ? never
      : { readonly [Key in keyof T]: JsonOf<T[Key]> };

/** Throws when the batch failed as a whole; otherwise every resource has an outcome. */
export type Run<Output> = (context: ActionContext, batch: Batch) => Promise<Outcomes<Output>>;

/** Actions that run together: one server call, or one Ansible run for many environments of a node. */
export interface Batch {
  readonly key: string;
  readonly actions: readonly Action[];
  readonly node: NodeName;
}

/** Result of each resource of a batch. */
export type Outcomes<Output> = ReadonlyMap<ResourceRef, Outcome<Output>>;

export type Outcome<Output> = Success<Output> | Failure;

export interface Success<Output> {
  readonly changed: boolean;
  readonly output: Output;
}

export interface Failure {
  readonly changed: boolean;
  readonly error: PressluftError;
}

export function defineAction<K extends ActionKind>(
  declared: Omit<ActionDefinition<K>, 'supported'>,
): ActionDefinition<K> {
  return { ...declared, supported: declared.run !== undefined };
}

/** The `run` of a kind whose actions run alone: its `batchKey` is null. */
export function alone<Output>(
  run: (context: ActionContext, action: Action) => Promise<Success<Output>>,
): Run<Output> {
  return async (context, { actions: [action, ...others] }) => {
    if (action === undefined || others.length > 0) {
      throw new PressluftError(errors.internal, `${others.length + 1} actions run as if they were one`);
    }
    return new Map([[action.resource, await run(context, action)]]);
  };
}
