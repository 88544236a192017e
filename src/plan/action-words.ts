import type { Action } from '../fleet/plan.ts';

/** The message of an action. A removal also names the manifest that described the resource. */
export function actionWords({ message, formerFile }: Pick<Action, 'message' | 'formerFile'>): string {
  return formerFile === null ? message : `${message}; it was described in ${formerFile}`;
}
